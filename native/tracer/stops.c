/* Stops at system calls. */
#define _GNU_SOURCE
#include "tracees.h"
#include "facts.h"

#include <elf.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#define CLONE_UNTRACED 0x800000

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
		if (wanted && tracing.options.enter_events)
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

void on_call(struct tracee *t)
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
