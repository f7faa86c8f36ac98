#define _GNU_SOURCE
#include "tracees.h"
#include "facts.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <unistd.h>

#define BUCKETS 4096

struct tracing tracing;
static struct tracee *table[BUCKETS];

struct tracee *find_tracee(int tid)
{
	struct tracee *t = table[tid % BUCKETS];

	while (t && t->tid != tid)
		t = t->next;
	return t;
}

struct tracee *add_tracee(int tid, int pid)
{
	struct tracee *t = calloc(1, sizeof(*t));

	/* Going on without it would leave it stopped for ever. */
	if (!t)
		_exit(1);
	t->tid = tid;
	t->pid = pid;
	t->next = table[tid % BUCKETS];
	table[tid % BUCKETS] = t;
	tracing.count++;
	return t;
}

void drop_tracee(struct tracee *t)
{
	struct tracee **at = &table[t->tid % BUCKETS];

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	tracing.count--;
	if (t->is_held)
		tracing.to_hold--;
	free(t->filename);
	free(t);
}

struct tracee *next_tracee(const struct tracee *t)
{
	size_t i = t ? t->tid % BUCKETS + 1 : 0;

	if (t && t->next)
		return t->next;
	while (i < BUCKETS && !table[i])
		i++;
	return i < BUCKETS ? table[i] : NULL;
}

void for_each_tracee(void (*call)(struct tracee *))
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct tracee *t = table[i], *next; t; t = next) {
			next = t->next;
			call(t);
		}
	}
}

void select_tracee(const struct tracee *t)
{
	select_thread(t->tid, t->pid);
	stopped_creates = false;
	stopped_origin_flags = t->origin_flags;
}

void resume(struct tracee *t, int sig)
{
	if (tracing.is_detaching) {
		ptrace(PTRACE_DETACH, t->tid, 0, sig);
		drop_tracee(t);
		return;
	}
	/* A failure means that the thread was killed while it stood still: its end will be told. */
	ptrace(tracing.at_every_call || t->in_call ? PTRACE_SYSCALL : PTRACE_CONT, t->tid, 0, sig);
}

static bool is_stop_signal(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

void resume_or_listen(struct tracee *t, int sig)
{
	if (is_stop_signal(sig) && !tracing.is_detaching)
		ptrace(PTRACE_LISTEN, t->tid, 0, 0);
	else
		resume(t, 0);
}
