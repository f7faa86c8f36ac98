/* How processes begin and end: clone and its relatives, exit. */
#pragma once

#include "task.h"
#include "flags.h"

/* What clone, fork and exec events have in common, from exe to cgroups. */
static __always_inline void put_task(struct writer *w, struct scratch *s, struct task_struct *task)
{
	put_arguments(w, task);
	put_task_facts(w, s, task);
}

/* A child that is, or a parent whose children are, in a pid namespace of their own: ids mean something else there. */
static __always_inline u32 pidns_flag(struct task_struct *task)
{
	struct pid_namespace *ns = pid_namespace_of(task);

	if (BPF_CORE_READ(ns, level) != 0 || BPF_CORE_READ(task, nsproxy, pid_ns_for_children) != ns)
		return SAKER_CLONE_CLONE_CHILD_IN_PIDNS;
	return 0;
}

static __always_inline void put_clone(struct writer *w, struct scratch *s, struct task_struct *task, s64 ret, u32 flags)
{
	put_u64(w, ret);
	put_task(w, s, task);
	put_u32(w, flags | pidns_flag(task));
	put_u32(w, BPF_CORE_READ(task, cred, euid.val));
	put_u32(w, BPF_CORE_READ(task, cred, egid.val));
	put_u64(w, vtid_of(task));
	put_u64(w, vpid_of(task));
	/* Only the child's side says it. */
	put_u64(w, ret == 0 ? pidns_init_start(task) : 0);
}

/* Flags that a child's own state proves, for a caller whose arguments are gone. */
static __always_inline u32 thread_flags(struct task_struct *task)
{
	if (BPF_CORE_READ(task, pid) == BPF_CORE_READ(task, tgid))
		return 0;
	return SAKER_CLONE_CLONE_THREAD | SAKER_CLONE_CLONE_VM | SAKER_CLONE_CLONE_SIGHAND |
	       (BPF_CORE_READ(task, files) == BPF_CORE_READ(task, group_leader, files) ? SAKER_CLONE_CLONE_FILES : 0) |
	       (BPF_CORE_READ(task, fs) == BPF_CORE_READ(task, group_leader, fs) ? SAKER_CLONE_CLONE_FS : 0);
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

	if (c->ret != 0 || BPF_CORE_READ(task, pid) == BPF_CORE_READ(task, tgid))
		bpf_probe_read_user(&flags, sizeof(flags), (const void *)c->args[0]);
	put_clone(w, s, task, c->ret, clone_flags(flags) | (c->ret == 0 ? thread_flags(task) : 0));
}

#if defined(__TARGET_ARCH_arm64)
/*
 * On arm64 a new task returns to user space without passing the exit of its call, so that its side of the clone is
 * told here, in the parent's context: the call's arguments are the parent's, and its memory holds the same texts.
 */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	u64 ids = bpf_get_current_pid_tgid(), flags;
	struct pt_regs *regs;
	struct scratch *s;
	struct writer w;
	u32 nr;

	if (control.own_tgid == 0 || ids >> 32 == control.own_tgid)
		return 0;
	s = scratch_of(SCRATCH_FORK);
	if (!s || !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return 0;
	regs = (struct pt_regs *)task_registers(bpf_get_current_task_btf());
	nr = BPF_CORE_READ(regs, syscallno);
	if (nr >= SAKER_SYSCALLS || !control.interest[nr & (SAKER_SYSCALLS - 1)])
		return 0;
	flags = BPF_CORE_READ(regs, orig_x0);
	if (nr == SYS_clone) {
		start_event(&w, s->event, EV_SYSCALL_CLONE_20_X, EVN_SYSCALL_CLONE_20_X, BPF_CORE_READ(child, pid));
		flags = (u32)flags;
	} else if (nr == SYS_clone3) {
		start_event(&w, s->event, EV_SYSCALL_CLONE3_X, EVN_SYSCALL_CLONE3_X, BPF_CORE_READ(child, pid));
		bpf_probe_read_user(&flags, sizeof(flags), (const void *)flags);
	} else {
		return 0;
	}
	put_clone(&w, s, child, 0, clone_flags(flags));
	send_event(&w, EV_SYSCALL_CLONE_20_X);
	return 0;
}
#endif

/* Follows find_new_reaper() of the kernel. */
static __always_inline int reaper_of(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct list_head *head = __builtin_preserve_access_index(&signal->thread_head);
	struct list_head *at = BPF_CORE_READ(head, next);
	struct list_head *children = __builtin_preserve_access_index(&task->children);

	if (BPF_CORE_READ(children, next) == children)
		return 0;
	for (int i = 0; i < 16; i++) {
		struct task_struct *thread;

		if (at == head || !at)
			break;
		thread = (void *)at - bpf_core_field_offset(struct task_struct, thread_node);
		if (thread != task && !(BPF_CORE_READ(thread, flags) & PF_EXITING))
			return BPF_CORE_READ(thread, pid);
		at = BPF_CORE_READ(at, next);
	}
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper)) {
		u32 level = pid_level(task);
		struct task_struct *parent = BPF_CORE_READ(task, real_parent);

		for (int i = 0; i < 16; i++) {
			struct signal_struct *of = BPF_CORE_READ(parent, signal);

			if (pid_level(parent) != level || BPF_CORE_READ(parent, pid) <= 1)
				break;
			if (BPF_CORE_READ_BITFIELD_PROBED(of, is_child_subreaper))
				return BPF_CORE_READ(parent, pid);
			parent = BPF_CORE_READ(parent, real_parent);
		}
	}
	return BPF_CORE_READ(pid_namespace_of(task), child_reaper, pid);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	const u32 bytes = 8 + 8 + 1 + 1 + 8;
	u64 ids = bpf_get_current_pid_tgid();
	struct writer w;
	u32 status;
	u8 *block;

	if (!control.exits || ids >> 32 == control.own_tgid)
		return 0;
	block = bpf_ringbuf_reserve(&ring, BLOCK_SIZE(EVN_PROCEXIT_1_E, bytes), 0);
	if (!block) {
		count_drop(EV_PROCEXIT_1_E);
		return 0;
	}
	status = BPF_CORE_READ(task, exit_code);
	start_event(&w, block, EV_PROCEXIT_1_E, EVN_PROCEXIT_1_E, (u32)ids);
	put_u64(&w, status);
	/* As wait(2) takes it apart: exit code, signal, core dump. */
	put_u64(&w, (status & 0x7f) == 0 ? (status >> 8) & 0xff : 0);
	put_u8(&w, (status & 0x7f) == 0x7f ? 0 : status & 0x7f);
	put_u8(&w, (status & 0x80) != 0);
	put_u64(&w, reaper_of(task));
	end_event(&w);
	bpf_ringbuf_submit(block, 0);
	return 0;
}
