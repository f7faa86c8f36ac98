/* The start of the calls whose path or address a program could exchange while the kernel is at work. */
#pragma once

#include "address.h"
#include "flags.h"

static __always_inline void start_enter(struct writer *w, struct scratch *s, u32 event, u32 params)
{
	start_event(w, s->event, event, params, (u32)bpf_get_current_pid_tgid());
}

static __always_inline void enter_open(struct writer *w, struct scratch *s, const u64 *args)
{
	start_enter(w, s, EV_SYSCALL_OPEN_E, EVN_SYSCALL_OPEN_E);
	put_user_text(w, args[0]);
	put_u32(w, open_flags(args[1]));
	put_u32(w, open_mode(args[1], args[2]));
	send_event(w, EV_SYSCALL_OPEN_E);
}

static __always_inline void enter_openat(struct writer *w, struct scratch *s, const u64 *args)
{
	start_enter(w, s, EV_SYSCALL_OPENAT_2_E, EVN_SYSCALL_OPENAT_2_E);
	put_int(w, args[0]);
	put_user_text(w, args[1]);
	put_u32(w, open_flags(args[2]));
	put_u32(w, open_mode(args[2], args[3]));
	send_event(w, EV_SYSCALL_OPENAT_2_E);
}

static __always_inline void enter_openat2(struct writer *w, struct scratch *s, const u64 *args)
{
	struct {
		u64 flags, mode, resolve;
	} how = {};

	bpf_probe_read_user(&how, sizeof(how), (const void *)args[2]);
	start_enter(w, s, EV_SYSCALL_OPENAT2_E, EVN_SYSCALL_OPENAT2_E);
	put_int(w, args[0]);
	put_user_text(w, args[1]);
	put_u32(w, open_flags(how.flags));
	put_u32(w, open_mode(how.flags, how.mode));
	put_u32(w, resolve_flags(how.resolve));
	send_event(w, EV_SYSCALL_OPENAT2_E);
}

static __always_inline void enter_creat(struct writer *w, struct scratch *s, const u64 *args)
{
	start_enter(w, s, EV_SYSCALL_CREAT_E, EVN_SYSCALL_CREAT_E);
	put_user_text(w, args[0]);
	put_u32(w, args[1] & 07777);
	send_event(w, EV_SYSCALL_CREAT_E);
}

static __always_inline void enter_connect(struct writer *w, struct scratch *s, const u64 *args)
{
	start_enter(w, s, EV_SOCKET_CONNECT_E, EVN_SOCKET_CONNECT_E);
	put_int(w, args[0]);
	put_user_address(w, args[1], (u32)args[2]);
	send_event(w, EV_SOCKET_CONNECT_E);
}
