/* Calls that change what a process can see, or reach into others and into the kernel. */
#pragma once

#include "task.h"
#include "flags.h"

FIXED_FILLER(setns, SYSCALL_SETNS_X, 8 + 8 + 4)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u32(w, clone_flags((u32)c->args[1]));
}

FIXED_FILLER(unshare, SYSCALL_UNSHARE_X, 8 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, clone_flags((u32)c->args[0]));
}

/* DYN values begin with the index of their alternative: here 0, a 64-bit number, or 1, a signal. */
static __always_inline void put_ptrace_value(struct writer *w, u64 value)
{
	UNALIGNED_STORE(u8, here(w), 0);
	UNALIGNED_STORE(u64, w->buf + ((w->pos + 1) & EVENT_MASK), value);
	take(w, 9);
}

static __always_inline void put_ptrace_signal(struct writer *w, u8 signal)
{
	UNALIGNED_STORE(u8, here(w), 1);
	UNALIGNED_STORE(u8, w->buf + ((w->pos + 1) & EVENT_MASK), signal);
	take(w, 2);
}

FILLER(ptrace, SYSCALL_PTRACE_X)
{
	u16 request = ptrace_request(c->args[0]);
	u64 word = 0;

	put_u64(w, c->ret);
	if (c->ret < 0) {
		put_empty(w);
		put_empty(w);
	} else {
		put_ptrace_value(w, c->args[2]);
		switch (request) {
		case SAKER_PTRACE_PTRACE_PEEKTEXT:
		case SAKER_PTRACE_PTRACE_PEEKDATA:
		case SAKER_PTRACE_PTRACE_PEEKUSR:
			/* The kernel stores what it read where the last argument points. */
			bpf_probe_read_user(&word, c->compat ? 4 : 8, (const void *)c->args[3]);
			put_ptrace_value(w, word);
			break;
		case SAKER_PTRACE_PTRACE_CONT:
		case SAKER_PTRACE_PTRACE_SINGLESTEP:
		case SAKER_PTRACE_PTRACE_DETACH:
		case SAKER_PTRACE_PTRACE_SYSCALL:
			put_ptrace_signal(w, c->args[3]);
			break;
		default:
			put_ptrace_value(w, c->args[3]);
			break;
		}
	}
	put_u16(w, request);
	put_int(w, c->args[1]);
}

FIXED_FILLER(bpf, SYSCALL_BPF_2_X, 8 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
}

FILLER(init_module, SYSCALL_INIT_MODULE_X)
{
	put_u64(w, c->ret);
	put_user_bytes(w, c->args[0], c->args[1] < control.snap_length ? c->args[1] : control.snap_length, TEXT_MAX - 1);
	put_u64(w, c->args[1]);
	put_user_text(w, c->args[2]);
}

FILLER(finit_module, SYSCALL_FINIT_MODULE_X)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_user_text(w, c->args[1]);
	put_u32(w, c->args[2]);
}

FILLER(delete_module, SYSCALL_DELETE_MODULE_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_u32(w, BIT_TO(c->args[1], 04000, SAKER_DELETE_MODULE_O_NONBLOCK) |
			   BIT_TO(c->args[1], 01000, SAKER_DELETE_MODULE_O_TRUNC));
}

#define PR_SET_NAME 15
#define PR_GET_NAME 16
#define PR_GET_CHILD_SUBREAPER 37

FILLER(prctl, SYSCALL_PRCTL_X)
{
	u32 option = c->args[0], value = 0;

	put_u64(w, c->ret);
	put_u32(w, option);
	switch (option) {
	case PR_SET_NAME:
	case PR_GET_NAME:
		put_user_text(w, c->args[1]);
		put_u64(w, 0);
		break;
	case PR_GET_CHILD_SUBREAPER:
		put_empty(w);
		bpf_probe_read_user(&value, sizeof(value), (const void *)c->args[1]);
		put_u64(w, value);
		break;
	default:
		put_empty(w);
		put_u64(w, c->args[1]);
		break;
	}
}

/* The limits at `pointer`; zeros when there is none, as captures have it. */
struct limits {
	u64 current, maximum;
};

static __always_inline struct limits read_limits(u64 pointer)
{
	struct limits l = {};

	if (pointer)
		bpf_probe_read_user(&l, sizeof(l), (const void *)pointer);
	return l;
}

static __always_inline u8 limit_resource(u64 resource)
{
	return resource <= SAKER_RLIMIT_RLIMIT_RTTIME ? resource : SAKER_RLIMIT_RLIMIT_UNKNOWN;
}

FIXED_FILLER(prlimit64, SYSCALL_PRLIMIT_X, 8 * 6 + 1)
{
	struct limits after = read_limits(c->args[2]), before = read_limits(c->ret == 0 ? c->args[3] : 0);

	if (c->ret < 0) {
		before.current = (u64)-1;
		before.maximum = (u64)-1;
	}
	put_u64(w, c->ret);
	put_u64(w, after.current);
	put_u64(w, after.maximum);
	put_u64(w, before.current);
	put_u64(w, before.maximum);
	put_int(w, c->args[0]);
	put_u8(w, limit_resource(c->args[1]));
}

/* struct rlimit has 32-bit members for 32-bit callers; all ones mean no limit in both. */
static __always_inline struct limits call_limits(const struct call *c, u64 pointer)
{
	u32 narrow[2] = {};
	struct limits l;

	if (!c->compat)
		return read_limits(pointer);
	bpf_probe_read_user(narrow, sizeof(narrow), (const void *)pointer);
	l.current = (s64)(s32)narrow[0];
	l.maximum = (s64)(s32)narrow[1];
	return l;
}

FIXED_FILLER(setrlimit, SYSCALL_SETRLIMIT_X, 8 * 3 + 1)
{
	struct limits l = call_limits(c, c->args[1]);

	put_u64(w, c->ret);
	put_u64(w, l.current);
	put_u64(w, l.maximum);
	put_u8(w, limit_resource(c->args[0]));
}
