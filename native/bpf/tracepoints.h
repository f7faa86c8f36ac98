/*
 * What happens apart from system calls: signals, changes of the running thread, page faults. Each is attached only while
 * someone wants it: a busy machine has hundreds of thousands of them a second.
 */
#pragma once

#include "task.h"
#include "../calls/memory.h"

/* Room for an event of fixed size; NULL: there is none, which is counted. */
static __always_inline u8 *start_fixed(struct writer *w, u32 event, u32 params, u32 bytes, u32 tid)
{
	u64 time = event_time();
	u8 *block = reserve(event, BLOCK_SIZE(params, bytes));

	if (!block) {
		count_drop(event);
		return NULL;
	}
	start_event_at(w, block, event, params, tid, time);
	return block;
}

/* The head of struct kernel_siginfo. Who sent the signal stands where other signals have an address or a timer. */
struct signal_origin {
	s32 signal, error, code, unused, pid;
};

#define SIGCHLD 17
#define SI_TIMER (-2)

/* Sent by a process: a code that is not the kernel's, and the end of a child. */
static __always_inline s32 sender_of(const struct signal_origin *origin)
{
	bool is_sent = origin->code <= 0 && origin->code != SI_TIMER;

	return is_sent || origin->signal == SIGCHLD ? origin->pid : 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(signal_delivered, int signal, void *info, void *action)
{
	u64 ids = bpf_get_current_pid_tgid();
	struct signal_origin origin = {};
	struct writer w;
	u8 *block;

	if (ids >> 32 == control.own_tgid)
		return 0;
	bpf_probe_read_kernel(&origin, sizeof(origin), info);
	block = start_fixed(&w, EV_SIGNALDELIVER_E, EVN_SIGNALDELIVER_E, 8 + 8 + 1, ids);
	if (!block)
		return 0;
	put_int(&w, sender_of(&origin));
	put_int(&w, (u32)ids);
	put_u8(&w, signal);
	end_event(&w);
	bpf_ringbuf_submit(block, 0);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(thread_switched, bool preempt, struct task_struct *from, struct task_struct *to)
{
	struct writer w;
	u8 *block;

	if (READ(from, tgid) == control.own_tgid)
		return 0;
	block = start_fixed(&w, EV_SCHEDSWITCH_6_E, EVN_SCHEDSWITCH_6_E, 8 * 3 + 4 * 3, READ(from, pid));
	if (!block)
		return 0;
	put_int(&w, READ(to, pid));
	put_u64(&w, READ(from, maj_flt));
	put_u64(&w, READ(from, min_flt));
	put_sizes(&w);
	end_event(&w);
	bpf_ringbuf_submit(block, 0);
	return 0;
}

#if !defined(__TARGET_ARCH_arm64)
/* arch/x86/include/asm/trap_pf.h */
static __always_inline u32 fault_flags(u64 error)
{
	return (error & 1 ? SAKER_FAULT_PROTECTION_VIOLATION : SAKER_FAULT_PAGE_NOT_PRESENT) |
	       (error & 2 ? SAKER_FAULT_WRITE_ACCESS : SAKER_FAULT_READ_ACCESS) |
	       (error & 4 ? SAKER_FAULT_USER_FAULT : SAKER_FAULT_SUPERVISOR_FAULT) |
	       (error & 8 ? SAKER_FAULT_RESERVED_PAGE : 0) | (error & 16 ? SAKER_FAULT_INSTRUCTION_FETCH : 0);
}

static __always_inline int tell_fault(u64 address, struct pt_regs *regs, u64 error)
{
	u64 ids = bpf_get_current_pid_tgid();
	struct writer w;
	u8 *block;

	if (ids >> 32 == control.own_tgid)
		return 0;
	block = start_fixed(&w, EV_PAGE_FAULT_E, EVN_PAGE_FAULT_E, 8 + 8 + 4, ids);
	if (!block)
		return 0;
	put_u64(&w, address);
	put_u64(&w, regs->ip);
	put_u32(&w, fault_flags(error));
	end_event(&w);
	bpf_ringbuf_submit(block, 0);
	return 0;
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(user_faulted, u64 address, struct pt_regs *regs, u64 error)
{
	return tell_fault(address, regs, error);
}

SEC("tp_btf/page_fault_kernel")
int BPF_PROG(kernel_faulted, u64 address, struct pt_regs *regs, u64 error)
{
	return tell_fault(address, regs, error);
}
#endif
