/* 32-bit calls of x86 by the numbers of the 64-bit ones. */
#pragma once

#include "user.h"

static const volatile u16 ia32_table[SAKER_SYSCALLS] = SAKER_IA32_TABLE;

/* Two calls stand for many. Their first argument says for which; of socketcall, the second points to the arguments. */
#define IA32_SOCKETCALL 102
#define IA32_IPC 117
#define JOINT_CALLS 32

static const volatile u16 socketcall_table[JOINT_CALLS] = {
	[1] = SYS_socket,	[2] = SYS_bind,	      [3] = SYS_connect,   [4] = SYS_listen,
	[5] = SYS_accept,	[6] = SYS_getsockname, [7] = SYS_getpeername, [8] = SYS_socketpair,
	[9] = SYS_send,		[10] = SYS_recv,      [11] = SYS_sendto,   [12] = SYS_recvfrom,
	[13] = SYS_shutdown,	[14] = SYS_setsockopt, [15] = SYS_getsockopt, [16] = SYS_sendmsg,
	[17] = SYS_recvmsg,	[18] = SYS_accept4,   [19] = SYS_recvmmsg, [20] = SYS_sendmmsg,
};

#define IPC_SEMOP 1
#define IPC_SEMCTL 3

static const volatile u16 ipc_table[JOINT_CALLS] = {
	[IPC_SEMOP] = SYS_semop, [2] = SYS_semget, [IPC_SEMCTL] = SYS_semctl, [4] = SYS_semtimedop,
	[11] = SYS_msgsnd,	 [12] = SYS_msgrcv, [13] = SYS_msgget,	      [14] = SYS_msgctl,
	[21] = SYS_shmat,	 [22] = SYS_shmdt,  [23] = SYS_shmget,	      [24] = SYS_shmctl,
};

/* The number that a 32-bit call is told by; SAKER_SYSCALLS: none. `first` is its first argument. */
static __always_inline u32 number_of_ia32(u32 nr, u32 first)
{
	u32 found = SAKER_SYSCALLS;

	if (nr == IA32_SOCKETCALL)
		found = first < JOINT_CALLS ? socketcall_table[first & (JOINT_CALLS - 1)] : 0;
	else if (nr == IA32_IPC)
		/* The upper half is a version. */
		found = (first & 0xffff) < JOINT_CALLS ? ipc_table[first & (JOINT_CALLS - 1)] : 0;
	else if (nr < SAKER_SYSCALLS)
		return ia32_table[nr & (SAKER_SYSCALLS - 1)] ? ia32_table[nr & (SAKER_SYSCALLS - 1)] - 1 : SAKER_SYSCALLS;
	return found ? found : SAKER_SYSCALLS;
}

/* Ids of 16 bits: the kernel ignores the rest, and -1 is the largest. */
static __always_inline u64 wide_id(u32 id)
{
	return (u16)id == (u16)-1 ? (u32)-1 : (u16)id;
}

/* Brings the arguments of a 32-bit call into the form that its 64-bit sister has. */
static __always_inline void widen_ia32(u32 nr, const u32 *from, u64 *to)
{
	u32 narrow[6] = {};

	for (int i = 0; i < 6; i++)
		to[i] = from[i];
	switch (nr) {
	case IA32_SOCKETCALL:
		bpf_probe_read_user(narrow, sizeof(narrow), (const void *)(u64)from[1]);
		for (int i = 0; i < 6; i++)
			to[i] = narrow[i];
		break;
	case IA32_IPC:
		to[0] = from[1];
		to[1] = (from[0] & 0xffff) == IPC_SEMOP ? from[4] : from[2];
		to[2] = (from[0] & 0xffff) == IPC_SEMOP ? from[2] : from[3];
		to[3] = (from[0] & 0xffff) == IPC_SEMCTL ? user_u32(from[4]) : from[4];
		break;
	case 16: /* lchown */
	case 95: /* fchown */
	case 182: /* chown */
		to[1] = wide_id(from[1]);
		to[2] = wide_id(from[2]);
		break;
	case 23: /* setuid */
	case 46: /* setgid */
	case 70: /* setreuid */
	case 71: /* setregid */
	case 164: /* setresuid */
	case 170: /* setresgid */
		to[0] = wide_id(from[0]);
		to[1] = wide_id(from[1]);
		to[2] = wide_id(from[2]);
		break;
	}
}
