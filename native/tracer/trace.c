/* Starting, running and ending. */
#define _GNU_SOURCE
#include "tracees.h"
#include "facts.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_STOPS_MS 2000

static volatile sig_atomic_t terminal_signals;

static int seize(int tid)
{
	long wanted = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
		      PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP;

	if (tracing.options.command)
		wanted |= PTRACE_O_EXITKILL;
	return ptrace(PTRACE_SEIZE, tid, 0, wanted) == 0 ? 0 : errno;
}

int trace_launched(pid_t pid, const struct trace_options *given)
{
	int error;

	tracing.options = *given;
	tracing.at_every_call = !tracing.options.is_filtered;
	error = seize(pid);
	if (error)
		return error;
	add_tracee(pid, pid)->is_quiet = true;
	/* Only a thread that has stopped once can be told to stop at every call. */
	if (tracing.at_every_call)
		ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	return 0;
}

/* Takes hold of the threads of a process that are not held yet. @returns 0 or the errno of the first refusal. */
static int seize_threads(int pid, size_t *found)
{
	struct dirent *entry;
	char path[64];
	int error = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	if (!folder)
		return ESRCH;
	while ((entry = readdir(folder))) {
		int tid = atoi(entry->d_name), refused;

		if (tid <= 0 || find_tracee(tid))
			continue;
		refused = seize(tid);
		/* It has ended meanwhile. */
		if (refused == ESRCH)
			continue;
		if (refused) {
			error = refused;
			break;
		}
		add_tracee(tid, pid);
		(*found)++;
		ptrace(PTRACE_INTERRUPT, tid, 0, 0);
	}
	closedir(folder);
	return error;
}

/* The same for all children of the processes that are held. Children that can't be had are left out. */
static void seize_children(size_t *found)
{
	struct dirent *entry;
	DIR *folder = opendir("/proc");

	while (folder && (entry = readdir(folder))) {
		int pid = atoi(entry->d_name);

		/* Saker may descend from what it is to watch. It must not wait for itself. */
		if (pid > 0 && pid != getpid() && pid != getppid() && (find_tracee(pid) || find_tracee(parent_process(pid))))
			seize_threads(pid, found);
	}
	if (folder)
		closedir(folder);
}

static u64 now_ms(void)
{
	return boot_clock() / 1000000;
}

int trace_attach(pid_t pid, const struct trace_options *given)
{
	u64 limit = now_ms() + FIRST_STOPS_MS;
	size_t found = 0;
	int error, status;

	tracing.options = *given;
	tracing.at_every_call = true;
	tracing.is_holding = true;
	error = seize_threads(pid, &found);
	if (error)
		return error;
	/* New threads may come to be while their process is gone through: until none is found. */
	while (found > 0) {
		found = 0;
		seize_children(&found);
	}
	/* A thread that sleeps deep in the kernel stops later. */
	while (tracing.to_hold < tracing.count && now_ms() < limit) {
		int tid = waitpid(-1, &status, __WALL | WNOHANG);

		if (tid > 0)
			on_status(tid, status);
		else
			usleep(500);
	}
	tracing.is_holding = false;
	return tracing.count == 0 ? ESRCH : 0;
}

size_t trace_processes(uint32_t **pids)
{
	size_t count = 0;

	*pids = calloc(tracing.count + 1, sizeof(**pids));
	for (struct tracee *t = next_tracee(NULL); *pids && t; t = next_tracee(t)) {
		if (t->tid == t->pid)
			(*pids)[count++] = t->pid;
	}
	return count;
}

static void let_go(struct tracee *t)
{
	if (!t->is_held)
		return;
	t->is_held = false;
	tracing.to_hold--;
	resume_or_listen(t, t->stop_signal);
}

static void interrupt(struct tracee *t)
{
	ptrace(PTRACE_INTERRUPT, t->tid, 0, 0);
}

void trace_note_terminal_signal(void)
{
	terminal_signals++;
}

static void send_signal(int sig)
{
	static int told;
	bool was_terminal = sig == SIGINT && terminal_signals > told;

	told = terminal_signals;
	if (!tracing.was_executed) {
		tracing.early_signal = sig;
		return;
	}
	if (!tracing.is_command_gone) {
		/* The terminal tells all of its foreground group, the command too. */
		if (!was_terminal)
			kill(tracing.options.command, sig);
		return;
	}
	for (struct tracee *t = next_tracee(NULL); t; t = next_tracee(t)) {
		if (t->tid == t->pid)
			kill(t->pid, sig == SIGINT ? SIGTERM : sig);
	}
}

static void change_interest(const struct interest *wanted)
{
	bool is_more = false;

	for (size_t i = 0; i < sizeof(wanted->calls); i++)
		is_more = is_more || wanted->calls[i] > control.interest[i];
	memcpy(control.interest, wanted->calls, sizeof(wanted->calls));
	control.exits = wanted->exits;
	tracing.options.signals = wanted->signals;
	/* A filter can't be widened. */
	if (is_more && !tracing.at_every_call) {
		tracing.at_every_call = true;
		for_each_tracee(interrupt);
	}
}

static void take_requests(struct requests *r)
{
	if (r->interest)
		change_interest(&r->wanted);
	if (r->signal && tracing.options.command)
		send_signal(r->signal);
	if (r->end && !tracing.options.command) {
		tracing.is_detaching = true;
		for_each_tracee(interrupt);
	}
}

void trace_run(bool (*next)(struct requests *))
{
	struct requests requests;
	int status, tid;

	for_each_tracee(let_go);
	while (tracing.count > 0) {
		if (next(&requests))
			take_requests(&requests);
		tid = waitpid(-1, &status, __WALL);
		if (tid > 0)
			on_status(tid, status);
		else if (errno != EINTR)
			break;
	}
}

int trace_command_status(void)
{
	return tracing.command_status;
}

bool trace_was_executed(void)
{
	return tracing.was_executed;
}
