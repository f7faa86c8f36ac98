#define _GNU_SOURCE
#include "trace.h"
#include "calls.h"
#include "facts.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BUCKETS 4096
#define FIRST_STOPS_MS 2000
#define CLONE_VM 0x100
#define CLONE_VFORK 0x4000
#define CLONE_THREAD 0x10000
#define CLONE_UNTRACED 0x800000
#define ON_CALL (SIGTRAP | 0x80)

struct tracee {
	struct tracee *next;
	int tid, pid;
	/* It was made by a clone whose event or whose first stop is still to come. */
	bool is_new;
	/* Of a new one: the clone is known; it has stopped; it has ended already. */
	bool is_known, has_stopped, is_gone;
	/* Calls before the first exec are the tracer's own. */
	bool is_quiet;
	/* Stands still until Saker says go. */
	bool is_held;
	/* Between start and end of `call`. */
	bool in_call;
	/* The start of the call under way was seen, whether it is wanted or not. */
	bool has_entered;
	/* The call will make a file. */
	bool creates;
	/* Its end was told, or will be when it is gone: who adopts its child is known only then. */
	bool is_ended;
	int child;
	uint32_t status;
	int stop_signal;
	struct call call;
	uint64_t origin_flags;
	/* File of the exec that is under way. */
	char *filename;
};

static struct tracee *table[BUCKETS];
static size_t tracees, to_hold;
static struct trace_options options;
/* Stops at every call, and not by a filter only at those that are wanted. */
static bool at_every_call;
static bool is_holding, is_detaching, was_executed, is_command_gone;
static int command_status;
/* For the command, from before it was executed: until then it has the tracer's way with signals. */
static int early_signal;
static volatile sig_atomic_t terminal_signals;

static struct tracee *find(int tid)
{
	struct tracee *t = table[tid % BUCKETS];

	while (t && t->tid != tid)
		t = t->next;
	return t;
}

static struct tracee *add(int tid, int pid)
{
	struct tracee *t = calloc(1, sizeof(*t));

	/* Going on without it would leave it stopped for ever. */
	if (!t)
		_exit(1);
	t->tid = tid;
	t->pid = pid;
	t->next = table[tid % BUCKETS];
	table[tid % BUCKETS] = t;
	tracees++;
	return t;
}

static void drop(struct tracee *t)
{
	struct tracee **at = &table[t->tid % BUCKETS];

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	tracees--;
	if (t->is_held)
		to_hold--;
	free(t->filename);
	free(t);
}

static void select_tracee(const struct tracee *t)
{
	select_thread(t->tid, t->pid);
	stopped_creates = false;
	stopped_origin_flags = t->origin_flags;
}

static void resume(struct tracee *t, int sig)
{
	if (is_detaching) {
		ptrace(PTRACE_DETACH, t->tid, 0, sig);
		drop(t);
		return;
	}
	/* A failure means that the thread was killed while it stood still: its end will be told. */
	ptrace(at_every_call || t->in_call ? PTRACE_SYSCALL : PTRACE_CONT, t->tid, 0, sig);
}

