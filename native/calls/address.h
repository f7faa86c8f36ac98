/* Addresses of sockets as programs give them (SOCKADDR). */
#pragma once

#include "writer.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define UNIX_PATH_MAX 108

enum direction { OUTBOUND, INBOUND };

/* struct sockaddr of the families that captures know, as user space lays them out. */
struct user_address {
	u16 family;
	u16 port;
	u32 flow_or_address;
	u8 address6[16];
	u8 rest[104];
};

static __always_inline u16 port_order(u16 port)
{
	return __builtin_bswap16(port);
}

/*
 * Writes the path of a unix address and a NUL at `offset` of the value in the making. The path of an abstract
 * address begins behind its leading NUL. @returns its size with the NUL.
 */
static __always_inline u32 write_unix_path(struct writer *w, u32 offset, const void *path, long size, bool user)
{
	u8 *to = w->buf + ((w->pos + offset) & EVENT_MASK);
	u8 first = 0;
	long n;

	if (size > 0) {
		if (user)
			bpf_probe_read_user(&first, 1, path);
		else
			bpf_probe_read_kernel(&first, 1, path);
		if (first == 0) {
			path++;
			size--;
		}
	}
	if (size <= 0) {
		UNALIGNED_STORE(u8, to, 0);
		return 1;
	}
	if (size > UNIX_PATH_MAX)
		size = UNIX_PATH_MAX;
	/* The room for the NUL: a path may fill its 108 bytes. */
	size = (size + 1) & 0x7f;
	n = user ? read_user_text(to, size, path) : bpf_probe_read_kernel_str(to, size, path);
	if (n <= 0) {
		UNALIGNED_STORE(u8, to, 0);
		return 1;
	}
	return n & 0x7f;
}

static __always_inline void put_user_address(struct writer *w, u64 pointer, u64 length)
{
	struct user_address a = {};
	u8 *to = here(w);
	u32 size = length > 28 ? 28 : length;

	if (!pointer || size < 2 || bpf_probe_read_user(&a, size & 0x1f, (const void *)pointer)) {
		put_empty(w);
		return;
	}
	UNALIGNED_STORE(u8, to, a.family);
	switch (a.family) {
	case AF_INET:
		UNALIGNED_STORE(u32, to + 1, a.flow_or_address);
		UNALIGNED_STORE(u16, to + 5, port_order(a.port));
		take(w, 7);
		break;
	case AF_INET6:
		__builtin_memcpy(to + 1, a.address6, 16);
		UNALIGNED_STORE(u16, to + 17, port_order(a.port));
		take(w, 19);
		break;
	case AF_UNIX:
		take(w, 1 + write_unix_path(w, 1, (const void *)(pointer + 2), length - 2, true));
		break;
	default:
		put_empty(w);
		break;
	}
}
