/*
 * The start of the calls whose path or address a program could exchange while the kernel is at work: what it said at
 * the start is told too. Loaded only on request, since a program at the start of every call costs every call.
 */
#pragma once

#include "dispatch.h"
#include "../calls/enter.h"

SEC("tp_btf/sys_enter")
int BPF_PROG(sys_enter_paths, struct pt_regs *regs, long id)
{
	u32 entry, nr = native_number(regs, &entry), tgid;
	struct scratch *s;
	struct writer w;

	if (is_foreign() || nr >= SAKER_SYSCALLS || !control.interest[nr])
		return 0;
	switch (nr) {
#if !defined(__TARGET_ARCH_arm64)
	case SYS_open:
	case SYS_creat:
#endif
	case SYS_openat:
	case SYS_openat2:
	case SYS_connect:
		break;
	default:
		return 0;
	}
	tgid = bpf_get_current_pid_tgid() >> 32;
	s = scratch_of(SCRATCH_ENTER);
	if (!s || control.own_tgid == 0 || tgid == control.own_tgid)
		return 0;
	s->call.compat = entry;
	read_call(regs, &s->call);
	switch (nr) {
#if !defined(__TARGET_ARCH_arm64)
	case SYS_open:
		enter_open(&w, s, s->call.args);
		break;
	case SYS_creat:
		enter_creat(&w, s, s->call.args);
		break;
#endif
	case SYS_openat:
		enter_openat(&w, s, s->call.args);
		break;
	case SYS_openat2:
		enter_openat2(&w, s, s->call.args);
		break;
	default:
		enter_connect(&w, s, s->call.args);
		break;
	}
	return 0;
}
