/* How processes begin, execute programs and end. */
#pragma once

#include "task.h"
#include "program.h"
#include "flags.h"

/* What clone, fork and exec events, failed ones too, say of a task in the middle: from tid to cgroups. */
static __always_inline void put_task_facts(struct writer *w, struct scratch *s, struct task_struct *task)
{
	put_u64(w, tid_of(task));
	put_u64(w, pid_of(task));
	put_u64(w, parent_of(task));
	/* The working directory is inherited or known from chdir. */
	put_empty(w);
	put_u64(w, fd_limit_of(task));
	put_memory(w, task);
	put_comm(w, task);
	put_groups(w, s, task);
}

/* What clone, fork and exec events have in common, from exe to cgroups. */
static __always_inline void put_task(struct writer *w, struct scratch *s, struct task_struct *task)
{
	put_arguments(w, task);
	put_task_facts(w, s, task);
}

static __always_inline void put_clone(struct writer *w, struct scratch *s, struct task_struct *task, s64 ret, u32 flags)
{
	put_u64(w, ret);
	put_task(w, s, task);
	put_u32(w, flags | pidns_flag(task));
	put_u32(w, euid_of(task));
	put_u32(w, egid_of(task));
	put_u64(w, vtid_of(task));
	put_u64(w, vpid_of(task));
	/* Only the child's side says it. */
	put_u64(w, ret == 0 ? pidns_init_start(task) : 0);
}

FILLER(clone, SYSCALL_CLONE_20_X)
{
	put_clone(w, s, current_task(), c->ret, clone_flags((u32)c->args[0]));
}

FILLER(fork, SYSCALL_FORK_20_X)
{
	put_clone(w, s, current_task(), c->ret, 0);
}

FILLER(vfork, SYSCALL_VFORK_20_X)
{
	put_clone(w, s, current_task(), c->ret, 0);
}

FILLER(clone3, SYSCALL_CLONE3_X)
{
	struct task_struct *task = current_task();
	/* struct clone_args begins with the flags. A new thread may find it overwritten or not yet mapped. */
	u64 flags = 0;

	if (c->ret != 0 || tid_of(task) == pid_of(task))
		bpf_probe_read_user(&flags, sizeof(flags), (const void *)c->args[0]);
	put_clone(w, s, task, c->ret, clone_flags(flags) | (c->ret == 0 ? thread_flags(task) : 0));
}

/* The pointers of an argv or envp array: each text is appended, NUL included. The list lies in scratch. */
struct pointers {
	struct scratch *memory;
};

/* @returns whether there are no more. */
static __always_inline bool pointer_step(struct pointers *p, struct scratch *s)
{
	u32 size = s->size, index = s->index, width = s->call.compat ? 4 : 8, room;
	u64 pointer = 0;
	long n;

	if (size >= TEXT_MAX - 1)
		return true;
	room = (TEXT_MAX - 1 - size) & (TEXT_MAX - 1);
	if (bpf_probe_read_user(&pointer, width, (const void *)(s->list.array + index * width)))
		return true;
	if (!pointer)
		return true;
	n = read_user_text(&s->event[(s->list.at + size) & EVENT_MASK], room, (const void *)pointer);
	if (n <= 0)
		return true;
	s->index = index + 1;
	s->size = size + n;
	return false;
}

DEFINE_REPEAT(gather_texts, struct pointers, pointer_step, 512, 20)

static __always_inline void put_pointers(struct writer *w, struct scratch *s, u64 array, u32 from)
{
	struct pointers p = { .memory = s };

	s->list.array = array;
	s->list.at = w->pos;
	s->size = 0;
	s->index = from;
	if (array)
		gather_texts(&p);
	take(w, s->size & (2 * TEXT_MAX - 1));
	forget_position(w);
}

