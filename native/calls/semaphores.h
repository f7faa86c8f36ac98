/* System V semaphores. */
#pragma once

#include "writer.h"
#include "flags.h"

FIXED_FILLER(semget, SYSCALL_SEMGET_X, 8 + 4 + 4 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
	put_u32(w, c->args[1]);
	put_u32(w, BIT_TO(c->args[2], 01000, SAKER_SEMGET_IPC_CREAT) | BIT_TO(c->args[2], 02000, SAKER_SEMGET_IPC_EXCL));
}

/* struct sembuf */
struct semaphore_step {
	u16 number;
	u16 change;
	u16 flags;
};

static __always_inline void put_semaphore_step(struct writer *w, const struct semaphore_step *step)
{
	put_u16(w, step->number);
	put_u16(w, step->change);
	put_u16(w, BIT_TO(step->flags, 04000, SAKER_SEMOP_IPC_NOWAIT) | BIT_TO(step->flags, 0x1000, SAKER_SEMOP_SEM_UNDO));
}

/* Captures hold the first two steps; zeros stand for what there is not. */
FIXED_FILLER(semop, SYSCALL_SEMOP_X, 8 + 4 + 6 + 6 + 4)
{
	u32 count = c->args[2];
	u64 steps = c->args[1];
	struct semaphore_step first = {}, second = {};

	if (count > 0)
		bpf_probe_read_user(&first, sizeof(first), (const void *)steps);
	if (count > 1)
		bpf_probe_read_user(&second, sizeof(second), (const void *)(steps + sizeof(first)));
	put_u64(w, c->ret);
	put_u32(w, count);
	put_semaphore_step(w, &first);
	put_semaphore_step(w, &second);
	put_u32(w, c->args[0]);
}

#define SETVAL 16
/* 32-bit programs say with it that structures have the layout since Linux 2.2; it is no part of the command. */
#define IPC_64 0x100

/* The kernel's numbers, each as a bit of its own. */
static __always_inline u16 semaphore_command(u32 command)
{
	switch (command) {
	case 0: return SAKER_SEMCTL_IPC_RMID;
	case 1: return SAKER_SEMCTL_IPC_SET;
	case 2: return SAKER_SEMCTL_IPC_STAT;
	case 3: return SAKER_SEMCTL_IPC_INFO;
	case 11: return SAKER_SEMCTL_GETPID;
	case 12: return SAKER_SEMCTL_GETVAL;
	case 13: return SAKER_SEMCTL_GETALL;
	case 14: return SAKER_SEMCTL_GETNCNT;
	case 15: return SAKER_SEMCTL_GETZCNT;
	case SETVAL: return SAKER_SEMCTL_SETVAL;
	case 17: return SAKER_SEMCTL_SETALL;
	case 18: return SAKER_SEMCTL_SEM_STAT;
	case 19: return SAKER_SEMCTL_SEM_INFO;
	default: return 0;
	}
}

FIXED_FILLER(semctl, SYSCALL_SEMCTL_X, 8 + 4 + 4 + 2 + 4)
{
	u32 command = c->compat ? c->args[2] & ~IPC_64 : c->args[2];

	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
	put_u32(w, c->args[1]);
	put_u16(w, semaphore_command(command));
	/* Other commands have a pointer there, or nothing. */
	put_u32(w, command == SETVAL ? c->args[3] : 0);
}
