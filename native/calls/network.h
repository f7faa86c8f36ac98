/* Socket calls. */
#pragma once

#include "socket.h"
#include "data.h"
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

FILLER(sendto, SOCKET_SENDTO_X)
{
	u64 size = (u32)c->args[2];

	put_u64(w, c->ret);
	put_user_bytes(w, c->args[1], snap(c->ret > 0 ? c->ret : size), SNAP_MASK);
	put_int(w, c->args[0]);
	put_u32(w, size);
	if (c->ret >= 0)
		put_tuple(w, (s32)c->args[0], OUTBOUND, c->args[4], (u32)c->args[5]);
	else
		put_empty(w);
}

FILLER(recvfrom, SOCKET_RECVFROM_X)
{
	put_u64(w, c->ret);
	if (c->ret >= 0) {
		put_user_bytes(w, c->args[1], snap(c->ret), SNAP_MASK);
		/* The kernel has stored the sender's address where the argument points. */
		put_tuple(w, (s32)c->args[0], INBOUND, c->args[4], UNIX_PATH_MAX);
	} else {
		put_empty(w);
		put_empty(w);
	}
	put_int(w, c->args[0]);
	put_u32(w, c->args[2]);
}

/* struct user_msghdr of a 64-bit and of a 32-bit caller, in the wide form. */
struct message {
	u64 name;
	u64 vectors, vector_count;
	u64 control, control_size;
	u32 name_size;
};

static __always_inline bool read_message(const struct call *c, u64 pointer, struct message *m)
{
	u64 wide[6] = {};
	u32 narrow[6] = {};

	if (c->compat) {
		if (bpf_probe_read_user(narrow, sizeof(narrow), (const void *)pointer))
			return false;
		m->name = narrow[0];
		m->name_size = narrow[1];
		m->vectors = narrow[2];
		m->vector_count = narrow[3];
		m->control = narrow[4];
		m->control_size = narrow[5];
		return true;
	}
	if (bpf_probe_read_user(wide, sizeof(wide), (const void *)pointer))
		return false;
	m->name = wide[0];
	m->name_size = wide[1];
	m->vectors = wide[2];
	m->vector_count = wide[3];
	m->control = wide[4];
	m->control_size = wide[5];
	return true;
}

FILLER(sendmsg, SOCKET_SENDMSG_X)
{
	struct message m = {};
	u32 size;

	read_message(c, c->args[1], &m);
	size = vectors_size(c, m.vectors, m.vector_count);
	put_u64(w, c->ret);
	put_vectors(w, c, m.vectors, m.vector_count, c->ret > 0 ? c->ret : size);
	put_int(w, c->args[0]);
	put_u32(w, size);
	if (c->ret >= 0)
		put_tuple(w, (s32)c->args[0], OUTBOUND, m.name, m.name_size);
	else
		put_empty(w);
}

FILLER(recvmsg, SOCKET_RECVMSG_X)
{
	struct message m = {};

	put_u64(w, c->ret);
	if (c->ret < 0) {
		put_u32(w, 0);
		put_empty(w);
		put_empty(w);
		put_empty(w);
	} else {
		read_message(c, c->args[1], &m);
		put_u32(w, c->ret);
		put_vectors(w, c, m.vectors, m.vector_count, c->ret);
		put_tuple(w, (s32)c->args[0], INBOUND, m.name, m.name_size);
		put_user_bytes(w, m.control, m.control_size, SNAP_MASK);
	}
	put_int(w, c->args[0]);
}

/* The first message of several tells of all: that is where the addresses are known. */
FILLER(sendmmsg, SOCKET_SENDMMSG_X)
{
	struct message m = {};

	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	read_message(c, c->args[1], &m);
	put_u32(w, vectors_size(c, m.vectors, m.vector_count));
	put_vectors(w, c, m.vectors, m.vector_count, vectors_size(c, m.vectors, m.vector_count));
	if (c->ret > 0)
		put_tuple(w, (s32)c->args[0], OUTBOUND, m.name, m.name_size);
	else
		put_empty(w);
}

FILLER(recvmmsg, SOCKET_RECVMMSG_X)
{
	struct message m = {};
	u32 size = 0;

	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	if (c->ret <= 0) {
		put_u32(w, 0);
		put_empty(w);
		put_empty(w);
		put_empty(w);
		return;
	}
	read_message(c, c->args[1], &m);
	/* msg_len follows the header. */
	bpf_probe_read_user(&size, sizeof(size), (const void *)(c->args[1] + (c->compat ? 28 : 56)));
	put_u32(w, size);
	put_vectors(w, c, m.vectors, m.vector_count, size);
	put_tuple(w, (s32)c->args[0], INBOUND, m.name, m.name_size);
	put_user_bytes(w, m.control, m.control_size, SNAP_MASK);
}

