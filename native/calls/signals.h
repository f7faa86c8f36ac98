/* Signals, and small questions that a process asks about itself. */
#pragma once

#include "isolation.h"
#include "user.h"

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

#if !defined(__TARGET_ARCH_arm64)
/* The 32-bit calls of old, with ids of 16 bits. */
FIXED_FILLER(getresuid16, SYSCALL_GETRESUID_X, 8 + 4 + 4 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, user_u16(c->args[0]));
	put_u32(w, user_u16(c->args[1]));
	put_u32(w, user_u16(c->args[2]));
}

FIXED_FILLER(getresgid16, SYSCALL_GETRESGID_X, 8 + 4 + 4 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, user_u16(c->args[0]));
	put_u32(w, user_u16(c->args[1]));
	put_u32(w, user_u16(c->args[2]));
}
#endif

FIXED_FILLER(getrlimit, SYSCALL_GETRLIMIT_X, 8 * 3 + 1)
{
	struct limits l = { (u64)-1, (u64)-1 };

	if (c->ret == 0)
		l = call_limits(c, c->args[1]);
	put_u64(w, c->ret);
	put_u64(w, l.current);
	put_u64(w, l.maximum);
	put_u8(w, limit_resource(c->args[0]));
}

FIXED_FILLER(nanosleep, SYSCALL_NANOSLEEP_X, 8 + 8)
{
	put_u64(w, c->ret);
	put_u64(w, read_interval(c->args[0], !c->compat));
}
