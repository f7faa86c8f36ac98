#define _GNU_SOURCE
#include "calls.h"

#include <dlfcn.h>

#include "../calls/all.h"
#include "../calls/enter.h"
#ifndef __TARGET_ARCH_arm64
#include "../calls/numbers.h"
#endif

#define AT_FDCWD (-100)
#define X32_BIT 0x40000000u

/* Not zero at the start, as in the kernel programs. */
struct saker_control control = { .snap_length = 80 };
struct scratch work;
struct ring ring;
bool stopped_creates;
u64 stopped_origin_flags;

static int (*tellers[SAKER_SYSCALLS])(void *);

void set_filler(u32 nr, const char *name)
{
	if (nr < SAKER_SYSCALLS)
		tellers[nr] = dlsym(RTLD_DEFAULT, name);
}

#ifdef __TARGET_ARCH_arm64
bool describe_call(struct call *out, bool is_compat, u64 nr, const u64 args[6])
{
	if (is_compat)
		control.compat_skipped++;
	if (is_compat || nr >= SAKER_SYSCALLS)
		return false;
	out->nr = out->own = nr;
	out->compat = 0;
	memcpy(out->args, args, sizeof(out->args));
	return true;
}

size_t numbers_to_stop_at(u16 *native, u16 *compat, size_t *compat_count)
{
	size_t count = 0;

	*compat_count = 0;
	for (u32 nr = 0; nr < SAKER_SYSCALLS; nr++) {
		struct call c = { .nr = nr };

		if (is_wanted(&c) || is_exec(&c) || is_clone(&c))
			native[count++] = nr;
	}
	return count;
}
#else
bool describe_call(struct call *out, bool is_compat, u64 nr, const u64 args[6])
{
	u32 narrow[6];

	out->compat = is_compat;
	out->own = (u32)nr & ~X32_BIT;
	if (!is_compat) {
		/* The x32 entry uses the 64-bit numbers with a mark. */
		out->nr = nr & ~X32_BIT;
		memcpy(out->args, args, sizeof(out->args));
		return out->nr < SAKER_SYSCALLS;
	}
	for (int i = 0; i < 6; i++)
		narrow[i] = args[i];
	out->nr = number_of_ia32(nr, narrow[0]);
	if (out->nr >= SAKER_SYSCALLS)
		return false;
	widen_ia32(nr, narrow, out->args);
	return true;
}

static bool is_stop_wanted(u32 nr)
{
	struct call c = { .nr = nr };

	return is_wanted(&c) || is_exec(&c) || is_clone(&c);
}

static bool is_any_wanted(const volatile u16 *table)
{
	for (u32 i = 0; i < JOINT_CALLS; i++)
		if (table[i] != 0 && is_stop_wanted(table[i]))
			return true;
	return false;
}

size_t numbers_to_stop_at(u16 *native, u16 *compat, size_t *compat_count)
{
	size_t count = 0;

	*compat_count = 0;
	for (u32 nr = 0; nr < SAKER_SYSCALLS; nr++) {
		if (is_stop_wanted(nr))
			native[count++] = nr;
		if (ia32_table[nr] != 0 && is_stop_wanted(ia32_table[nr] - 1))
			compat[(*compat_count)++] = nr;
	}
	if (is_any_wanted(socketcall_table))
		compat[(*compat_count)++] = IA32_SOCKETCALL;
	if (is_any_wanted(ipc_table))
		compat[(*compat_count)++] = IA32_IPC;
	return count;
}
#endif

bool is_wanted(const struct call *c)
{
	return control.interest[c->nr];
}

bool is_exec(const struct call *c)
{
	return c->nr == SYS_execve || c->nr == SYS_execveat;
}

bool is_clone(const struct call *c)
{
#ifndef __TARGET_ARCH_arm64
	if (c->nr == SYS_fork || c->nr == SYS_vfork)
		return true;
#endif
	return c->nr == SYS_clone || c->nr == SYS_clone3;
}

u64 flags_of_clone(const struct call *c)
{
	u64 flags = 0;

	if (c->nr == SYS_clone)
		return (u32)c->args[0];
	/* struct clone_args begins with the flags. */
	if (c->nr == SYS_clone3)
		read_memory(&flags, sizeof(flags), c->args[0]);
	return flags;
}

bool may_create(const struct call *c, s64 *dirfd, u64 *name)
{
	u64 flags = 0;

	*dirfd = AT_FDCWD;
	switch (c->nr) {
#ifndef __TARGET_ARCH_arm64
	case SYS_open:
		*name = c->args[0];
		return c->args[1] & O_CREAT;
#endif
	case SYS_openat:
		*dirfd = (s32)c->args[0];
		*name = c->args[1];
		return c->args[2] & O_CREAT;
	case SYS_openat2:
		*dirfd = (s32)c->args[0];
		*name = c->args[1];
		read_memory(&flags, sizeof(flags), c->args[2]);
		return flags & O_CREAT;
	default:
		return false;
	}
}

static void tell_generic(const struct call *c)
{
	struct writer w;

	start_event(&w, work.event, EV_GENERIC_X, EVN_GENERIC_X, stopped_tid);
	put_u16(&w, control.generic_code[c->nr]);
	put_u16(&w, c->own);
	send_event(&w, EV_GENERIC_X);
}

void tell_call(const struct call *c)
{
	work.call = *c;
	if (tellers[c->nr])
		tellers[c->nr](NULL);
	else
		tell_generic(c);
}

void tell_start(const struct call *c)
{
	struct writer w;

	switch (c->nr) {
#ifndef __TARGET_ARCH_arm64
	case SYS_open:
		enter_open(&w, &work, c->args);
		break;
	case SYS_creat:
		enter_creat(&w, &work, c->args);
		break;
#endif
	case SYS_openat:
		enter_openat(&w, &work, c->args);
		break;
	case SYS_openat2:
		enter_openat2(&w, &work, c->args);
		break;
	case SYS_connect:
		enter_connect(&w, &work, c->args);
		break;
	default:
		break;
	}
}

void tell_exec(const char *filename)
{
	struct writer w;

	start_event(&w, work.event, EV_SYSCALL_EXECVE_19_X, EVN_SYSCALL_EXECVE_19_X, stopped_tid);
	put_exec(&w, &work, current_task());
	if (filename)
		put_kernel_text(&w, filename);
	else
		put_program_path(&w, &work, current_task());
	send_event(&w, EV_SYSCALL_EXECVE_19_X);
}

void tell_exit(u32 status, s64 reaper)
{
	struct writer w;

	start_event(&w, work.event, EV_PROCEXIT_1_E, EVN_PROCEXIT_1_E, stopped_tid);
	put_exit(&w, status, reaper);
	send_event(&w, EV_PROCEXIT_1_E);
}

void tell_signal(int sig, s64 sender)
{
	struct writer w;

	start_event(&w, work.event, EV_SIGNALDELIVER_E, EVN_SIGNALDELIVER_E, stopped_tid);
	put_u64(&w, sender);
	put_u64(&w, stopped_tid);
	put_u8(&w, sig);
	send_event(&w, EV_SIGNALDELIVER_E);
}