static bool is_stop_signal(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* Goes on after an event stop; a process that a signal has stopped stays so until another one lets it go on. */
static void resume_or_listen(struct tracee *t, int sig)
{
	if (is_stop_signal(sig) && !is_detaching)
		ptrace(PTRACE_LISTEN, t->tid, 0, 0);
	else
		resume(t, 0);
}

/* Calls ------------------------------------------------------------------------------------------------------------ */

/* Name of the file to execute, as the kernel calls it: it is known only until the exec succeeds. */
static char *exec_name(const struct call *c)
{
	static char name[TEXT_MAX];
	char place[TEXT_MAX + 32];
	int dirfd = (int)c->args[0];

	if (c->nr == SYS_execve)
		return read_text(name, sizeof(name), c->args[0]) > 0 ? strdup(name) : NULL;
	if (read_text(name, sizeof(name), c->args[1]) <= 0)
		return NULL;
	if (name[0] == '/' || dirfd == -100)
		return strdup(name);
	snprintf(place, sizeof(place), name[0] ? "/dev/fd/%d/%s" : "/dev/fd/%d", dirfd, name);
	return strdup(place);
}

/*
 * A program can ask for children that are not traced. They would go unseen, or, under the filter, have their calls refused:
 * the kernel doesn't get to see the wish, the event does.
 */
static void keep_traced(struct tracee *t, u64 flags)
{
	u64 wanted = flags & ~(u64)CLONE_UNTRACED;
	struct iovec local = { &wanted, sizeof(wanted) }, remote = { (void *)(uintptr_t)t->call.args[0], sizeof(wanted) };
#ifdef __TARGET_ARCH_arm64
	struct user_regs_struct regs;
	struct iovec set = { &regs, sizeof(regs) };
#endif

	if (t->call.nr == SYS_clone3) {
		process_vm_writev(t->tid, &local, 1, &remote, 1, 0);
		return;
	}
#ifdef __TARGET_ARCH_arm64
	if (ptrace(PTRACE_GETREGSET, t->tid, NT_PRSTATUS, &set) == 0) {
		regs.regs[0] = wanted;
		ptrace(PTRACE_SETREGSET, t->tid, NT_PRSTATUS, &set);
	}
#else
	ptrace(PTRACE_POKEUSER, t->tid,
	       t->call.compat ? offsetof(struct user, regs.rbx) : offsetof(struct user, regs.rdi), wanted);
#endif
}

static void on_call_start(struct tracee *t, bool is_compat, u64 nr, const u64 args[6])
{
	static char path[TEXT_MAX];
	bool wanted;
	s64 dirfd;
	u64 name;

	select_tracee(t);
	t->in_call = false;
	if (describe_call(&t->call, is_compat, nr, args)) {
		if (is_exec(&t->call))
			t->is_quiet = false;
		wanted = is_wanted(&t->call) && !t->is_quiet;
		t->in_call = wanted || is_exec(&t->call) || is_clone(&t->call);
		free(t->filename);
		t->filename = is_exec(&t->call) ? exec_name(&t->call) : NULL;
		t->creates = wanted && may_create(&t->call, &dirfd, &name) &&
			     read_text(path, sizeof(path), name) > 0 && !path_exists(dirfd, path);
		if (is_clone(&t->call) && flags_of_clone(&t->call) & CLONE_UNTRACED)
			keep_traced(t, flags_of_clone(&t->call));
		if (wanted && options.enter_events)
			tell_start(&t->call);
	}
	resume(t, 0);
}

static void on_call_end(struct tracee *t, s64 result)
{
	t->has_entered = false;
	if (t->in_call) {
		t->in_call = false;
		t->call.ret = t->call.compat ? (s32)result : result;
		if (is_wanted(&t->call) && !t->is_quiet) {
			select_tracee(t);
			stopped_creates = t->creates && result >= 0;
			tell_call(&t->call);
		}
	}
	resume(t, 0);
}

static void on_call(struct tracee *t)
{
	struct __ptrace_syscall_info info;
	u64 args[6];

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(info), &info) <= 0)
		info.op = PTRACE_SYSCALL_INFO_NONE;
	switch (info.op) {
	case PTRACE_SYSCALL_INFO_ENTRY:
	case PTRACE_SYSCALL_INFO_SECCOMP:
		/* Threads that stop at every call and are under a filter stop twice at the start. */
		if (t->has_entered) {
			resume(t, 0);
			break;
		}
		t->has_entered = info.op == PTRACE_SYSCALL_INFO_ENTRY;
		/* Number and arguments lie at the same place in both. */
		for (int i = 0; i < 6; i++)
			args[i] = info.entry.args[i];
		on_call_start(t, info.arch == AUDIT_ARCH_I386 || info.arch == AUDIT_ARCH_ARM, info.entry.nr, args);
		break;
	case PTRACE_SYSCALL_INFO_EXIT:
		on_call_end(t, info.exit.rval);
		break;
	default:
		resume(t, 0);
		break;
	}
}

/* Beginnings and ends ---------------------------------------------------------------------------------------------- */

static u64 event_message(const struct tracee *t)
{
	unsigned long value = 0;

	ptrace(PTRACE_GETEVENTMSG, t->tid, 0, &value);
	return value;
}

/* A new thread that has stopped and whose clone is known. */
static void begin(struct tracee *t)
{
	t->is_new = false;
	select_tracee(t);
	if (t->call.nr < SAKER_SYSCALLS && is_wanted(&t->call))
		tell_call(&t->call);
	resume_or_listen(t, t->stop_signal);
}

static void on_clone(struct tracee *parent, int event)
{
	int tid = event_message(parent);
	struct tracee *t = find(tid);

	if (!t)
		t = add(tid, tid);
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
		if (control.exits)
			tell_exit(t->status, 0);
		drop(t);
	} else if (t->has_stopped) {
		begin(t);
	}
	resume(parent, 0);
}

static void on_exec(struct tracee *t)
{
	int former = event_message(t);
	struct tracee *caller = former > 0 && former != t->tid ? find(former) : NULL;

	/* A thread that is not the leader takes the leader's id; the others are gone. */
	if (caller) {
		free(t->filename);
		t->filename = caller->filename;
		caller->filename = NULL;
		drop(caller);
	}
	t->pid = t->tid;
	t->in_call = t->has_entered = t->is_ended = false;
	t->child = 0;
	if (t->tid == options.command) {
		was_executed = true;
		if (early_signal)
			kill(t->tid, early_signal);
		early_signal = 0;
	}
	select_tracee(t);
	if (control.interest[SYS_execve])
		tell_exec(t->filename);
	free(t->filename);
	t->filename = NULL;
	resume(t, 0);
}

/* Another thread of the process that is alive; 0: none. */
static int other_thread(const struct tracee *of)
{
	int found = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct tracee *t = table[i]; t; t = t->next) {
			if (t->pid == of->pid && t != of && !t->is_ended && !t->is_new && (found == 0 || t->tid < found))
				found = t->tid;
		}
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
	if (control.exits && !t->is_quiet) {
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
	} else if (!t->is_ended && control.exits && !t->is_quiet) {
		tell_exit(status, 0);
	}
	if (t->tid == t->pid)
		forget_process(t->pid);
	if (t->tid == options.command) {
		is_command_gone = true;
		command_status = status;
	}
	drop(t);
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
	if (is_holding && !t->is_held) {
		t->is_held = true;
		t->stop_signal = sig;
		to_hold++;
		return;
	}
	resume_or_listen(t, sig);
}

