/* Sockets and their connections. */
#pragma once

#include "socket.h"
#include "data.h"
#include "user.h"
#include "flags.h"

#define EINPROGRESS 115

FIXED_FILLER(socket, SOCKET_SOCKET_X, 8 + 4 + 4 + 4 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
	put_u32(w, c->args[1]);
	put_u32(w, c->args[2]);
	/* SOCK_CLOEXEC and SOCK_NONBLOCK have the values of the open flags. */
	put_u32(w, descriptor_flags(c->args[1]));
}

FILLER(socketpair, SOCKET_SOCKETPAIR_X)
{
	s32 ends[2] = { -1, -1 };
	struct socket_ids ids = {};

	if (c->ret == 0) {
		bpf_probe_read_user(ends, sizeof(ends), (const void *)c->args[3]);
		ids = socket_ids(ends[0]);
	}
	put_u64(w, c->ret);
	put_u64(w, (s64)ends[0]);
	put_u64(w, (s64)ends[1]);
	put_u64(w, ids.own);
	put_u64(w, ids.peer);
	put_u32(w, c->args[0]);
	put_u32(w, c->args[1]);
	put_u32(w, c->args[2]);
}

FILLER(bind, SOCKET_BIND_X)
{
	put_u64(w, c->ret);
	put_user_address(w, c->args[1], (u32)c->args[2]);
	put_int(w, c->args[0]);
}

FILLER(connect, SOCKET_CONNECT_X)
{
	put_u64(w, c->ret);
	if (c->ret == 0 || c->ret == -EINPROGRESS)
		put_tuple(w, (s32)c->args[0], OUTBOUND, c->args[1], (u32)c->args[2]);
	else
		put_empty(w);
	put_int(w, c->args[0]);
	put_user_address(w, c->args[1], (u32)c->args[2]);
}

FIXED_FILLER(listen, SOCKET_LISTEN_X, 8 + 8 + 4)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u32(w, c->args[1]);
}

FIXED_FILLER(shutdown, SOCKET_SHUTDOWN_X, 8 + 8 + 1)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u8(w, c->args[1]);
}

/* How full the queue of waiting connections is, from the listening socket. */
static __always_inline void put_accept(struct writer *w, const struct call *c)
{
	struct backlog waiting = backlog_of((s32)c->args[0]);

	put_u64(w, c->ret);
	if (c->ret >= 0)
		put_tuple(w, c->ret, INBOUND, 0, 0);
	else
		put_empty(w);
	put_u8(w, waiting.maximum ? (u64)waiting.length * 100 / waiting.maximum : 0);
	put_u32(w, waiting.length);
	put_u32(w, waiting.maximum);
}

FILLER(accept, SOCKET_ACCEPT_5_X)
{
	put_accept(w, c);
}

FILLER(accept4, SOCKET_ACCEPT4_6_X)
{
	put_accept(w, c);
	put_u32(w, descriptor_flags(c->args[3]));
}

/* Events without parameters: that they were called is all that captures hold of them. */
FIXED_FILLER(getsockname, SOCKET_GETSOCKNAME_X, 0)
{
}

FIXED_FILLER(getpeername, SOCKET_GETPEERNAME_X, 0)
{
}