static __always_inline u64 user_pointer(const struct call *c, u64 array, u32 index)
{
	u64 pointer = 0;

	if (array)
		bpf_probe_read_user(&pointer, c->compat ? 4 : 8, (const void *)(array + index * (c->compat ? 4 : 8)));
	return pointer;
}

/* Parameters of an exec after env: tty to gid. */
static __always_inline void put_exec_rest(struct writer *w, struct scratch *s, struct task_struct *task)
{
	struct capability_sets sets = capabilities_of(task);
	struct program_facts program = program_of(task);

	put_u32(w, tty_of(task));
	put_u64(w, vpgid_of(task));
	put_u32(w, loginuid_of(task));
	put_u32(w, program.flags);
	put_u64(w, sets.inheritable);
	put_u64(w, sets.permitted);
	put_u64(w, sets.effective);
	put_u64(w, program.ino);
	put_u64(w, program.ctime);
	put_u64(w, program.mtime);
	put_u32(w, euid_of(task));
	put_program_path(w, s, task);
	put_u64(w, pgid_of(task));
	put_u32(w, egid_of(task));
}

/* A failed exec: the program goes on as it was, the arguments are those of the call. */
static __always_inline void put_failed_exec(struct writer *w, const struct call *c, struct scratch *s, u64 argv, u64 envp)
{
	struct task_struct *task = current_task();

	put_u64(w, c->ret);
	put_user_text(w, user_pointer(c, argv, 0));
	put_pointers(w, s, argv, 1);
	put_task_facts(w, s, task);
	put_pointers(w, s, envp, 0);
	put_exec_rest(w, s, task);
}

static __always_inline void fill_execve(struct writer *w, const struct call *c, struct scratch *s)
{
	put_failed_exec(w, c, s, c->args[1], c->args[2]);
	put_user_text(w, c->args[0]);
}

/* Successful ones are told on their own, where the file name is still known. */
SEC("tp_btf/sys_exit")
int f_execve(void *ctx)
{
	struct scratch *s = scratch_of(SCRATCH_SYSCALL);
	struct writer w;

	if (!s || s->call.ret == 0)
		return 0;
	start_event(&w, s->event, EV_SYSCALL_EXECVE_19_X, EVN_SYSCALL_EXECVE_19_X, (u32)bpf_get_current_pid_tgid());
	fill_execve(&w, &s->call, s);
	send_event(&w, EV_SYSCALL_EXECVE_19_X);
	return 0;
}

SEC("tp_btf/sys_exit")
int f_execveat(void *ctx)
{
	struct scratch *s = scratch_of(SCRATCH_SYSCALL);
	struct writer w;

	if (!s || s->call.ret == 0)
		return 0;
	start_event(&w, s->event, EV_SYSCALL_EXECVEAT_X, EVN_SYSCALL_EXECVEAT_X, (u32)bpf_get_current_pid_tgid());
	put_failed_exec(&w, &s->call, s, s->call.args[2], s->call.args[3]);
	send_event(&w, EV_SYSCALL_EXECVEAT_X);
	return 0;
}

/*
 * All of a successful exec but the file name. execve and execveat both are told as execve: the kernel itself changes
 * the call number of a successful execveat to execve, so captures have it that way too.
 */
static __always_inline void put_exec(struct writer *w, struct scratch *s, struct task_struct *task)
{
	put_u64(w, 0);
	put_task(w, s, task);
	put_environment(w, task);
	put_exec_rest(w, s, task);
}

/* The end of a process; `status` as the kernel has it. */
static __always_inline void put_exit(struct writer *w, u32 status, s64 reaper)
{
	put_u64(w, status);
	/* As wait(2) takes it apart: exit code, signal, core dump. */
	put_u64(w, (status & 0x7f) == 0 ? (status >> 8) & 0xff : 0);
	put_u8(w, (status & 0x7f) == 0x7f ? 0 : status & 0x7f);
	put_u8(w, (status & 0x80) != 0);
	put_u64(w, reaper);
}
