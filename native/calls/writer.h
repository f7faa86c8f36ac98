/* Writes one event in the layout of a capture block: prefix, header, parameter lengths, values, padding, length. */
#pragma once

#include "sensor.h"

/* The ring for events of a code; who has several of them defines it. */
#ifndef RING_OF
#define RING_OF(event) (&ring)
#endif

struct writer {
	u8 *buf;
	/* Where the next value goes. */
	u32 pos;
	/* Which parameter the next value is. A constant in every filler: all of this is inlined. */
	u32 index;
};

#define LENGTHS_AT (SAKER_BLOCK_PREFIX + SAKER_EVENT_HEADER)
#define ALIGN4(n) (((n) + 3) & ~3u)
#define VALUES_AT(params) (LENGTHS_AT + 2 * (params))
/* Size of the whole block with `bytes` of values. */
#define BLOCK_SIZE(params, bytes) (ALIGN4(VALUES_AT(params) + (bytes)) + 4)

static __always_inline void *here(struct writer *w)
{
	return w->buf + (w->pos & EVENT_MASK);
}

/*
 * Time of an event, ns since the epoch. To be taken before the event's place in a ring: user space merges the rings by
 * time, and relies on what waits behind a record not being younger than what follows that record elsewhere.
 */
static __always_inline u64 event_time(void)
{
	return control.boot_epoch_ns + bpf_ktime_get_boot_ns();
}

static __always_inline void start_event_at(struct writer *w, u8 *buf, u32 event, u32 params, u64 tid, u64 time)
{
	w->buf = buf;
	w->pos = VALUES_AT(params);
	w->index = 0;
	UNALIGNED_STORE(u32, buf, SAKER_BLOCK_EVENT);
	UNALIGNED_STORE(u16, buf + 8, bpf_get_smp_processor_id());
	UNALIGNED_STORE(u64, buf + 10, time);
	UNALIGNED_STORE(u64, buf + 18, tid);
	UNALIGNED_STORE(u16, buf + 30, event);
	UNALIGNED_STORE(u32, buf + 32, params);
}

static __always_inline void start_event(struct writer *w, u8 *buf, u32 event, u32 params, u64 tid)
{
	start_event_at(w, buf, event, params, tid, event_time());
}

/* Completes the block. @returns its size. */
static __always_inline u32 end_event(struct writer *w)
{
	u32 end = ALIGN4(w->pos);

	UNALIGNED_STORE(u32, w->buf + 26, w->pos - SAKER_BLOCK_PREFIX);
	UNALIGNED_STORE(u32, w->buf + (w->pos & EVENT_MASK), 0);
	UNALIGNED_STORE(u32, w->buf + (end & EVENT_MASK), end + 4);
	UNALIGNED_STORE(u32, w->buf + 4, end + 4);
	return end + 4;
}

/* Hands a block in working memory to the ring. */
static __always_inline void send_event(struct writer *w, u32 event)
{
	u32 size = end_event(w);
	void *to = RING_OF(event);

	if (!to || bpf_ringbuf_output(to, w->buf, size & EVENT_MASK, 0))
		count_drop(event);
}

/* Takes `size` bytes that were already written as the next parameter's value. */
static __always_inline void take(struct writer *w, u32 size)
{
	UNALIGNED_STORE(u16, w->buf + LENGTHS_AT + 2 * w->index, size);
	w->index++;
	w->pos += size;
}

static __always_inline void put_u8(struct writer *w, u8 value)
{
	UNALIGNED_STORE(u8, here(w), value);
	take(w, 1);
}

static __always_inline void put_u16(struct writer *w, u16 value)
{
	UNALIGNED_STORE(u16, here(w), value);
	take(w, 2);
}

static __always_inline void put_u32(struct writer *w, u32 value)
{
	UNALIGNED_STORE(u32, here(w), value);
	take(w, 4);
}

static __always_inline void put_u64(struct writer *w, u64 value)
{
	UNALIGNED_STORE(u64, here(w), value);
	take(w, 8);
}

/* A value that isn't known. */
static __always_inline void put_empty(struct writer *w)
{
	take(w, 0);
}

