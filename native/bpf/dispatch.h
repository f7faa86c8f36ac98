/* The program at the exit of every system call. */
#pragma once

#include "../calls/writer.h"

#define TS_COMPAT 0x2
#define X32_BIT 0x40000000u

#if defined(__TARGET_ARCH_arm64)
#define TIF_32BIT 22

static __always_inline bool read_call(struct pt_regs *regs, struct call *c, struct task_struct *task)
{
	if (BPF_CORE_READ(task, thread_info.flags) & (1ul << TIF_32BIT)) {
		__sync_fetch_and_add(&control.compat_skipped, 1);
		return false;
	}
	c->args[0] = regs->orig_x0;
	c->args[1] = regs->regs[1];
	c->args[2] = regs->regs[2];
	c->args[3] = regs->regs[3];
	c->args[4] = regs->regs[4];
	c->args[5] = regs->regs[5];
	c->compat = 0;
	return true;
}

/* arm64 has no call numbers that need translation: a 32-bit process is recognised in read_call. */
static __always_inline u32 native_number(struct pt_regs *regs, u32 *compat)
{
	*compat = 0;
	return regs->syscallno;
}
#else

#include "../calls/numbers.h"

/* How the arguments of a call lie. */
enum entry { ENTRY_NATIVE, ENTRY_IA32, ENTRY_SOCKETCALL };

/* Whether the call came by the 32-bit entry (int 0x80, sysenter): 64-bit programs can use it too. */
static __always_inline bool is_compat(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		struct task_struct *task = bpf_get_current_task_btf();

		return task->thread_info.status & TS_COMPAT;
	}
	return BPF_CORE_READ(current_task(), thread_info.status) & TS_COMPAT;
}

/* The 64-bit number of the call, or SAKER_SYSCALLS for one that has none. */
static __always_inline u32 native_number(struct pt_regs *regs, u32 *entry)
{
	u32 nr = regs->orig_ax;

	*entry = ENTRY_NATIVE;
	if (!is_compat())
		/* The x32 entry uses the 64-bit numbers with a mark. */
		return nr & ~X32_BIT;
	if (nr == IA32_SOCKETCALL) {
		*entry = ENTRY_SOCKETCALL;
		return socketcall_table[regs->bx & (SOCKETCALLS - 1)];
	}
	*entry = ENTRY_IA32;
	nr = nr < SAKER_SYSCALLS ? ia32_table[nr & (SAKER_SYSCALLS - 1)] : 0;
	return nr == 0 ? SAKER_SYSCALLS : nr - 1;
}

static __always_inline bool read_call(struct pt_regs *regs, struct call *c, struct task_struct *task)
{
	u32 narrow[6] = {};

	switch (c->compat) {
	case ENTRY_NATIVE:
		c->args[0] = regs->di;
		c->args[1] = regs->si;
		c->args[2] = regs->dx;
		c->args[3] = regs->r10;
		c->args[4] = regs->r8;
		c->args[5] = regs->r9;
		return true;
	case ENTRY_IA32:
		c->args[0] = (u32)regs->bx;
		c->args[1] = (u32)regs->cx;
		c->args[2] = (u32)regs->dx;
		c->args[3] = (u32)regs->si;
		c->args[4] = (u32)regs->di;
		c->args[5] = (u32)regs->bp;
		return true;
	default:
		bpf_probe_read_user(narrow, sizeof(narrow), (const void *)(u64)(u32)regs->cx);
		c->args[0] = narrow[0];
		c->args[1] = narrow[1];
		c->args[2] = narrow[2];
		c->args[3] = narrow[3];
		/* send and recv are sendto and recvfrom without an address: what lies behind their arguments is not theirs. */
		c->args[4] = regs->bx == 9 || regs->bx == 10 ? 0 : narrow[4];
		c->args[5] = regs->bx == 9 || regs->bx == 10 ? 0 : narrow[5];
		return true;
	}
}
#endif

static __always_inline void send_generic(u32 nr)
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
	put_u16(&w, nr);
	end_event(&w);
	bpf_ringbuf_submit(block, 0);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_exit_all, struct pt_regs *regs, long ret)
{
	u32 compat, tgid;
	u32 nr = native_number(regs, &compat);
	struct scratch *s;

	if (nr >= SAKER_SYSCALLS || !control.interest[nr])
		return 0;
	s = scratch_of(SCRATCH_SYSCALL);
	if (!s)
		return 0;
	s->call.compat = compat;
	if (!read_call(regs, &s->call, current_task()))
		return 0;
	s->call.ret = compat ? (s32)ret : ret;
	s->call.nr = nr;
	tgid = bpf_get_current_pid_tgid() >> 32;
	if (control.own_tgid == 0) {
		/* Nothing is sent until the sensor has made itself known. */
		if (nr == SYS_getpid && s->call.args[0] == control.own_cookie)
			control.own_tgid = tgid;
		return 0;
	}
	if (tgid == control.own_tgid)
		return 0;
	bpf_tail_call(ctx, &fillers, nr);
	send_generic(nr);
	return 0;
}
