/* The program at the exit of every system call. */
#pragma once

#include "../calls/writer.h"

#ifdef SAKER_FILTER
#include "filter.h"
#endif

#define TS_COMPAT 0x2
#define X32_BIT 0x40000000u

#if defined(__TARGET_ARCH_arm64)
#define TIF_32BIT 22

static __always_inline u32 own_number(struct pt_regs *regs)
{
	return regs->syscallno;
}

/* Whether a call is to be passed over: that of a 32-bit process, which has numbers of its own. */
static __always_inline bool is_foreign(void)
{
	return READ(current_task(), thread_info.flags) & (1ul << TIF_32BIT);
}

static __always_inline void read_call(struct pt_regs *regs, struct call *c)
{
	c->args[0] = regs->orig_x0;
	c->args[1] = regs->regs[1];
	c->args[2] = regs->regs[2];
	c->args[3] = regs->regs[3];
	c->args[4] = regs->regs[4];
	c->args[5] = regs->regs[5];
}

static __always_inline u32 native_number(struct pt_regs *regs, u32 *compat)
{
	*compat = 0;
	return regs->syscallno;
}
#else

#include "../calls/numbers.h"

/* Whether the call came by the 32-bit entry (int 0x80, sysenter): 64-bit programs can use it too. */
static __always_inline bool is_compat(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		struct task_struct *task = bpf_get_current_task_btf();

		return task->thread_info.status & TS_COMPAT;
	}
	return READ(current_task(), thread_info.status) & TS_COMPAT;
}

/* The 64-bit number of the call, or SAKER_SYSCALLS for one that has none. */
static __always_inline u32 native_number(struct pt_regs *regs, u32 *compat)
{
	*compat = is_compat();
	if (*compat)
		return number_of_ia32(regs->orig_ax, regs->bx);
	/* The x32 entry uses the 64-bit numbers with a mark. */
	return (u32)regs->orig_ax & ~X32_BIT;
}

static __always_inline u32 own_number(struct pt_regs *regs)
{
	return (u32)regs->orig_ax & ~X32_BIT;
}

static __always_inline bool is_foreign(void)
{
	return false;
}

static __always_inline void read_call(struct pt_regs *regs, struct call *c)
{
	if (c->compat) {
		const u32 narrow[6] = { regs->bx, regs->cx, regs->dx, regs->si, regs->di, regs->bp };

		widen_ia32(regs->orig_ax, narrow, c->args);
		return;
	}
	c->args[0] = regs->di;
	c->args[1] = regs->si;
	c->args[2] = regs->dx;
	c->args[3] = regs->r10;
	c->args[4] = regs->r8;
	c->args[5] = regs->r9;
}
#endif

/* `own`: the number by which the program made the call, which may be a 32-bit one. */
static __always_inline void send_generic(u32 nr, u32 own)
{
	u64 time = event_time();
	u8 *block = reserve(EV_GENERIC_X, BLOCK_SIZE(EVN_GENERIC_X, 4));
	struct writer w;

	if (!block) {
		count_drop(EV_GENERIC_X);
		return;
	}
	start_event_at(&w, block, EV_GENERIC_X, EVN_GENERIC_X, (u32)bpf_get_current_pid_tgid(), time);
	put_u16(&w, control.generic_code[nr & (SAKER_SYSCALLS - 1)]);
	put_u16(&w, own);
	end_event(&w);
	bpf_ringbuf_submit(block, 0);
}

static __always_inline bool makes_thread(u32 nr)
{
#if !defined(__TARGET_ARCH_arm64)
	if (nr == SYS_fork || nr == SYS_vfork)
		return true;
#endif
	return nr == SYS_clone || nr == SYS_clone3;
}

#ifdef SAKER_FILTER
/* Whether the filter leaves a call out. Calls by the 32-bit entry are always told. */
static __always_inline bool is_left_out(struct pt_regs *regs, u32 nr, bool compat, s64 ret)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (compat)
		return false;
	switch (nr) {
#if defined(__TARGET_ARCH_arm64)
	case SYS_close:
		return is_boring_close(task, (u32)regs->orig_x0, ret);
	case SYS_openat:
		return is_boring_open(task, nr, regs->regs[1], regs->regs[2], regs->regs[3], ret);
#else
	case SYS_close:
		return is_boring_close(task, (u32)regs->di, ret);
	case SYS_openat:
		return is_boring_open(task, nr, regs->si, regs->dx, regs->r10, ret);
	case SYS_open:
		return is_boring_open(task, nr, regs->di, regs->si, regs->dx, ret);
#endif
	default:
		return false;
	}
}
#endif

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit_all, struct pt_regs *regs, long ret)
{
	u32 compat, tgid;
	u32 nr = native_number(regs, &compat);
	struct scratch *s;

	if (is_foreign()) {
		__sync_fetch_and_add(&control.compat_skipped, 1);
		return 0;
	}
	if (nr >= SAKER_SYSCALLS || !control.interest[nr])
		return 0;
	tgid = bpf_get_current_pid_tgid() >> 32;
	if (tgid == control.own_tgid)
		return 0;
#ifdef SAKER_FILTER
	if (control.filtering && is_left_out(regs, nr, compat, ret))
		return 0;
	if (control.interest[nr] == SAKER_CHILD_SIDE && ret != 0) {
		count_left_out();
		return 0;
	}
#endif
	s = scratch_of(SCRATCH_SYSCALL);
	if (!s)
		return 0;
	s->call.compat = compat;
	read_call(regs, &s->call);
	s->call.ret = compat ? (s32)ret : ret;
	s->call.nr = nr;
	if (control.own_tgid == 0) {
		if (nr == SYS_getpid && s->call.args[0] == control.own_cookie)
			control.own_tgid = tgid;
		/*
		 * Until the sensor has made itself known, only new threads are told of: the list of those that were there before
		 * is made meanwhile, and must not lack any that does something afterwards.
		 */
		if (!makes_thread(nr))
			return 0;
	}
#ifdef SAKER_FILTER
	if (control.filtering)
		follow(bpf_get_current_task_btf(), &s->call);
#endif
	bpf_tail_call(ctx, &fillers, nr);
	send_generic(nr, own_number(regs));
	return 0;
}
