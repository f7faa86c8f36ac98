/* Data that programs read and write: the first bytes, from one buffer or from several. */
#pragma once

#include "writer.h"

#define SNAP_MASK (TEXT_MAX - 1)

static __always_inline u64 snap(u64 size)
{
	return size < control.snap_length ? size : control.snap_length;
}

#define MAX_VECTORS 8

struct vector {
	u64 base, size;
};

static __always_inline struct vector read_vector(const struct call *c, u64 vectors, u32 index)
{
	struct vector v = {};

	if (c->compat) {
		u32 narrow[2] = {};

		bpf_probe_read_user(narrow, sizeof(narrow), (const void *)(vectors + index * sizeof(narrow)));
		v.base = narrow[0];
		v.size = narrow[1];
	} else {
		bpf_probe_read_user(&v, sizeof(v), (const void *)(vectors + index * sizeof(v)));
	}
	return v;
}

/* Bytes in all vectors (in the first ones, when there are very many). */
static __always_inline u32 vectors_size(const struct call *c, u64 vectors, u64 count)
{
	u64 size = 0;

	for (u32 i = 0; i < MAX_VECTORS; i++) {
		if (i >= count)
			break;
		size += read_vector(c, vectors, i).size;
	}
	return size;
}

/* The first bytes of `size`, gathered from the vectors. */
static __always_inline void put_vectors(struct writer *w, const struct call *c, u64 vectors, u64 count, u64 size)
{
	u32 wanted = snap(size) & SNAP_MASK, done = 0;

	for (u32 i = 0; i < MAX_VECTORS; i++) {
		struct vector v;
		u32 n;

		if (i >= count || done >= wanted)
			break;
		v = read_vector(c, vectors, i);
		n = v.size < wanted - done ? v.size : wanted - done;
		n &= SNAP_MASK;
		if (!v.base || bpf_probe_read_user(w->buf + ((w->pos + done) & EVENT_MASK), n, (const void *)v.base))
			break;
		done += n;
	}
	take(w, done & SNAP_MASK);
	forget_position(w);
}
