/* Calls that make, copy and close descriptors that are no files with names. */
#pragma once

#include "file.h"
#include "flags.h"

FIXED_FILLER(close, SYSCALL_CLOSE_X, 8 + 8)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
}

FIXED_FILLER(close_range, SYSCALL_CLOSE_RANGE_X, 8 + 4 + 4 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
	put_u32(w, c->args[1]);
	put_u32(w, c->args[2]);
}

FIXED_FILLER(dup, SYSCALL_DUP_1_X, 8 + 8)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
}

FIXED_FILLER(dup2, SYSCALL_DUP2_X, 8 + 8 + 8)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_int(w, c->args[1]);
}

FIXED_FILLER(dup3, SYSCALL_DUP3_X, 8 + 8 + 8 + 4)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_int(w, c->args[1]);
	put_u32(w, descriptor_flags(c->args[2]));
}

FIXED_FILLER(fcntl, SYSCALL_FCNTL_X, 8 + 8 + 1 + 8)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u8(w, fcntl_command(c->args[1]));
	put_u64(w, c->args[2]);
}

/* The two descriptors of a pipe and their inode. */
static __always_inline void put_pipe(struct writer *w, const struct call *c)
{
	s32 ends[2] = { -1, -1 };
	struct file *file = NULL;

	if (c->ret == 0) {
		bpf_probe_read_user(ends, sizeof(ends), (const void *)c->args[0]);
		file = file_of(ends[0]);
	}
	put_u64(w, c->ret);
	put_u64(w, (s64)ends[0]);
	put_u64(w, (s64)ends[1]);
	put_u64(w, file ? inode_number(file) : 0);
}

FIXED_FILLER(pipe, SYSCALL_PIPE_X, 8 * 4)
{
	put_pipe(w, c);
}

FIXED_FILLER(pipe2, SYSCALL_PIPE2_X, 8 * 4 + 4)
{
	u32 flags = c->args[1];

	put_pipe(w, c);
	put_u32(w, descriptor_flags(flags) | BIT_TO(flags, O_DIRECT, SAKER_FILE_O_DIRECT));
}

FIXED_FILLER(eventfd, SYSCALL_EVENTFD_X, 8 + 8 + 4)
{
	put_u64(w, c->ret);
	put_u64(w, c->args[0]);
	put_u32(w, 0);
}

FIXED_FILLER(eventfd2, SYSCALL_EVENTFD2_X, 8 + 2 + 8)
{
	put_u64(w, c->ret);
	put_u16(w, descriptor_flags(c->args[1]));
	put_u64(w, (u32)c->args[0]);
}

FIXED_FILLER(epoll_create, SYSCALL_EPOLL_CREATE_X, 8 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
}

FIXED_FILLER(epoll_create1, SYSCALL_EPOLL_CREATE1_X, 8 + 4)
{
	put_u64(w, c->ret);
	put_u32(w, BIT_TO(c->args[0], O_CLOEXEC, SAKER_EPOLL_EPOLL_CLOEXEC));
}

FIXED_FILLER(inotify_init, SYSCALL_INOTIFY_INIT_X, 8 + 1)
{
	put_u64(w, c->ret);
	put_u8(w, 0);
}

FIXED_FILLER(inotify_init1, SYSCALL_INOTIFY_INIT1_X, 8 + 2)
{
	put_u64(w, c->ret);
	put_u16(w, descriptor_flags(c->args[0]));
}

FIXED_FILLER(timerfd_create, SYSCALL_TIMERFD_CREATE_X, 8 + 1 + 1)
{
	put_u64(w, c->ret);
	put_u8(w, c->args[0]);
	/* One byte can't hold the flags of descriptors; captures have 0. */
	put_u8(w, 0);
}

FIXED_FILLER(signalfd, SYSCALL_SIGNALFD_X, 8 + 8 + 4 + 1)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u32(w, 0);
	put_u8(w, 0);
}

FIXED_FILLER(signalfd4, SYSCALL_SIGNALFD4_X, 8 + 2 + 8 + 4)
{
	put_u64(w, c->ret);
	put_u16(w, descriptor_flags(c->args[3]));
	put_int(w, c->args[0]);
	put_u32(w, 0);
}

#define UFFD_USER_MODE_ONLY 1

FIXED_FILLER(userfaultfd, SYSCALL_USERFAULTFD_X, 8 + 4)
{
	put_u64(w, c->ret);
	/* The call's only own flag has the bit that means O_RDONLY in the capture format. */
	put_u32(w, descriptor_flags(c->args[0]) | BIT_TO(c->args[0], UFFD_USER_MODE_ONLY, SAKER_FILE_O_RDONLY));
}

FILLER(memfd_create, SYSCALL_MEMFD_CREATE_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_u32(w, c->args[1] & (SAKER_MEMFD_MFD_CLOEXEC | SAKER_MEMFD_MFD_ALLOW_SEALING | SAKER_MEMFD_MFD_HUGETLB));
}

FIXED_FILLER(pidfd_open, SYSCALL_PIDFD_OPEN_X, 8 + 8 + 4)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u32(w, BIT_TO(c->args[1], O_NONBLOCK, SAKER_PIDFD_PIDFD_NONBLOCK));
}

FIXED_FILLER(pidfd_getfd, SYSCALL_PIDFD_GETFD_X, 8 + 8 + 8 + 4)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_int(w, c->args[1]);
	put_u32(w, c->args[2]);
}

/* The head of struct io_uring_params; the kernel has filled it in. */
struct ring_params {
	u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features;
};

FIXED_FILLER(io_uring_setup, SYSCALL_IO_URING_SETUP_X, 8 + 4 * 7)
{
	struct ring_params params = {};

	bpf_probe_read_user(&params, sizeof(params), (const void *)c->args[1]);
	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
	put_u32(w, params.sq_entries);
	put_u32(w, params.cq_entries);
	/* The capture format has one name between two of the kernel's bits. */
	put_u32(w, BIT_TO(params.flags, 1u << 0, SAKER_IO_URING_IORING_SETUP_IOPOLL) |
			   BIT_TO(params.flags, 1u << 1, SAKER_IO_URING_IORING_SETUP_SQPOLL) |
			   BIT_TO(params.flags, 1u << 2, SAKER_IO_URING_IORING_SETUP_SQ_AFF) |
			   BIT_TO(params.flags, 1u << 3, SAKER_IO_URING_IORING_SETUP_CQSIZE) |
			   BIT_TO(params.flags, 1u << 4, SAKER_IO_URING_IORING_SETUP_CLAMP) |
			   BIT_TO(params.flags, 1u << 5, SAKER_IO_URING_IORING_SETUP_ATTACH_RW) |
			   BIT_TO(params.flags, 1u << 6, SAKER_IO_URING_IORING_SETUP_R_DISABLED));
	put_u32(w, params.sq_thread_cpu);
	put_u32(w, params.sq_thread_idle);
	/* The first eleven bits have the kernel's order. */
	put_u32(w, params.features & 0x7ff);
}