#define SOL_SOCKET 1
#define SOL_TCP 6
#define SO_ERROR 4
#define SO_RCVTIMEO 20
#define SO_SNDTIMEO 21
#define SO_PASSCRED 16
#define SO_ATTACH_BPF 50
#define SO_MEMINFO 55
#define SO_COOKIE 57
#define SO_PEERGROUPS 59

/* The capture format has the kernel's numbers up to 49 and its own for the few named ones above. */
static __always_inline u8 socket_option(u32 option)
{
	switch (option) {
	case SO_ATTACH_BPF: return SAKER_SOCKOPT_SO_ATTACH_BPF;
	case SO_MEMINFO: return SAKER_SOCKOPT_SO_MEMINFO;
	case SO_COOKIE: return SAKER_SOCKOPT_SO_COOKIE;
	case SO_PEERGROUPS: return SAKER_SOCKOPT_SO_PEERGROUPS;
	default: return option < SO_ATTACH_BPF ? option : SAKER_SOCKOPT_UNKNOWN;
	}
}

/* Alternatives of the option's value (DYN). */
enum option_kind { OPTION_BYTES, OPTION_ERRNO, OPTION_U32, OPTION_U64, OPTION_TIME };

static __always_inline void put_option(struct writer *w, u8 kind, u64 value, u32 size)
{
	u8 *to = here(w);

	UNALIGNED_STORE(u8, to, kind);
	if (size == 4)
		UNALIGNED_STORE(u32, to + 1, value);
	else
		UNALIGNED_STORE(u64, to + 1, value);
	take(w, 1 + size);
}

static __always_inline void put_option_value(struct writer *w, const struct call *c, u32 level, u32 option, u32 size)
{
	s32 number = 0;
	s64 time[2] = {};
	u32 n = snap(size) & 0x7f;

	if (level == SOL_SOCKET && option == SO_ERROR) {
		bpf_probe_read_user(&number, sizeof(number), (const void *)c->args[3]);
		put_option(w, OPTION_ERRNO, -(s64)number, 8);
	} else if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO) && size == sizeof(time)) {
		bpf_probe_read_user(time, sizeof(time), (const void *)c->args[3]);
		put_option(w, OPTION_TIME, time[0] * 1000000000 + time[1] * 1000, 8);
	} else if (level == SOL_SOCKET && size == 4) {
		bpf_probe_read_user(&number, sizeof(number), (const void *)c->args[3]);
		put_option(w, OPTION_U32, (u32)number, 4);
	} else {
		UNALIGNED_STORE(u8, here(w), OPTION_BYTES);
		if (bpf_probe_read_user(w->buf + ((w->pos + 1) & EVENT_MASK), n, (const void *)c->args[3]))
			n = 0;
		take(w, 1 + n);
	}
}

FILLER(getsockopt, SOCKET_GETSOCKOPT_X)
{
	u32 level = c->args[1], option = c->args[2], size = 0;

	bpf_probe_read_user(&size, sizeof(size), (const void *)c->args[4]);
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u8(w, level == SOL_SOCKET ? SAKER_SOCKOPT_SOL_SOCKET :
		  level == SOL_TCP	  ? SAKER_SOCKOPT_SOL_TCP :
					    SAKER_SOCKOPT_UNKNOWN);
	put_u8(w, level == SOL_SOCKET ? socket_option(option) : SAKER_SOCKOPT_UNKNOWN);
	put_option_value(w, c, level, option, size);
	put_u32(w, size);
}

FILLER(setsockopt, SOCKET_SETSOCKOPT_X)
{
	u32 level = c->args[1], option = c->args[2], size = c->args[4];

	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u8(w, level == SOL_SOCKET ? SAKER_SOCKOPT_SOL_SOCKET :
		  level == SOL_TCP	  ? SAKER_SOCKOPT_SOL_TCP :
					    SAKER_SOCKOPT_UNKNOWN);
	put_u8(w, level == SOL_SOCKET ? socket_option(option) : SAKER_SOCKOPT_UNKNOWN);
	put_option_value(w, c, level, option, size);
	put_u32(w, size);
}

/* Events without parameters: that they were called is all that captures hold of them. */
FIXED_FILLER(getsockname, SOCKET_GETSOCKNAME_X, 0)
{
}

FIXED_FILLER(getpeername, SOCKET_GETPEERNAME_X, 0)
{
}
