/*
 * The hash by which the kernel's and user space's sides know an open that is left out: SipHash-1-3 (Aumasson, Bernstein:
 * SipHash: a fast short-input PRF, 2012) with a secret key, so that nobody can make an open that passes for another one.
 * A hash takes a twelfth of an open's memory: what looking one up takes is waiting for memory.
 */
#pragma once

#include "saker_abi.h"

#define SAKER_ROTATE(value, bits) ((value) << (bits) | (value) >> (64 - (bits)))

static inline __attribute__((always_inline)) void saker_sip_round(SAKER_U64 v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = SAKER_ROTATE(v[1], 13) ^ v[0];
	v[3] = SAKER_ROTATE(v[3], 16) ^ v[2];
	v[0] = SAKER_ROTATE(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = SAKER_ROTATE(v[3], 21) ^ v[0];
	v[1] = SAKER_ROTATE(v[1], 17) ^ v[2];
	v[2] = SAKER_ROTATE(v[2], 32);
}

/* @returns never 0. */
static inline __attribute__((always_inline)) SAKER_U64 saker_boring_hash(const struct saker_boring *open, const SAKER_U64 key[2])
{
	const SAKER_U64 *words = (const void *)open;
	SAKER_U64 v[4] = { key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
			   key[1] ^ 0x7465646279746573 };

	for (int i = 0; i < (int)(sizeof(*open) / sizeof(*words)); i++) {
		v[3] ^= words[i];
		saker_sip_round(v);
		v[0] ^= words[i];
	}
	/* The last block: the size, all opens having the same. */
	v[3] ^= (SAKER_U64)sizeof(*open) << 56;
	saker_sip_round(v);
	v[0] ^= (SAKER_U64)sizeof(*open) << 56;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		saker_sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3] ?: 1;
}

static inline __attribute__((always_inline)) SAKER_U32 saker_boring_set(SAKER_U64 hash)
{
	return hash & (SAKER_BORING_SETS - 1);
}