/* A descriptor, process id or other int argument, widened with its sign. */
static __always_inline void put_int(struct writer *w, u64 argument)
{
	put_u64(w, (s64)(s32)argument);
}

/*
 * Takes the position by way of the event's own memory (where its length will be), so that the verifier knows nothing
 * of it any more. Otherwise each value of variable size doubles what it must follow from here on.
 */
static __always_inline void forget_position(struct writer *w)
{
	UNALIGNED_STORE(u32, w->buf + 26, w->pos);
	w->pos = *(volatile u32 *)(w->buf + 26);
}

/* Takes text of `size` bytes as a helper returned it: negative or too long means that there is none. */
static __always_inline void take_text(struct writer *w, long size)
{
	u32 n = size > 0 && size <= TEXT_MAX ? size : 0;

	/* The mask repeats to the verifier what the line above says. */
	take(w, n & (2 * TEXT_MAX - 1));
	forget_position(w);
}

/* A NUL-terminated text of the process; empty when the pointer is null or the memory can't be read. */
static __always_inline void put_user_text(struct writer *w, u64 pointer)
{
	take_text(w, pointer ? read_user_text(here(w), TEXT_MAX, (const void *)pointer) : 0);
}

static __always_inline void put_kernel_text(struct writer *w, const void *pointer)
{
	take_text(w, bpf_probe_read_kernel_str(here(w), TEXT_MAX, pointer));
}

/* `size` bytes (at most `limit`, a constant power of two minus 1) of the process's memory. */
static __always_inline void put_user_bytes(struct writer *w, u64 pointer, u64 size, const u32 limit)
{
	u32 n = size > limit ? limit : size;

	n &= limit;
	if (n == 0 || !pointer || bpf_probe_read_user(here(w), n, (const void *)pointer))
		n = 0;
	take(w, n);
	forget_position(w);
}

/*
 * FILLER declares the program for the exit of one system call: it gets the call and writes the parameters.
 * FIXED_FILLER is for events whose values have the same size each time (`bytes` in all): they are written into the
 * ring in place. Both must write exactly the parameters of the event table.
 */
#define FILLER(name, code)                                                                                  \
	static __always_inline void fill_##name(struct writer *w, const struct call *c, struct scratch *s);  \
	SEC("tp_btf/sys_exit") int f_##name(void *ctx)                                                       \
	{                                                                                                    \
		struct scratch *s = scratch_of(SCRATCH_SYSCALL);                                             \
		struct writer w;                                                                             \
		if (!s)                                                                                      \
			return 0;                                                                            \
		start_event(&w, s->event, EV_##code, EVN_##code, (u32)bpf_get_current_pid_tgid());         \
		fill_##name(&w, &s->call, s);                                                                \
		send_event(&w, EV_##code);                                                                  \
		return 0;                                                                                    \
	}                                                                                                    \
	static __always_inline void fill_##name(struct writer *w, const struct call *c, struct scratch *s)

#define FIXED_FILLER(name, code, bytes)                                                                     \
	static __always_inline void fill_##name(struct writer *w, const struct call *c);                     \
	SEC("tp_btf/sys_exit") int f_##name(void *ctx)                                                       \
	{                                                                                                    \
		struct scratch *s = scratch_of(SCRATCH_SYSCALL);                                             \
		u64 time = event_time();                                                                     \
		struct writer w;                                                                             \
		void *to = RING_OF(EV_##code);                                                              \
		u8 *block;                                                                                   \
		if (!s)                                                                                      \
			return 0;                                                                            \
		block = to ? bpf_ringbuf_reserve(to, BLOCK_SIZE(EVN_##code, bytes), 0) : NULL;               \
		if (!block) {                                                                                \
			count_drop(EV_##code);                                                              \
			return 0;                                                                            \
		}                                                                                            \
		start_event_at(&w, block, EV_##code, EVN_##code, (u32)bpf_get_current_pid_tgid(), time);   \
		fill_##name(&w, &s->call);                                                                   \
		end_event(&w);                                                                               \
		bpf_ringbuf_submit(block, 0);                                                                \
		return 0;                                                                                    \
	}                                                                                                    \
	static __always_inline void fill_##name(struct writer *w, const struct call *c)
