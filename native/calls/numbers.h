/* 32-bit calls of x86 by the numbers of the 64-bit ones. */
#pragma once

#include "sensor.h"

static const volatile u16 ia32_table[SAKER_SYSCALLS] = SAKER_IA32_TABLE;

/* The 32-bit call that leads to most socket calls: its first argument says to which, its second points to theirs. */
#define IA32_SOCKETCALL 102
#define SOCKETCALLS 32

static const volatile u16 socketcall_table[SOCKETCALLS] = {
	[1] = SYS_socket,	[2] = SYS_bind,	      [3] = SYS_connect,   [4] = SYS_listen,
	[5] = SYS_accept,	[6] = SYS_getsockname, [7] = SYS_getpeername, [8] = SYS_socketpair,
	[9] = SYS_sendto,	[10] = SYS_recvfrom,  [11] = SYS_sendto,   [12] = SYS_recvfrom,
	[13] = SYS_shutdown,	[14] = SYS_setsockopt, [15] = SYS_getsockopt, [16] = SYS_sendmsg,
	[17] = SYS_recvmsg,	[18] = SYS_accept4,   [19] = SYS_recvmmsg, [20] = SYS_sendmmsg,
};
