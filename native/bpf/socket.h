/* Sockets in the kernel: pairs of addresses (SOCKTUPLE), queues. */
#pragma once

#include "../calls/address.h"
#include "file.h"

static __always_inline struct sock *sock_of(s64 fd)
{
	struct file *file = file_of(fd);
	struct socket *socket;

	if (!file || (READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = READ(file, private_data);
	return socket ? READ(socket, sk) : NULL;
}

struct inet_end {
	u32 address;
	u16 port;
};

static __always_inline void put_inet4(struct writer *w, struct sock *sk, enum direction direction, u64 to_address)
{
	struct inet_end local, remote, source, dest;
	struct user_address a = {};
	u8 *to = here(w);

	local.address = READ(sk, __sk_common.skc_rcv_saddr);
	local.port = READ(sk, __sk_common.skc_num);
	remote.address = READ(sk, __sk_common.skc_daddr);
	remote.port = port_order(READ(sk, __sk_common.skc_dport));
	/* A datagram socket that is not connected: the other end is in the arguments. */
	if (remote.port == 0 && remote.address == 0 && to_address &&
	    !bpf_probe_read_user(&a, 8, (const void *)to_address) && a.family == AF_INET) {
		remote.address = a.flow_or_address;
		remote.port = port_order(a.port);
	}
	source = direction == OUTBOUND ? local : remote;
	dest = direction == OUTBOUND ? remote : local;
	UNALIGNED_STORE(u8, to, AF_INET);
	UNALIGNED_STORE(u32, to + 1, source.address);
	UNALIGNED_STORE(u16, to + 5, source.port);
	UNALIGNED_STORE(u32, to + 7, dest.address);
	UNALIGNED_STORE(u16, to + 11, dest.port);
	take(w, 13);
}

static __always_inline void put_inet6(struct writer *w, struct sock *sk, enum direction direction, u64 to_address)
{
	u16 local_port = READ(sk, __sk_common.skc_num);
	u16 remote_port = port_order(READ(sk, __sk_common.skc_dport));
	struct user_address a = {};
	u8 *to = here(w);
	u8 *local_at = to + (direction == OUTBOUND ? 1 : 19);
	u8 *remote_at = to + (direction == OUTBOUND ? 19 : 1);
	bool from_user = remote_port == 0 && to_address &&
			 !bpf_probe_read_user(&a, 24, (const void *)to_address) && a.family == AF_INET6;

	UNALIGNED_STORE(u8, to, AF_INET6);
	bpf_probe_read_kernel(local_at, 16, __builtin_preserve_access_index(&sk->__sk_common.skc_v6_rcv_saddr));
	UNALIGNED_STORE(u16, local_at + 16, local_port);
	if (from_user) {
		__builtin_memcpy(remote_at, a.address6, 16);
		remote_port = port_order(a.port);
	} else {
		bpf_probe_read_kernel(remote_at, 16, __builtin_preserve_access_index(&sk->__sk_common.skc_v6_daddr));
	}
	UNALIGNED_STORE(u16, remote_at + 16, remote_port);
	take(w, 37);
}

/* Path of a bound unix socket, at `offset` of the value. @returns 0 when it has none. */
static __always_inline u32 write_bound_path(struct writer *w, u32 offset, struct unix_sock *sk)
{
	struct unix_address *address = sk ? READ(sk, addr) : NULL;
	const void *path;
	long size;

	if (!address)
		return 0;
	size = READ(address, len) - 2;
	path = (void *)address + bpf_core_field_offset(struct unix_address, name) + 2;
	return size > 0 ? write_unix_path(w, offset, path, size, false) : 0;
}

static __always_inline void put_unix(struct writer *w, struct unix_sock *sk, enum direction direction, u64 to_address,
				     u64 to_length)
{
	struct unix_sock *peer = (void *)READ(sk, peer);
	u8 *to = here(w);
	/* The name is that of the end which others connect to: the receiver's, else the other one's. */
	u32 size = write_bound_path(w, 17, direction == OUTBOUND ? peer : sk);

	if (size == 0)
		size = write_bound_path(w, 17, direction == OUTBOUND ? sk : peer);
	if (size == 0 && direction == OUTBOUND && to_address && to_length > 2)
		size = write_unix_path(w, 17, (const void *)(to_address + 2), to_length - 2, true);
	if (size == 0) {
		UNALIGNED_STORE(u8, to + 17, 0);
		size = 1;
	}
	UNALIGNED_STORE(u8, to, AF_UNIX);
	UNALIGNED_STORE(u64, to + 1, (u64)(direction == OUTBOUND ? sk : peer));
	UNALIGNED_STORE(u64, to + 9, (u64)(direction == OUTBOUND ? peer : sk));
	take(w, 17 + size);
}

/*
 * Both ends of a socket; `to_address` is the address argument of the call for sockets that have no other end yet.
 * Empty for other families and for what is no socket.
 */
static __always_inline void put_tuple(struct writer *w, s64 fd, enum direction direction, u64 to_address, u64 to_length)
{
	struct sock *sk = sock_of(fd);

	switch (sk ? READ(sk, __sk_common.skc_family) : 0) {
	case AF_INET:
		put_inet4(w, sk, direction, to_address);
		break;
	case AF_INET6:
		put_inet6(w, sk, direction, to_address);
		break;
	case AF_UNIX:
		put_unix(w, (struct unix_sock *)sk, direction, to_address, to_length);
		break;
	default:
		put_empty(w);
		break;
	}
}

/* Kernel addresses of a unix socket and of the one it is connected to. */
struct socket_ids {
	u64 own, peer;
};

static __always_inline struct socket_ids socket_ids(s64 fd)
{
	struct sock *sk = sock_of(fd);
	struct socket_ids out = { (u64)sk, 0 };

	if (sk && READ(sk, __sk_common.skc_family) == AF_UNIX)
		out.peer = (u64)READ((struct unix_sock *)sk, peer);
	return out;
}

/* Connections that wait to be accepted, and how many may. */
struct backlog {
	u32 length, maximum;
};

static __always_inline struct backlog backlog_of(s64 fd)
{
	struct sock *sk = sock_of(fd);
	struct backlog out = {};

	if (sk) {
		out.length = READ(sk, sk_ack_backlog);
		out.maximum = READ(sk, sk_max_ack_backlog);
	}
	return out;
}
