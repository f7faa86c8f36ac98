/* Waiting for descriptors: which ones, and what came of each. Chatty: traced only when a rule wants them. */
#pragma once

#include "writer.h"
#include "flags.h"
#include "user.h"

/* struct pollfd */
struct polled {
	s32 fd;
	u16 events, returned;
};

/* A list in the making: a u16 with the number of descriptors, then each in 8 bytes with 2 of flags. */
#define FDLIST_HEAD 2
#define FDLIST_ITEM 10

/* Of struct pollfd; the list lies in scratch. */
struct fd_list {
	struct scratch *memory;
};

/* @returns whether there are no more. */
static __always_inline bool polled_step(struct fd_list *list, struct scratch *s)
{
	u32 index = s->index;
	struct polled one;
	u8 *to;

	if (index >= s->list.count ||
	    bpf_probe_read_user(&one, sizeof(one), (const void *)(s->list.array + index * sizeof(one))))
		return true;
	to = &s->event[(s->list.at + FDLIST_HEAD + index * FDLIST_ITEM) & EVENT_MASK];
	UNALIGNED_STORE(s64, to, one.fd);
	UNALIGNED_STORE(u16, to + 8, poll_flags(one.returned));
	s->index = index + 1;
	return false;
}

DEFINE_REPEAT(list_polled, struct fd_list, polled_step, 256, 32)

/* All descriptors, with what was returned for each: 0 for those that nothing happened to. */
static __always_inline void put_polled(struct writer *w, const struct call *c, struct scratch *s)
{
	struct fd_list list = { .memory = s };

	s->list = (struct list){ .array = c->args[0], .count = (u32)c->args[1], .at = w->pos };
	s->index = 0;
	list_polled(&list);
	UNALIGNED_STORE(u16, here(w), s->index);
	take(w, (FDLIST_HEAD + FDLIST_ITEM * s->index) & (TEXT_MAX - 1));
	forget_position(w);
}

FILLER(poll, SYSCALL_POLL_X)
{
	put_u64(w, c->ret);
	put_polled(w, c, s);
	put_int(w, c->args[2]);
}

/* The kernel has put there how much of the time was left. */
FILLER(ppoll, SYSCALL_PPOLL_X)
{
	put_u64(w, c->ret);
	put_polled(w, c, s);
	put_u64(w, read_interval(c->args[2], !c->compat));
	put_u32(w, read_signal_set(c->args[3]));
}

#if !defined(__TARGET_ARCH_arm64)
FILLER(ppoll_time64, SYSCALL_PPOLL_X)
{
	put_u64(w, c->ret);
	put_polled(w, c, s);
	put_u64(w, read_interval(c->args[2], true));
	put_u32(w, read_signal_set(c->args[3]));
}
#endif
