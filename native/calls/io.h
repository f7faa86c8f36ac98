/* Reading, writing, and asking about files. Chatty: traced only when a rule wants them. */
#pragma once

#include "file.h"
#include "data.h"
#include "user.h"

static __always_inline void put_read(struct writer *w, const struct call *c)
{
	put_u64(w, c->ret);
	put_user_bytes(w, c->args[1], snap(c->ret > 0 ? c->ret : 0), SNAP_MASK);
	put_int(w, c->args[0]);
	put_u32(w, c->args[2]);
}

/* What was written, or for a failed call what should have been. */
static __always_inline void put_write(struct writer *w, const struct call *c)
{
	put_u64(w, c->ret);
	put_user_bytes(w, c->args[1], snap(c->ret > 0 ? c->ret : c->args[2]), SNAP_MASK);
	put_int(w, c->args[0]);
	put_u32(w, c->args[2]);
}

static __always_inline void put_readv(struct writer *w, const struct call *c, struct scratch *s)
{
	put_u64(w, c->ret);
	put_u32(w, c->ret > 0 ? c->ret : 0);
	put_vectors(w, c, s, c->args[1], c->args[2], c->ret > 0 ? c->ret : 0);
	put_int(w, c->args[0]);
}

static __always_inline void put_writev(struct writer *w, const struct call *c, struct scratch *s)
{
	u32 size;

	put_u64(w, c->ret);
	size = put_vectors(w, c, s, c->args[1], c->args[2], c->ret > 0 ? c->ret : EVENT_MASK);
	put_int(w, c->args[0]);
	put_u32(w, size);
}

/* Offset that 32-bit programs give in two halves. */
static __always_inline u64 file_offset(const struct call *c)
{
	return c->compat ? c->args[3] | c->args[4] << 32 : c->args[3];
}

FILLER(read, SYSCALL_READ_X)
{
	put_read(w, c);
}

FILLER(write, SYSCALL_WRITE_X)
{
	put_write(w, c);
}

FILLER(pread64, SYSCALL_PREAD_X)
{
	put_read(w, c);
	put_u64(w, file_offset(c));
}

FILLER(pwrite64, SYSCALL_PWRITE_X)
{
	put_write(w, c);
	put_u64(w, file_offset(c));
}

FILLER(readv, SYSCALL_READV_X)
{
	put_readv(w, c, s);
}

FILLER(writev, SYSCALL_WRITEV_X)
{
	put_writev(w, c, s);
}

FILLER(preadv, SYSCALL_PREADV_X)
{
	put_readv(w, c, s);
	put_u64(w, file_offset(c));
}

FILLER(pwritev, SYSCALL_PWRITEV_X)
{
	put_writev(w, c, s);
	put_u64(w, file_offset(c));
}

FILLER(process_vm_readv, SYSCALL_PROCESS_VM_READV_X)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_vectors(w, c, s, c->args[1], c->args[2], c->ret > 0 ? c->ret : 0);
}

FILLER(process_vm_writev, SYSCALL_PROCESS_VM_WRITEV_X)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_vectors(w, c, s, c->args[1], c->args[2], c->ret > 0 ? c->ret : 0);
}

/* `wide`: whether the offset in memory has 64 bits. */
static __always_inline void put_sendfile(struct writer *w, const struct call *c, bool wide)
{
	u64 offset = 0;

	if (c->args[2])
		bpf_probe_read_user(&offset, wide ? 8 : 4, (const void *)c->args[2]);
	put_u64(w, c->ret);
	put_u64(w, offset);
	put_int(w, c->args[0]);
	put_int(w, c->args[1]);
	put_u64(w, c->args[3]);
}

FIXED_FILLER(sendfile, SYSCALL_SENDFILE_X, 8 * 5)
{
	put_sendfile(w, c, !c->compat);
}

#if !defined(__TARGET_ARCH_arm64)
FIXED_FILLER(sendfile64, SYSCALL_SENDFILE_X, 8 * 5)
{
	put_sendfile(w, c, true);
}
#endif

