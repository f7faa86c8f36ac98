/* What goes through sockets. */
#pragma once

#include "socket.h"
#include "data.h"
#include "user.h"

static __always_inline void put_sent(struct writer *w, const struct call *c, u64 to_address, u32 to_length)
{
	u64 size = (u32)c->args[2];

	put_u64(w, c->ret);
	put_user_bytes(w, c->args[1], snap(c->ret > 0 ? c->ret : size), SNAP_MASK);
	put_int(w, c->args[0]);
	put_u32(w, size);
	if (c->ret >= 0)
		put_tuple(w, (s32)c->args[0], OUTBOUND, to_address, to_length);
	else
		put_empty(w);
}

FILLER(sendto, SOCKET_SENDTO_X)
{
	put_sent(w, c, c->args[4], c->args[5]);
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

#if !defined(__TARGET_ARCH_arm64)
/* Calls of 32-bit programs. */
FILLER(send, SOCKET_SEND_X)
{
	put_sent(w, c, 0, 0);
}

FILLER(recv, SOCKET_RECV_X)
{
	put_u64(w, c->ret);
	put_user_bytes(w, c->args[1], c->ret > 0 ? snap(c->ret) : 0, SNAP_MASK);
	put_int(w, c->args[0]);
	put_u32(w, c->args[2]);
	if (c->ret >= 0)
		put_tuple(w, (s32)c->args[0], INBOUND, 0, 0);
	else
		put_empty(w);
}

#endif

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
	put_u64(w, c->ret);
	size = put_vectors(w, c, s, m.vectors, m.vector_count, c->ret > 0 ? c->ret : EVENT_MASK);
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
		put_vectors(w, c, s, m.vectors, m.vector_count, c->ret);
		put_tuple(w, (s32)c->args[0], INBOUND, m.name, m.name_size);
		put_user_bytes(w, m.control, m.control_size, SNAP_MASK);
	}
	put_int(w, c->args[0]);
}

/*
 * Calls with several messages give an event for each, whose result is the size of that message. A call that failed gives
 * one, of its first message.
 */
struct messages {
	struct scratch *memory;
};

/* struct mmsghdr: the message, and behind it its size. */
static __always_inline u64 next_message(const struct call *c, struct scratch *s)
{
	u32 at = s->message;

	if (at > 0 && (c->ret <= 0 || at >= c->ret))
		return 0;
	s->message = at + 1;
	return c->args[1] + at * (c->compat ? 32 : 64);
}

static __always_inline s64 message_result(const struct call *c, u64 pointer)
{
	return c->ret > 0 ? user_u32(pointer + (c->compat ? 28 : 56)) : c->ret;
}

/* Begins the event of the next message with its size and the socket. @returns where the message is; 0: there are no more. */
static __always_inline u64 begin_message(struct writer *w, struct scratch *s, u32 event, u32 params, s64 *size)
{
	const struct call *c = &s->call;
	u64 pointer = next_message(c, s);

	if (!pointer)
		return 0;
	*size = message_result(c, pointer);
	start_event(w, s->event, event, params, (u32)bpf_get_current_pid_tgid());
	put_u64(w, *size);
	put_int(w, c->args[0]);
	return pointer;
}

/* @returns whether there was none any more. */
static __always_inline bool sent_step(struct messages *all, struct scratch *s)
{
	const struct call *c = &s->call;
	struct message m = {};
	struct writer w;
	s64 size = 0;
	u64 pointer = begin_message(&w, s, EV_SOCKET_SENDMMSG_X, EVN_SOCKET_SENDMMSG_X, &size);

	if (!pointer)
		return true;
	read_message(c, pointer, &m);
	put_u32(&w, size > 0 ? size : 0);
	put_vectors(&w, c, s, m.vectors, m.vector_count, size >= 0 ? size : EVENT_MASK);
	if (c->ret > 0)
		put_tuple(&w, (s32)c->args[0], OUTBOUND, m.name, m.name_size);
	else
		put_empty(&w);
	send_event(&w, EV_SOCKET_SENDMMSG_X);
	return false;
}

static __always_inline bool received_step(struct messages *all, struct scratch *s)
{
	const struct call *c = &s->call;
	struct message m = {};
	struct writer w;
	s64 size = 0;
	u64 pointer = begin_message(&w, s, EV_SOCKET_RECVMMSG_X, EVN_SOCKET_RECVMMSG_X, &size);

	if (!pointer)
		return true;
	if (c->ret <= 0) {
		put_u32(&w, 0);
		put_empty(&w);
		put_empty(&w);
		put_empty(&w);
	} else {
		read_message(c, pointer, &m);
		put_u32(&w, size);
		put_vectors(&w, c, s, m.vectors, m.vector_count, size);
		put_tuple(&w, (s32)c->args[0], INBOUND, m.name, m.name_size);
		put_user_bytes(&w, m.control, m.control_size, SNAP_MASK);
	}
	send_event(&w, EV_SOCKET_RECVMMSG_X);
	return false;
}

/* The kernel takes at most 1024 messages. */
DEFINE_REPEAT(tell_sent, struct messages, sent_step, 1024, 3)
DEFINE_REPEAT(tell_received, struct messages, received_step, 1024, 3)

SEC("tp_btf/sys_exit") int f_sendmmsg(void *ctx)
{
	struct messages all = { .memory = scratch_of(SCRATCH_SYSCALL) };

	if (!all.memory)
		return 0;
	all.memory->message = 0;
	tell_sent(&all);
	return 0;
}

SEC("tp_btf/sys_exit") int f_recvmmsg(void *ctx)
{
	struct messages all = { .memory = scratch_of(SCRATCH_SYSCALL) };

	if (!all.memory)
		return 0;
	all.memory->message = 0;
	tell_received(&all);
	return 0;
}
