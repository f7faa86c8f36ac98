/*
 * What the groups of calls need, as the tracer has it: the names are those of the kernel programs, so that both are
 * compiled from the same text. The thread that is stopped takes the place of the current task.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__aarch64__)
#define __TARGET_ARCH_arm64
#endif

#include "../include/saker_events.gen.h"
#include "../include/saker_syscalls.gen.h"
#include "../include/saker_abi.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int32_t s32;
typedef long long s64;

#include "../calls/list.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#define SEC(name)
#define UNALIGNED_STORE(type, at, value)            \
	do {                                        \
		type stored = (value);              \
		memcpy((at), &stored, sizeof(stored)); \
	} while (0)

#define EVENT_MASK 0x7fff
#define TEXT_MAX 4096

/* The call under work; arguments are brought into the 64-bit order. */
struct call {
	u64 args[6];
	s64 ret;
	u32 nr;
	/* Not 0: a 32-bit call, whose pointers are 4 bytes wide in the structures it points to. */
	u32 compat;
	/* Its number as the program has it. */
	u32 own;
};

struct scratch {
	struct call call;
	struct list list;
	u32 size, index;
	u32 message;
	u8 event[EVENT_MASK + 1 + 2 * TEXT_MAX];
};

enum scratch_kind { SCRATCH_SYSCALL };

/* Settings, in the form in which the kernel programs have them. */
extern struct saker_control control;
extern struct scratch work;

/* The thread that is stopped (facts.c). */
extern int stopped_tid, stopped_pid;
/* The call made a file that was not there when it began. */
extern bool stopped_creates;
/* Flags of the call by which the stopped thread came to be. */
extern u64 stopped_origin_flags;

/* Reads memory of the stopped thread. @returns 0, or -1 when not all of it can be read. */
long read_memory(void *to, size_t size, u64 from);
/* The same for a text, at most `room` bytes with its NUL. @returns the size with the NUL; negative: it can't be read. */
long read_text(void *to, size_t room, u64 from);
/* A text of our own, with its NUL. */
long copy_text(void *to, size_t room, const void *from);
u64 boot_clock(void);
/* Hands a complete block over; waits while there is no room (output.c). */
void output_put(const void *bytes, size_t size);

static __always_inline struct scratch *scratch_of(enum scratch_kind kind)
{
	return &work;
}

/* There is only one order of events here: that in which threads stop. */
static __always_inline u16 bpf_get_smp_processor_id(void)
{
	return 0;
}

static __always_inline u64 bpf_ktime_get_boot_ns(void)
{
	return boot_clock();
}

static __always_inline u64 bpf_get_current_pid_tgid(void)
{
	return (u64)stopped_pid << 32 | (u32)stopped_tid;
}

static __always_inline long bpf_probe_read_user(void *to, u32 size, const void *from)
{
	return read_memory(to, size, (u64)(uintptr_t)from);
}

static __always_inline long read_user_text(void *to, u32 room, const void *from)
{
	return read_text(to, room, (u64)(uintptr_t)from);
}

static __always_inline long bpf_probe_read_kernel(void *to, u32 size, const void *from)
{
	memcpy(to, from, size);
	return 0;
}

static __always_inline long bpf_probe_read_kernel_str(void *to, u32 room, const void *from)
{
	return copy_text(to, room, from);
}

/* Nothing is dropped: a thread waits until there is room for what it did. */
static __always_inline void count_drop(u32 event)
{
}

struct ring {
	char unused;
};
extern struct ring ring;

static __always_inline void *bpf_ringbuf_reserve(struct ring *to, u32 size, u64 flags)
{
	return work.event;
}

static __always_inline void bpf_ringbuf_submit(void *block, u64 flags)
{
	u32 size;

	memcpy(&size, (u8 *)block + 4, sizeof(size));
	output_put(block, size);
}

static __always_inline long bpf_ringbuf_output(struct ring *to, void *block, u32 size, u64 flags)
{
	output_put(block, size);
	return 0;
}

#define DEFINE_REPEAT(name, state_type, step, most, most_on_old_kernels)      \
	static __always_inline void name(state_type *state)                   \
	{                                                                     \
		for (int i = 0; i < (most) && !step(state, state->memory); i++) \
			;                                                     \
	}
