/* Sockets: pairs of addresses (SOCKTUPLE), queues. */
#pragma once

#include "../calls/address.h"
#include "facts.h"

static inline void put_inet4(struct writer *w, struct socket_ends *e, enum direction direction, u64 to_address)
{
	struct user_address a = { 0 };
	u8 *to = here(w), *local = to + (direction == OUTBOUND ? 1 : 7), *remote = to + (direction == OUTBOUND ? 7 : 1);
	u32 no_address = 0;

	/* A datagram socket that is not connected, or one that is about to be: the other end is in the arguments. */
	if (e->remote_port == 0 && memcmp(e->remote, &no_address, 4) == 0 && to_address &&
	    !read_memory(&a, 8, to_address) && a.family == AF_INET) {
		memcpy(e->remote, &a.flow_or_address, 4);
		e->remote_port = port_order(a.port);
	}
	to[0] = AF_INET;
	memcpy(local, e->local, 4);
	UNALIGNED_STORE(u16, local + 4, e->local_port);
	memcpy(remote, e->remote, 4);
	UNALIGNED_STORE(u16, remote + 4, e->remote_port);
	take(w, 13);
}

static inline void put_inet6(struct writer *w, struct socket_ends *e, enum direction direction, u64 to_address)
{
	struct user_address a = { 0 };
	u8 *to = here(w), *local = to + (direction == OUTBOUND ? 1 : 19), *remote = to + (direction == OUTBOUND ? 19 : 1);

	if (e->remote_port == 0 && to_address && !read_memory(&a, 24, to_address) && a.family == AF_INET6) {
		memcpy(e->remote, a.address6, 16);
		e->remote_port = port_order(a.port);
	}
	to[0] = AF_INET6;
	memcpy(local, e->local, 16);
	UNALIGNED_STORE(u16, local + 16, e->local_port);
	memcpy(remote, e->remote, 16);
	UNALIGNED_STORE(u16, remote + 16, e->remote_port);
	take(w, 37);
}

static inline void put_unix(struct writer *w, struct socket_ends *e, enum direction direction, u64 to_address, u64 to_length)
{
	bool out = direction == OUTBOUND;
	u8 *to = here(w);
	u32 size = 0;

	/* The name is that of the end which others connect to: the receiver's, else the other one's. */
	if ((out ? e->remote_path_size : e->local_path_size) > 0)
		size = write_unix_path(w, 17, out ? e->remote_path : e->local_path,
				       out ? e->remote_path_size : e->local_path_size, false);
	else if ((out ? e->local_path_size : e->remote_path_size) > 0)
		size = write_unix_path(w, 17, out ? e->local_path : e->remote_path,
				       out ? e->local_path_size : e->remote_path_size, false);
	else if (out && to_address && to_length > 2)
		size = write_unix_path(w, 17, (const void *)(uintptr_t)(to_address + 2), to_length - 2, true);
	if (size == 0) {
		to[17] = 0;
		size = 1;
	}
	to[0] = AF_UNIX;
	/* Kernel addresses are not to be had; the inode of the process's own end tells sockets apart as well. */
	UNALIGNED_STORE(u64, to + 1, out ? e->ino : 0);
	UNALIGNED_STORE(u64, to + 9, out ? 0 : e->ino);
	take(w, 17 + size);
}

static inline void put_tuple(struct writer *w, s64 fd, enum direction direction, u64 to_address, u64 to_length)
{
	struct socket_ends e;

	switch (socket_ends(fd, &e) ? e.family : 0) {
	case AF_INET:
		put_inet4(w, &e, direction, to_address);
		break;
	case AF_INET6:
		put_inet6(w, &e, direction, to_address);
		break;
	case AF_UNIX:
		put_unix(w, &e, direction, to_address, to_length);
		break;
	default:
		put_empty(w);
		break;
	}
}

/* What stands for the addresses of a socket and of the one it is connected to. */
struct socket_ids {
	u64 own, peer;
};

static inline struct socket_ids socket_ids(s64 fd)
{
	struct socket_ids out = { 0 };
	struct socket_ends e;

	if (socket_ends(fd, &e))
		out.own = e.ino;
	return out;
}

struct backlog {
	u32 length, maximum;
};

static inline struct backlog backlog_of(s64 fd)
{
	struct backlog out = { 0 };

	if (!socket_backlog(fd, &out.length, &out.maximum))
		out.length = out.maximum = 0;
	return out;
}