static void on_signal(struct tracee *t, int sig)
{
	siginfo_t info;

	if (options.signals && !t->is_quiet && ptrace(PTRACE_GETSIGINFO, t->tid, 0, &info) == 0) {
		/* Sent by a process: a code that is not the kernel's, and the end of a child. */
		bool is_sent = (info.si_code <= 0 && info.si_code != SI_TIMER) || sig == SIGCHLD;

		select_tracee(t);
		if (is_signal_heeded(sig))
			tell_signal(sig, is_sent ? info.si_pid : 0);
	}
	resume(t, sig);
}

static void on_status(int tid, int status)
{
	struct tracee *t = find(tid);
	int sig = WSTOPSIG(status), event = status >> 16;

	/* Made by a clone that the parent has not reported yet. */
	if (!t) {
		t = add(tid, tid);
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

/* Starting --------------------------------------------------------------------------------------------------------- */

static int seize(int tid)
{
	long wanted = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
		      PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP;

	if (options.command)
		wanted |= PTRACE_O_EXITKILL;
	return ptrace(PTRACE_SEIZE, tid, 0, wanted) == 0 ? 0 : errno;
}

int trace_launched(pid_t pid, const struct trace_options *given)
{
	int error;

	options = *given;
	at_every_call = !options.is_filtered;
	error = seize(pid);
	if (error)
		return error;
	add(pid, pid)->is_quiet = true;
	/* Only a thread that has stopped once can be told to stop at every call. */
	if (at_every_call)
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

		if (tid <= 0 || find(tid))
			continue;
		refused = seize(tid);
		/* It has ended meanwhile. */
		if (refused == ESRCH)
			continue;
		if (refused) {
			error = refused;
			break;
		}
		add(tid, pid);
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
		if (pid > 0 && pid != getpid() && pid != getppid() && (find(pid) || find(parent_process(pid))))
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

	options = *given;
	at_every_call = true;
	is_holding = true;
	error = seize_threads(pid, &found);
	if (error)
		return error;
	/* New threads may come to be while their process is gone through: until none is found. */
	while (found > 0) {
		found = 0;
		seize_children(&found);
	}
	/* A thread that sleeps deep in the kernel stops later. */
	while (to_hold < tracees && now_ms() < limit) {
		int tid = waitpid(-1, &status, __WALL | WNOHANG);

		if (tid > 0)
			on_status(tid, status);
		else
			usleep(500);
	}
	is_holding = false;
	return tracees == 0 ? ESRCH : 0;
}

size_t trace_processes(uint32_t **pids)
{
	size_t count = 0;

	*pids = calloc(tracees + 1, sizeof(**pids));
	for (size_t i = 0; *pids && i < BUCKETS; i++) {
		for (struct tracee *t = table[i]; t; t = t->next) {
			if (t->tid == t->pid)
				(*pids)[count++] = t->pid;
		}
	}
	return count;
}

/* Running ---------------------------------------------------------------------------------------------------------- */

/* Calls back for every thread; it may drop the one it is called for. */
static void for_each(void (*call)(struct tracee *))
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct tracee *t = table[i], *next; t; t = next) {
			next = t->next;
			call(t);
		}
	}
}

static void let_go(struct tracee *t)
{
	if (!t->is_held)
		return;
	t->is_held = false;
	to_hold--;
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
	if (!was_executed) {
		early_signal = sig;
		return;
	}
	if (!is_command_gone) {
		/* The terminal tells all of its foreground group, the command too. */
		if (!was_terminal)
			kill(options.command, sig);
		return;
	}
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct tracee *t = table[i]; t; t = t->next) {
			if (t->tid == t->pid)
				kill(t->pid, sig == SIGINT ? SIGTERM : sig);
		}
	}
}

static void change_interest(const struct interest *wanted)
{
	bool is_more = false;

	for (size_t i = 0; i < sizeof(wanted->calls); i++)
		is_more = is_more || wanted->calls[i] > control.interest[i];
	memcpy(control.interest, wanted->calls, sizeof(wanted->calls));
	control.exits = wanted->exits;
	options.signals = wanted->signals;
	/* A filter can't be widened. */
	if (is_more && !at_every_call) {
		at_every_call = true;
		for_each(interrupt);
	}
}

static void take_requests(struct requests *r)
{
	if (r->interest)
		change_interest(&r->wanted);
	if (r->signal && options.command)
		send_signal(r->signal);
	if (r->end && !options.command) {
		is_detaching = true;
		for_each(interrupt);
	}
}

void trace_run(bool (*next)(struct requests *))
{
	struct requests requests;
	int status, tid;

	for_each(let_go);
	while (tracees > 0) {
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
	return command_status;
}

bool trace_was_executed(void)
{
	return was_executed;
}