FIXED_FILLER(splice, SYSCALL_SPLICE_X, 8 * 4 + 4)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_int(w, c->args[2]);
	put_u64(w, c->args[4]);
	put_u32(w, c->args[5] & 0xf);
}

FIXED_FILLER(copy_file_range, SYSCALL_COPY_FILE_RANGE_X, 8 * 6)
{
	u64 in = 0, out = 0;

	if (c->args[1])
		bpf_probe_read_user(&in, sizeof(in), (const void *)c->args[1]);
	if (c->args[3])
		bpf_probe_read_user(&out, sizeof(out), (const void *)c->args[3]);
	put_u64(w, c->ret);
	put_int(w, c->args[2]);
	put_u64(w, out);
	put_int(w, c->args[0]);
	put_u64(w, in);
	put_u64(w, c->args[4]);
}

FIXED_FILLER(lseek, SYSCALL_LSEEK_X, 8 * 3 + 1)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u64(w, c->args[1]);
	put_u8(w, c->args[2]);
}

#if !defined(__TARGET_ARCH_arm64)
/* 32-bit programs give the offset in two halves, and a place for the result. */
FIXED_FILLER(_llseek, SYSCALL_LLSEEK_X, 8 * 3 + 1)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u64(w, c->args[1] << 32 | (u32)c->args[2]);
	put_u8(w, c->args[4]);
}

FILLER(stat64, SYSCALL_STAT64_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
}

FILLER(lstat64, SYSCALL_LSTAT64_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
}

FIXED_FILLER(fstat64, SYSCALL_FSTAT64_X, 8)
{
	put_u64(w, c->ret);
}
#endif

FIXED_FILLER(ioctl, SYSCALL_IOCTL_3_X, 8 * 4)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u64(w, c->args[1]);
	put_u64(w, c->args[2]);
}

FIXED_FILLER(flock, SYSCALL_FLOCK_X, 8 + 8 + 4)
{
	/* The kernel has the bits of the capture format. */
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u32(w, c->args[1] & 0xf);
}

FIXED_FILLER(getdents, SYSCALL_GETDENTS_X, 8 + 8)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
}

FIXED_FILLER(getdents64, SYSCALL_GETDENTS64_X, 8 + 8)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
}

FILLER(access, SYSCALL_ACCESS_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_u32(w, c->args[1] & 7);
}

FILLER(stat, SYSCALL_STAT_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
}

FILLER(lstat, SYSCALL_LSTAT_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
}

FIXED_FILLER(fstat, SYSCALL_FSTAT_X, 8 + 8)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
}

FILLER(newfstatat, SYSCALL_NEWFSTATAT_X)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_user_text(w, c->args[1]);
	/* AT_EMPTY_PATH, AT_NO_AUTOMOUNT and AT_SYMLINK_NOFOLLOW, as the kernel has them. */
	put_u32(w, c->args[3] & 0x1900);
}

FILLER(getcwd, SYSCALL_GETCWD_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->ret > 0 ? c->args[0] : 0);
}

FIXED_FILLER(io_uring_enter, SYSCALL_IO_URING_ENTER_X, 8 + 8 + 4 + 4 + 4 + 4)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u32(w, c->args[1]);
	put_u32(w, c->args[2]);
	put_u32(w, c->args[3] & 0xf);
	/* With IORING_ENTER_EXT_ARG the argument points to something else. */
	put_u32(w, c->args[3] & SAKER_IO_URING_ENTER_IORING_ENTER_EXT_ARG ? 0 : read_signal_set(c->args[4]));
}

FIXED_FILLER(io_uring_register, SYSCALL_IO_URING_REGISTER_X, 8 + 8 + 2 + 8 + 4)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u16(w, c->args[1]);
	put_u64(w, c->args[2]);
	put_u32(w, c->args[3]);
}

FIXED_FILLER(epoll_wait, SYSCALL_EPOLLWAIT_X, 8 + 8)
{
	put_u64(w, c->ret);
	put_int(w, c->args[2]);
}

FIXED_FILLER(select, SYSCALL_SELECT_X, 8)
{
	put_u64(w, c->ret);
}
