/* Calls that change who a process is: users, groups, sessions, capabilities. */
#pragma once

#include "task.h"

FIXED_FILLER(setuid, SYSCALL_SETUID_X, 8 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
}

FIXED_FILLER(setgid, SYSCALL_SETGID_X, 8 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
}

FIXED_FILLER(setreuid, SYSCALL_SETREUID_X, 8 + 4 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
	put_u32(w, c->args[1]);
}

FIXED_FILLER(setregid, SYSCALL_SETREGID_X, 8 + 4 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
	put_u32(w, c->args[1]);
}

FIXED_FILLER(setresuid, SYSCALL_SETRESUID_X, 8 + 4 + 4 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
	put_u32(w, c->args[1]);
	put_u32(w, c->args[2]);
}

FIXED_FILLER(setresgid, SYSCALL_SETRESGID_X, 8 + 4 + 4 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
	put_u32(w, c->args[1]);
	put_u32(w, c->args[2]);
}

FIXED_FILLER(setsid, SYSCALL_SETSID_X, 8)
{
	put_u64(w, c->ret);
}

FIXED_FILLER(setpgid, SYSCALL_SETPGID_X, 8 + 8 + 8)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_int(w, c->args[1]);
}

/* The sets that the thread has after the call. */
FIXED_FILLER(capset, SYSCALL_CAPSET_X, 8 + 8 + 8 + 8)
{
	struct capability_sets sets = capabilities_of(current_task());

	put_u64(w, c->ret);
	put_u64(w, sets.inheritable);
	put_u64(w, sets.permitted);
	put_u64(w, sets.effective);
}
