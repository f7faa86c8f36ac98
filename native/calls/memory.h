/* Calls on the address space. Chatty: traced only when a rule wants them. */
#pragma once

#include "task.h"
#include "flags.h"

/* PROT_READ, _WRITE, _EXEC and _SEM have the kernel's bits; GROWSDOWN and GROWSUP lie further up there. */
static __always_inline u32 protection(u64 p)
{
	return (p & 0xf) | BIT_TO(p, 0x01000000, 16) | BIT_TO(p, 0x02000000, 32);
}

static __always_inline u32 mapping_flags(u64 f)
{
	return (f & 3) | BIT_TO(f, 0x10, 4) | BIT_TO(f, 0x20, 8) | BIT_TO(f, 0x40, 16) | BIT_TO(f, 0x4000, 64) |
	       BIT_TO(f, 0x8000, 128) | BIT_TO(f, 0x10000, 256) | BIT_TO(f, 0x100, 512) | BIT_TO(f, 0x800, 1024) |
	       BIT_TO(f, 0x1000, 2048) | BIT_TO(f, 0x2000, 16384);
}

/* An address or an error. Of 32-bit programs, addresses in the upper half come as negative numbers too. */
static __always_inline u64 address_result(const struct call *c)
{
	return c->compat && (c->ret >= 0 || c->ret < -4095) ? (u32)c->ret : c->ret;
}

static __always_inline void put_mapping(struct writer *w, const struct call *c, const u64 *args)
{
	put_u64(w, address_result(c));
	put_sizes(w);
	put_u64(w, args[0]);
	put_u64(w, args[1]);
	put_u32(w, protection(args[2]));
	put_u32(w, mapping_flags(args[3]));
	put_int(w, args[4]);
	put_u64(w, args[5]);
}

FIXED_FILLER(mmap, SYSCALL_MMAP_X, 8 + 4 * 3 + 8 + 8 + 4 + 4 + 8 + 8)
{
	put_mapping(w, c, c->args);
}

#if !defined(__TARGET_ARCH_arm64)
/* Calls of 32-bit programs: with the offset in pages, and with the arguments in memory. */
FIXED_FILLER(mmap2, SYSCALL_MMAP2_X, 8 + 4 * 3 + 8 + 8 + 4 + 4 + 8 + 8)
{
	put_mapping(w, c, c->args);
}

FIXED_FILLER(old_mmap, SYSCALL_MMAP_X, 8 + 4 * 3 + 8 + 8 + 4 + 4 + 8 + 8)
{
	u32 narrow[6] = {};
	u64 args[6];

	bpf_probe_read_user(narrow, sizeof(narrow), (const void *)c->args[0]);
	for (int i = 0; i < 6; i++)
		args[i] = narrow[i];
	put_mapping(w, c, args);
}
#endif

FIXED_FILLER(munmap, SYSCALL_MUNMAP_X, 8 + 4 * 3 + 8 + 8)
{
	put_u64(w, c->ret);
	put_sizes(w);
	put_u64(w, c->args[0]);
	put_u64(w, c->args[1]);
}

FIXED_FILLER(brk, SYSCALL_BRK_4_X, 8 + 4 * 3 + 8)
{
	put_u64(w, address_result(c));
	put_sizes(w);
	put_u64(w, c->args[0]);
}

FIXED_FILLER(mprotect, SYSCALL_MPROTECT_X, 8 + 8 + 8 + 4)
{
	put_u64(w, c->ret);
	put_u64(w, c->args[0]);
	put_u64(w, c->args[1]);
	put_u32(w, protection(c->args[2]));
}

FIXED_FILLER(mlock, SYSCALL_MLOCK_X, 8 + 8 + 8)
{
	put_u64(w, c->ret);
	put_u64(w, c->args[0]);
	put_u64(w, c->args[1]);
}

FIXED_FILLER(mlock2, SYSCALL_MLOCK2_X, 8 + 8 + 8 + 4)
{
	put_u64(w, c->ret);
	put_u64(w, c->args[0]);
	put_u64(w, c->args[1]);
	put_u32(w, c->args[2] & 1);
}

FIXED_FILLER(munlock, SYSCALL_MUNLOCK_X, 8 + 8 + 8)
{
	put_u64(w, c->ret);
	put_u64(w, c->args[0]);
	put_u64(w, c->args[1]);
}

FIXED_FILLER(mlockall, SYSCALL_MLOCKALL_X, 8 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, c->args[0] & 7);
}

FIXED_FILLER(munlockall, SYSCALL_MUNLOCKALL_X, 8)
{
	put_u64(w, c->ret);
}

FIXED_FILLER(futex, SYSCALL_FUTEX_X, 8 + 8 + 2 + 8)
{
	put_u64(w, c->ret);
	put_u64(w, c->args[0]);
	put_u16(w, c->args[1]);
	put_u64(w, (u32)c->args[2]);
}
