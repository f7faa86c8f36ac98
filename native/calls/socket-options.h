/* Options of sockets. */
#pragma once

#include "data.h"
#include "user.h"
#include "flags.h"

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
	s32 narrow[2] = {};
	u32 n = snap(size);

	n = (n > 0x7f ? 0x7f : n) & 0x7f;
	if (level == SOL_SOCKET && option == SO_ERROR) {
		bpf_probe_read_user(&number, sizeof(number), (const void *)c->args[3]);
		put_option(w, OPTION_ERRNO, -(s64)number, 8);
	} else if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO) && size == sizeof(time)) {
		bpf_probe_read_user(time, sizeof(time), (const void *)c->args[3]);
		put_option(w, OPTION_TIME, time[0] * 1000000000 + time[1] * 1000, 8);
	} else if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO) && size == sizeof(narrow)) {
		bpf_probe_read_user(narrow, sizeof(narrow), (const void *)c->args[3]);
		put_option(w, OPTION_TIME, (s64)narrow[0] * 1000000000 + (s64)narrow[1] * 1000, 8);
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

/* All that both calls tell of. */
static __always_inline void put_socket_option(struct writer *w, const struct call *c, u32 size)
{
	u32 level = c->args[1], option = c->args[2];

	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u8(w, level == SOL_SOCKET ? SAKER_SOCKOPT_SOL_SOCKET :
		  level == SOL_TCP	  ? SAKER_SOCKOPT_SOL_TCP :
					    SAKER_SOCKOPT_UNKNOWN);
	put_u8(w, level == SOL_SOCKET ? socket_option(option) : SAKER_SOCKOPT_UNKNOWN);
	put_option_value(w, c, level, option, size);
	put_u32(w, size);
}

FILLER(getsockopt, SOCKET_GETSOCKOPT_X)
{
	u32 size = 0;

	bpf_probe_read_user(&size, sizeof(size), (const void *)c->args[4]);
	put_socket_option(w, c, size);
}

FILLER(setsockopt, SOCKET_SETSOCKOPT_X)
{
	put_socket_option(w, c, c->args[4]);
}
