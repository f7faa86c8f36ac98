/* Data that programs read and write: the first bytes, from one buffer or from several. */
#pragma once

#include "writer.h"

#define SNAP_MASK (TEXT_MAX - 1)

static __always_inline u64 snap(u64 size)
{
	return size < control.snap_length ? size : control.snap_length;
}

struct vector {
	u64 base, size;
};

/* A walk over the vectors of a call. The list, the number of the next one and the bytes copied lie in scratch. */
struct gathering {
	struct scratch *memory;
};

static __always_inline struct vector read_vector(const struct scratch *s, u32 index)
{
	struct vector v = {};

	if (s->call.compat) {
		u32 narrow[2] = {};

		bpf_probe_read_user(narrow, sizeof(narrow), (const void *)(s->list.array + index * sizeof(narrow)));
		v.base = narrow[0];
		v.size = narrow[1];
	} else {
		bpf_probe_read_user(&v, sizeof(v), (const void *)(s->list.array + index * sizeof(v)));
	}
	return v;
}

/* @returns whether there are no more. */
static __always_inline bool gather_step(struct gathering *g, struct scratch *s)
{
	u32 index = s->index, done = s->size, wanted = s->list.wanted, n;
	struct vector v;

	if (index >= s->list.count)
		return true;
	v = read_vector(s, index);
	s->list.total += v.size;
	s->index = index + 1;
	if (done >= wanted)
		return false;
	n = v.size < wanted - done ? v.size : wanted - done;
	n &= SNAP_MASK;
	if (n == 0)
		return false;
	if (!v.base || bpf_probe_read_user(&s->event[(s->list.at + done) & EVENT_MASK], n, (const void *)v.base))
		s->list.wanted = 0;
	else
		s->size = done + n;
	return false;
}

/* The kernel takes at most 1024 vectors. */
DEFINE_REPEAT(gather, struct gathering, gather_step, 1024, 16)

/* Puts the first of `size` bytes, gathered from the vectors. @returns the bytes in all vectors. */
static __always_inline u32 put_vectors(struct writer *w, const struct call *c, struct scratch *s, u64 vectors, u64 count,
				       u64 size)
{
	struct gathering g = { .memory = s };

	s->list = (struct list){
		.array = vectors,
		.count = vectors ? count : 0,
		.wanted = snap(size) & SNAP_MASK,
		.at = w->pos,
	};
	s->index = 0;
	s->size = 0;
	gather(&g);
	take(w, s->size & SNAP_MASK);
	forget_position(w);
	return s->list.total;
}
