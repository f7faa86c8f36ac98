/* What all programs share: maps, settings, the call under work, and the macros that declare a filler. */
#pragma once

#include "kernel.h"
#include "../include/saker_events.gen.h"
#include "../include/saker_syscalls.gen.h"
#include "../include/saker_abi.h"
#include "../calls/list.h"

/* Shared with user space. */
extern struct saker_control control;

/* Declared here, since the headers of older libbpf versions lack them. */
static long (*const repeat)(u32 rounds, void *round, void *state, u64 flags) = (void *)181; /* bpf_loop, 5.17 */
static long (*const task_registers)(struct task_struct *task) = (void *)175; /* bpf_task_pt_regs, 5.15 */

/* The system call that the programs of one exit work on; arguments are brought into the 64-bit order. */
struct call {
	u64 args[6];
	s64 ret;
	u32 nr;
	/* Not 0: a 32-bit call, whose pointers are 4 bytes wide in the structures it points to. */
	u32 compat;
};

#define EVENT_MASK 0x7fff
#define TEXT_MAX 4096

/* Control groups of a task as text, `subsystem=path`, each with a NUL, and which groups it names. */
struct group_text {
	u64 nodes[5], ids[5];
	u32 size;
	u8 text[2 * TEXT_MAX];
};

/*
 * Working memory of one CPU. A path is written backwards from the middle of `path`. Counters of loops lie here rather
 * than in registers, since the verifier does not follow values in map memory: it need not prove each iteration anew.
 */
struct scratch {
	struct call call;
	struct list list;
	/* Where in `path` the path found so far begins. */
	volatile u32 start;
	/* Size and number of the texts gathered so far. */
	volatile u32 size, index;
	/* Number of the message under work, in calls with several. */
	volatile u32 message;
	struct group_text groups;
	u8 path[2 * TEXT_MAX];
	u8 event[EVENT_MASK + 1 + 2 * TEXT_MAX];
};

/* Tracepoints that can interrupt each other must not share working memory. */
enum scratch_kind { SCRATCH_SYSCALL, SCRATCH_EXEC, SCRATCH_FORK, SCRATCH_ENTER, SCRATCH_KINDS };

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
};

/* Made and put in here by the loader: see SAKER_RINGS. One for each CPU, so that none waits for another. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, SAKER_RINGS);
	__type(key, u32);
	__array(values, struct ring);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SAKER_CULPRITS);
	__type(key, u32);
	__type(value, struct saker_culprit);
} culprits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCRATCH_KINDS);
	__type(key, u32);
	__type(value, struct scratch);
} scratch_memory SEC(".maps");

/* By system call number; a call without a program of its own becomes a generic event. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, SAKER_SYSCALLS);
	__type(key, u32);
	__type(value, u32);
} fillers SEC(".maps");

static __always_inline struct scratch *scratch_of(enum scratch_kind kind)
{
	u32 index = bpf_get_smp_processor_id() * SCRATCH_KINDS + kind;

	return bpf_map_lookup_elem(&scratch_memory, &index);
}

/*
 * Reads a text of the current process, at most `room` bytes, NUL included. @returns its size with the NUL; negative: it can't be
 * read. Older kernels (6.12 is one) say 0 for an empty text and leave the memory as it is.
 */
static __always_inline long read_user_text(void *to, u32 room, const void *from)
{
	long n = bpf_probe_read_user_str(to, room, from);

	if (n != 0)
		return n;
	UNALIGNED_STORE(u8, to, 0);
	return 1;
}

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

/* The ring for events of a code. `event` is a constant wherever this is called. */
static __always_inline void *ring_of(u32 event)
{
	u32 slot = control.critical[event] ? 0 : 1 + (bpf_get_smp_processor_id() & control.ring_mask);

	return bpf_map_lookup_elem(&rings, &slot);
}

#define RING_OF(event) ring_of(event)

/* Room for an event in its ring; NULL: there is none. */
static __always_inline void *reserve(u32 event, u64 size)
{
	void *ring = ring_of(event);

	return ring ? bpf_ringbuf_reserve(ring, size, 0) : NULL;
}

/*
 * Programs with tail calls can't have functions of their own everywhere: on x86 from 5.10 on (they are
 * functions of loops, too: 5.17), on arm64 from 6.0 on. Where they can, there is a filter (filter.h).
 */
#if defined(__TARGET_ARCH_arm64)
#define CALLS_BESIDE_TAIL_CALLS KERNEL(6, 0)
#else
#define CALLS_BESIDE_TAIL_CALLS KERNEL(5, 17)
#endif
#if SAKER_KERNEL < CALLS_BESIDE_TAIL_CALLS
#define RARELY_CALLED __always_inline
#else
#define RARELY_CALLED __noinline
#define SAKER_FILTER
#endif

/* An event found its ring full. */
static RARELY_CALLED int count_drop(u32 event)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct saker_culprit *culprit = bpf_map_lookup_elem(&culprits, &tgid);

	if (event < EV_COUNT)
		__sync_fetch_and_add(&control.drops[event], 1);
	__sync_fetch_and_add(&control.cpu_drops[bpf_get_smp_processor_id() & (SAKER_CPUS - 1)], 1);
	if (!culprit) {
		struct saker_culprit fresh = { .cgroup = bpf_get_current_cgroup_id() };

		bpf_get_current_comm(fresh.comm, sizeof(fresh.comm));
		if (bpf_map_update_elem(&culprits, &tgid, &fresh, BPF_NOEXIST))
			tgid = 0;
		culprit = bpf_map_lookup_elem(&culprits, &tgid);
	}
	if (culprit)
		__sync_fetch_and_add(&culprit->drops, 1);
	return 0;
}

/*
 * DEFINE_REPEAT makes a function that repeats a step until it returns true. From 5.17 on bpf_loop does it, and the
 * verifier looks at the step once. Older kernels don't know the instructions for that: for them these are plain loops, which
 * the verifier follows round by round, so they are shorter.
 */
#if SAKER_KERNEL < KERNEL(5, 17)
#define DEFINE_REPEAT(name, state_type, step, most, most_on_old_kernels)                      \
	static __always_inline void name(state_type *state)                                   \
	{                                                                                     \
		for (int i = 0; i < (most_on_old_kernels); i++)                               \
			if (step(state, state->memory))                                       \
				break;                                                        \
	}
#else
#define DEFINE_REPEAT(name, state_type, step, most, most_on_old_kernels)                      \
	static long name##_round(u32 index, void *data)                                       \
	{                                                                                     \
		state_type *state = data;                                                     \
		return step(state, state->memory);                                            \
	}                                                                                     \
	static __always_inline void name(state_type *state)                                   \
	{                                                                                     \
		repeat(most, name##_round, state, 0);                                       \
	}
#endif
