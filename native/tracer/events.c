/* Beginnings and ends of threads, signals, and all other stops apart from those at calls. */
#define _GNU_SOURCE
#include "tracees.h"
#include "facts.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLONE_VM 0x100
#define CLONE_VFORK 0x4000
#define CLONE_THREAD 0x10000
#define ON_CALL (SIGTRAP | 0x80)

static u64 event_message(const struct tracee *t)
{
	unsigned long value = 0;

	ptrace(PTRACE_GETEVENTMSG, t->tid, 0, &value);
	return value;
}

/* What happens before the picture of the tree is taken is in the picture. */
static bool is_end_told(const struct tracee *t)
{
	return control.exits && !t->is_quiet && !tracing.is_holding;
}

/* A new thread that has stopped and whose clone is known. */
static void begin(struct tracee *t)
{
	t->is_new = false;
	if (tracing.is_holding) {
		t->is_held = true;
		tracing.to_hold++;
		return;
	}
	select_tracee(t);
	if (t->call.nr < SAKER_SYSCALLS && is_wanted(&t->call))
		tell_call(&t->call);
	resume_or_listen(t, t->stop_signal);
}

static void on_clone(struct tracee *parent, int event)
{
	int tid = event_message(parent);
	struct tracee *t = find_tracee(tid);

	if (!t)
		t = add_tracee(tid, tid);
	select_tracee(parent);
	t->is_new = t->is_known = true;
	if (parent->in_call && is_clone(&parent->call)) {
		t->call = parent->call;
		t->origin_flags = flags_of_clone(&parent->call);
	} else {
		/* It was in the middle of the call when it was attached to: the event says what kind it is. */
		t->origin_flags = event == PTRACE_EVENT_VFORK ? CLONE_VM | CLONE_VFORK : 0;
		t->call = (struct call){ .nr = SYS_clone, .args = { t->origin_flags } };
		if (event == PTRACE_EVENT_CLONE && process_of(tid) == parent->pid)
			t->origin_flags = t->call.args[0] = CLONE_VM | CLONE_THREAD;
	}
	t->call.ret = 0;
	t->pid = t->origin_flags & CLONE_THREAD ? parent->pid : tid;
	if (t->is_gone) {
		select_tracee(t);
		if (is_end_told(t))
			tell_exit(t->status, 0);
		drop_tracee(t);
	} else if (t->has_stopped) {
		begin(t);
	}
	resume(parent, 0);
}

static void on_exec(struct tracee *t)
{
	int former = event_message(t);
	struct tracee *caller = former > 0 && former != t->tid ? find_tracee(former) : NULL;

	/* A thread that is not the leader takes the leader's id; the others are gone. */
	if (caller) {
		free(t->filename);
		t->filename = caller->filename;
		caller->filename = NULL;
		drop_tracee(caller);
	}
	t->pid = t->tid;
	t->in_call = t->has_entered = t->is_ended = false;
	t->child = 0;
	if (t->tid == tracing.options.command) {
		tracing.was_executed = true;
		if (tracing.early_signal)
			kill(t->tid, tracing.early_signal);
		tracing.early_signal = 0;
	}
	select_tracee(t);
	if (control.interest[SYS_execve] && !tracing.is_holding)
		tell_exec(t->filename);
	free(t->filename);
	t->filename = NULL;
	resume(t, 0);
}

/* Another thread of the process that is alive; 0: none. */
static int other_thread(const struct tracee *of)
{
	int found = 0;

	for (struct tracee *t = next_tracee(NULL); t; t = next_tracee(t)) {
		if (t->pid == of->pid && t != of && !t->is_ended && !t->is_new && (found == 0 || t->tid < found))
			found = t->tid;
	}
	return found;
}

static void on_exit_event(struct tracee *t)
{
	int reaper = 0;

	t->status = event_message(t);
	t->is_ended = true;
	t->in_call = false;
	select_tracee(t);
	if (is_end_told(t)) {
		t->child = first_child();
		reaper = t->child ? other_thread(t) : 0;
		if (t->child == 0 || reaper != 0) {
			t->child = 0;
			tell_exit(t->status, reaper);
		}
	}
	resume(t, 0);
}

static void on_gone(struct tracee *t, uint32_t status)
{
	int reaper;

	if (t->is_new && !t->is_known) {
		t->is_gone = true;
		t->status = status;
		return;
	}
	select_tracee(t);
	if (t->child) {
		/* Now its children have another parent. */
		reaper = parent_process(t->child);
		tell_exit(t->status, reaper ? reaper : 1);
	} else if (!t->is_ended && is_end_told(t)) {
		tell_exit(status, 0);
	}
	if (t->tid == t->pid)
		forget_process(t->pid);
	if (t->tid == tracing.options.command) {
		tracing.is_command_gone = true;
		tracing.command_status = status;
	}
	drop_tracee(t);
}

static void on_event_stop(struct tracee *t, int sig)
{
	if (t->is_new) {
		t->has_stopped = true;
		t->stop_signal = sig;
		if (t->is_known)
			begin(t);
		return;
	}
	if (tracing.is_holding && !t->is_held) {
		t->is_held = true;
		t->stop_signal = sig;
		tracing.to_hold++;
		return;
	}
	resume_or_listen(t, sig);
}

static void on_signal(struct tracee *t, int sig)
{
	siginfo_t info;

	if (tracing.options.signals && !t->is_quiet && ptrace(PTRACE_GETSIGINFO, t->tid, 0, &info) == 0) {
		/* Sent by a process: a code that is not the kernel's, and the end of a child. */
		bool is_sent = (info.si_code <= 0 && info.si_code != SI_TIMER) || sig == SIGCHLD;

		select_tracee(t);
		if (is_signal_heeded(sig))
			tell_signal(sig, is_sent ? info.si_pid : 0);
	}
	resume(t, sig);
}

void on_status(int tid, int status)
{
	struct tracee *t = find_tracee(tid);
	int sig = WSTOPSIG(status), event = status >> 16;

	/* Made by a clone that the parent has not reported yet. */
	if (!t) {
		t = add_tracee(tid, tid);
		t->is_new = true;
	}
	if (!WIFSTOPPED(status)) {
		on_gone(t, status);
		return;
	}
	switch (event) {
	case 0:
		if (sig == ON_CALL)
			on_call(t);
		else
			on_signal(t, sig);
		break;
	case PTRACE_EVENT_SECCOMP:
		on_call(t);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		on_clone(t, event);
		break;
	case PTRACE_EVENT_EXEC:
		on_exec(t);
		break;
	case PTRACE_EVENT_EXIT:
		on_exit_event(t);
		break;
	case PTRACE_EVENT_STOP:
		on_event_stop(t, sig);
		break;
	default:
		resume(t, 0);
		break;
	}
}
