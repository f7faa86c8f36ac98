/* How processes begin and end, where no system call's exit tells it. */
#pragma once

#ifdef SAKER_FILTER
#include "filter.h"
#endif
#include "program.h"
#include "../calls/process.h"

#if defined(__TARGET_ARCH_arm64)
/* Registers of the current task, with the arguments of its call. Kernels before 5.15 don't say where they are: at the end of its stack. */
static __always_inline struct pt_regs *own_registers(void)
{
	/* THREAD_SIZE of arch/arm64/include/asm/memory.h. */
	u32 size = control.page_kb > 16 ? control.page_kb * 1024 : 16384;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return (struct pt_regs *)task_registers(bpf_get_current_task_btf());
	return READ(current_task(), stack) + size - bpf_core_type_size(struct pt_regs);
}

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

#ifdef SAKER_FILTER
	if (control.filtering) {
		/* Before the child is told of: it will have the same descriptors or share them. */
		end_notes(bpf_get_current_task_btf(), TELL);
		note_program(child);
	}
#endif
	if (ids >> 32 == control.own_tgid || is_foreign())
		return 0;
	s = scratch_of(SCRATCH_FORK);
	if (!s)
		return 0;
	regs = own_registers();
	nr = READ(regs, syscallno);
	if (nr >= SAKER_SYSCALLS || !control.interest[nr & (SAKER_SYSCALLS - 1)])
		return 0;
	flags = READ(regs, orig_x0);
	if (nr == SYS_clone) {
		start_event(&w, s->event, EV_SYSCALL_CLONE_20_X, EVN_SYSCALL_CLONE_20_X, READ(child, pid));
		flags = (u32)flags;
	} else if (nr == SYS_clone3) {
		start_event(&w, s->event, EV_SYSCALL_CLONE3_X, EVN_SYSCALL_CLONE3_X, READ(child, pid));
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
	struct signal_struct *signal = READ(task, signal);
	struct list_head *head = __builtin_preserve_access_index(&signal->thread_head);
	struct list_head *at = READ(head, next);
	struct list_head *children = __builtin_preserve_access_index(&task->children);

	if (READ(children, next) == children)
		return 0;
	for (int i = 0; i < 16; i++) {
		struct task_struct *thread;

		if (at == head || !at)
			break;
		thread = (void *)at - bpf_core_field_offset(struct task_struct, thread_node);
		if (thread != task && !(READ(thread, flags) & PF_EXITING))
			return READ(thread, pid);
		at = READ(at, next);
	}
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper)) {
		u32 level = pid_level(task);
		struct task_struct *parent = READ(task, real_parent);

		for (int i = 0; i < 16; i++) {
			struct signal_struct *of = READ(parent, signal);

			if (pid_level(parent) != level || READ(parent, pid) <= 1)
				break;
			if (BPF_CORE_READ_BITFIELD_PROBED(of, is_child_subreaper))
				return READ(parent, pid);
			parent = READ(parent, real_parent);
		}
	}
	return READ(pid_namespace_of(task), child_reaper, pid);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	const u32 bytes = 8 + 8 + 1 + 1 + 8;
	u64 ids = bpf_get_current_pid_tgid();
	struct writer w;
	u32 status;
	u64 time;
	u8 *block;

#ifdef SAKER_FILTER
	if (control.filtering)
		end_program(bpf_get_current_task_btf());
#endif
	if (!control.exits || ids >> 32 == control.own_tgid)
		return 0;
	time = event_time();
	block = reserve(EV_PROCEXIT_1_E, BLOCK_SIZE(EVN_PROCEXIT_1_E, bytes));
	if (!block) {
		count_drop(EV_PROCEXIT_1_E);
		return 0;
	}
	status = READ(task, exit_code);
	start_event_at(&w, block, EV_PROCEXIT_1_E, EVN_PROCEXIT_1_E, (u32)ids, time);
	put_exit(&w, status, reaper_of(task));
	end_event(&w);
	bpf_ringbuf_submit(block, 0);
	return 0;
}

/* A program was executed: here the name of its file is still known. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct scratch *s;
	struct writer w;
	u64 ids = bpf_get_current_pid_tgid();

#ifdef SAKER_FILTER
	if (control.filtering) {
		/* Descriptors that the exec has closed are gone. */
		end_notes(bpf_get_current_task_btf(), TELL_IF_OPEN);
		note_program(bpf_get_current_task_btf());
	}
#endif
	if (!control.interest[SYS_execve] || ids >> 32 == control.own_tgid)
		return 0;
	s = scratch_of(SCRATCH_EXEC);
	if (!s)
		return 0;
	start_event(&w, s->event, EV_SYSCALL_EXECVE_19_X, EVN_SYSCALL_EXECVE_19_X, (u32)ids);
	put_exec(&w, s, task);
	put_kernel_text(&w, READ(bprm, filename));
	send_event(&w, EV_SYSCALL_EXECVE_19_X);
	return 0;
}
