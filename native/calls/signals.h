/* Signals, and small questions that a process asks about itself. */
#pragma once

#include "isolation.h"

FIXED_FILLER(kill, SYSCALL_KILL_X, 8 + 8 + 1)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u8(w, c->args[1]);
}

FIXED_FILLER(tkill, SYSCALL_TKILL_X, 8 + 8 + 1)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u8(w, c->args[1]);
}

FIXED_FILLER(tgkill, SYSCALL_TGKILL_X, 8 + 8 + 8 + 1)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_int(w, c->args[1]);
	put_u8(w, c->args[2]);
}

FIXED_FILLER(seccomp, SYSCALL_SECCOMP_X, 8 + 8 + 8)
{
	put_u64(w, c->ret);
	put_u64(w, (u32)c->args[0]);
	put_u64(w, (u32)c->args[1]);
}

FIXED_FILLER(getuid, SYSCALL_GETUID_X, 4)
{
	put_u32(w, c->ret);
}

FIXED_FILLER(geteuid, SYSCALL_GETEUID_X, 4)
{
	put_u32(w, c->ret);
}

FIXED_FILLER(getgid, SYSCALL_GETGID_X, 4)
{
	put_u32(w, c->ret);
}

FIXED_FILLER(getegid, SYSCALL_GETEGID_X, 4)
{
	put_u32(w, c->ret);
}

static __always_inline u32 user_u32(u64 pointer)
{
	u32 value = 0;

	bpf_probe_read_user(&value, sizeof(value), (const void *)pointer);
	return value;
}

FIXED_FILLER(getresuid, SYSCALL_GETRESUID_X, 8 + 4 + 4 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, user_u32(c->args[0]));
	put_u32(w, user_u32(c->args[1]));
	put_u32(w, user_u32(c->args[2]));
}

FIXED_FILLER(getresgid, SYSCALL_GETRESGID_X, 8 + 4 + 4 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, user_u32(c->args[0]));
	put_u32(w, user_u32(c->args[1]));
	put_u32(w, user_u32(c->args[2]));
}

FIXED_FILLER(getrlimit, SYSCALL_GETRLIMIT_X, 8 * 3 + 1)
{
	struct limits l = { (u64)-1, (u64)-1 };

	if (c->ret == 0)
		l = read_limits(c->args[1]);
	put_u64(w, c->ret);
	put_u64(w, l.current);
	put_u64(w, l.maximum);
	put_u8(w, limit_resource(c->args[0]));
}

FIXED_FILLER(nanosleep, SYSCALL_NANOSLEEP_X, 8 + 8)
{
	s64 time[2] = {};

	bpf_probe_read_user(time, sizeof(time), (const void *)c->args[0]);
	put_u64(w, c->ret);
	put_u64(w, time[0] * 1000000000 + time[1]);
}
