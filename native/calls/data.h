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

/* A walk over the vectors of a call. The number of the next one and the bytes copied lie in scratch. */
struct gathering {
	struct scratch *memory;
	u64 array, count;
	/* Bytes in all vectors seen so far. */
	u64 total;
	/* Size of a pointer of the program. */
	u32 width;
	/* How many bytes to copy, and to where in the event. */
	u32 wanted, at;
};

static __always_inline struct vector read_vector(const struct gathering *g, u32 index)
{
	struct vector v = {};

	if (g->width == 4) {
		u32 narrow[2] = {};

		bpf_probe_read_user(narrow, sizeof(narrow), (const void *)(g->array + index * sizeof(narrow)));
		v.base = narrow[0];
		v.size = narrow[1];
	} else {
		bpf_probe_read_user(&v, sizeof(v), (const void *)(g->array + index * sizeof(v)));
	}
	return v;
}

/* @returns whether there are no more. */
static __always_inline bool gather_step(struct gathering *g, struct scratch *s)
{
	u32 index = s->index, done = s->size, n;
	struct vector v;

	if (index >= g->count)
		return true;
	v = read_vector(g, index);
	g->total += v.size;
	s->index = index + 1;
	if (done >= g->wanted)
		return false;
	n = v.size < g->wanted - done ? v.size : g->wanted - done;
	n &= SNAP_MASK;
	if (n == 0)
		return false;
	if (!v.base || bpf_probe_read_user(&s->event[(g->at + done) & EVENT_MASK], n, (const void *)v.base))
		g->wanted = 0;
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
	struct gathering g = {
		.memory = s,
		.array = vectors,
		.count = vectors ? count : 0,
		.width = c->compat ? 4 : 8,
		.wanted = snap(size) & SNAP_MASK,
		.at = w->pos,
	};

	s->index = 0;
	s->size = 0;
	gather(&g);
	take(w, s->size & SNAP_MASK);
	forget_position(w);
	return g.total;
}
