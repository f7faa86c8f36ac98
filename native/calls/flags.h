/* From the kernel's flag values to those of the capture format. */
#pragma once

#include "sensor.h"
#include "../include/saker_events.gen.h"

/* The bits that differ between architectures (include/uapi/asm/fcntl.h). */
#if defined(__TARGET_ARCH_arm64)
#define O_DIRECTORY 040000
#define O_DIRECT 0200000
#define O_LARGEFILE 0400000
#else
#define O_DIRECTORY 0200000
#define O_DIRECT 040000
#define O_LARGEFILE 0100000
#endif
#define O_ACCMODE 03
#define O_CREAT 0100
#define O_EXCL 0200
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_NONBLOCK 04000
#define O_DSYNC 010000
#define O_CLOEXEC 02000000
#define O_SYNC 04010000
#define O_TMPFILE_BIT 020000000

#define BIT_TO(value, bit, out) (((value) & (bit)) == (bit) ? (out) : 0)

static __always_inline u32 open_flags(u32 f)
{
	u32 out = 0;

	switch (f & O_ACCMODE) {
	case 0:
		out = SAKER_FILE_O_RDONLY;
		break;
	case 1:
		out = SAKER_FILE_O_WRONLY;
		break;
	default:
		out = SAKER_FILE_O_RDWR;
		break;
	}
	out |= BIT_TO(f, O_CREAT, SAKER_FILE_O_CREAT);
	out |= BIT_TO(f, O_EXCL, SAKER_FILE_O_EXCL);
	out |= BIT_TO(f, O_TRUNC, SAKER_FILE_O_TRUNC);
	out |= BIT_TO(f, O_APPEND, SAKER_FILE_O_APPEND);
	out |= BIT_TO(f, O_NONBLOCK, SAKER_FILE_O_NONBLOCK);
	out |= BIT_TO(f, O_DSYNC, SAKER_FILE_O_DSYNC);
	out |= BIT_TO(f, O_SYNC, SAKER_FILE_O_SYNC);
	out |= BIT_TO(f, O_DIRECT, SAKER_FILE_O_DIRECT);
	out |= BIT_TO(f, O_DIRECTORY, SAKER_FILE_O_DIRECTORY);
	out |= BIT_TO(f, O_LARGEFILE, SAKER_FILE_O_LARGEFILE);
	out |= BIT_TO(f, O_CLOEXEC, SAKER_FILE_O_CLOEXEC);
	out |= BIT_TO(f, O_TMPFILE_BIT | O_DIRECTORY, SAKER_FILE_O_TMPFILE);
	return out;
}

/* The mode argument counts only where the call may make a file. */
static __always_inline u32 open_mode(u32 flags, u32 mode)
{
	return flags & (O_CREAT | O_TMPFILE_BIT) ? mode & 07777 : 0;
}

/* O_CLOEXEC and O_NONBLOCK, the only flags of calls that make special descriptors. */
static __always_inline u32 descriptor_flags(u32 f)
{
	return BIT_TO(f, O_CLOEXEC, SAKER_FILE_O_CLOEXEC) | BIT_TO(f, O_NONBLOCK, SAKER_FILE_O_NONBLOCK);
}

/* include/uapi/linux/sched.h */
static __always_inline u32 clone_flags(u64 f)
{
	u32 out = 0;

	out |= BIT_TO(f, 0x00000100, SAKER_CLONE_CLONE_VM);
	out |= BIT_TO(f, 0x00000200, SAKER_CLONE_CLONE_FS);
	out |= BIT_TO(f, 0x00000400, SAKER_CLONE_CLONE_FILES);
	out |= BIT_TO(f, 0x00000800, SAKER_CLONE_CLONE_SIGHAND);
	out |= BIT_TO(f, 0x00002000, SAKER_CLONE_CLONE_PTRACE);
	out |= BIT_TO(f, 0x00004000, SAKER_CLONE_CLONE_VFORK);
	out |= BIT_TO(f, 0x00008000, SAKER_CLONE_CLONE_PARENT);
	out |= BIT_TO(f, 0x00010000, SAKER_CLONE_CLONE_THREAD);
	out |= BIT_TO(f, 0x00020000, SAKER_CLONE_CLONE_NEWNS);
	out |= BIT_TO(f, 0x00040000, SAKER_CLONE_CLONE_SYSVSEM);
	out |= BIT_TO(f, 0x00080000, SAKER_CLONE_CLONE_SETTLS);
	out |= BIT_TO(f, 0x00100000, SAKER_CLONE_CLONE_PARENT_SETTID);
	out |= BIT_TO(f, 0x00200000, SAKER_CLONE_CLONE_CHILD_CLEARTID);
	out |= BIT_TO(f, 0x00800000, SAKER_CLONE_CLONE_UNTRACED);
	out |= BIT_TO(f, 0x01000000, SAKER_CLONE_CLONE_CHILD_SETTID);
	out |= BIT_TO(f, 0x02000000, SAKER_CLONE_CLONE_NEWCGROUP);
	out |= BIT_TO(f, 0x04000000, SAKER_CLONE_CLONE_NEWUTS);
	out |= BIT_TO(f, 0x08000000, SAKER_CLONE_CLONE_NEWIPC);
	out |= BIT_TO(f, 0x10000000, SAKER_CLONE_CLONE_NEWUSER);
	out |= BIT_TO(f, 0x20000000, SAKER_CLONE_CLONE_NEWPID);
	out |= BIT_TO(f, 0x40000000, SAKER_CLONE_CLONE_NEWNET);
	out |= BIT_TO(f, 0x80000000, SAKER_CLONE_CLONE_IO);
	return out;
}

/* include/uapi/linux/openat2.h */
static __always_inline u32 resolve_flags(u64 f)
{
	u32 out = 0;

	out |= BIT_TO(f, 0x01, SAKER_OPENAT2_RESOLVE_NO_XDEV);
	out |= BIT_TO(f, 0x02, SAKER_OPENAT2_RESOLVE_NO_MAGICLINKS);
	out |= BIT_TO(f, 0x04, SAKER_OPENAT2_RESOLVE_NO_SYMLINKS);
	out |= BIT_TO(f, 0x08, SAKER_OPENAT2_RESOLVE_BENEATH);
	out |= BIT_TO(f, 0x10, SAKER_OPENAT2_RESOLVE_IN_ROOT);
	out |= BIT_TO(f, 0x20, SAKER_OPENAT2_RESOLVE_CACHED);
	return out;
}

/* The capture format numbers the fcntl commands one higher up to F_SETOWN, and names the rest apart. */
static __always_inline u8 fcntl_command(u32 command)
{
	switch (command) {
	case 0: return SAKER_FCNTL_F_DUPFD;
	case 1: return SAKER_FCNTL_F_GETFD;
	case 2: return SAKER_FCNTL_F_SETFD;
	case 3: return SAKER_FCNTL_F_GETFL;
	case 4: return SAKER_FCNTL_F_SETFL;
	case 5: return SAKER_FCNTL_F_GETLK;
	case 6: return SAKER_FCNTL_F_SETLK;
	case 7: return SAKER_FCNTL_F_SETLKW;
	case 8: return SAKER_FCNTL_F_SETOWN;
	case 9: return SAKER_FCNTL_F_GETOWN;
	case 10: return SAKER_FCNTL_F_SETSIG;
	case 11: return SAKER_FCNTL_F_GETSIG;
	case 12: return SAKER_FCNTL_F_GETLK64;
	case 13: return SAKER_FCNTL_F_SETLK64;
	case 14: return SAKER_FCNTL_F_SETLKW64;
	case 15: return SAKER_FCNTL_F_SETOWN_EX;
	case 16: return SAKER_FCNTL_F_GETOWN_EX;
	case 36: return SAKER_FCNTL_F_OFD_GETLK;
	case 37: return SAKER_FCNTL_F_OFD_SETLK;
	case 38: return SAKER_FCNTL_F_OFD_SETLKW;
	case 1024: return SAKER_FCNTL_F_SETLEASE;
	case 1025: return SAKER_FCNTL_F_GETLEASE;
	case 1026: return SAKER_FCNTL_F_NOTIFY;
	case 1029: return SAKER_FCNTL_F_CANCELLK;
	case 1030: return SAKER_FCNTL_F_DUPFD_CLOEXEC;
	case 1031: return SAKER_FCNTL_F_SETPIPE_SZ;
	case 1032: return SAKER_FCNTL_F_GETPIPE_SZ;
	default: return SAKER_FCNTL_UNKNOWN;
	}
}

/* include/uapi/asm-generic/poll.h */
static __always_inline u16 poll_flags(u32 f)
{
	u32 out = 0;

	out |= BIT_TO(f, 0x0001, SAKER_POLL_POLLIN);
	out |= BIT_TO(f, 0x0002, SAKER_POLL_POLLPRI);
	out |= BIT_TO(f, 0x0004, SAKER_POLL_POLLOUT);
	out |= BIT_TO(f, 0x0008, SAKER_POLL_POLLERR);
	out |= BIT_TO(f, 0x0010, SAKER_POLL_POLLHUP);
	out |= BIT_TO(f, 0x0020, SAKER_POLL_POLLNVAL);
	out |= BIT_TO(f, 0x0040, SAKER_POLL_POLLRDNORM);
	out |= BIT_TO(f, 0x0080, SAKER_POLL_POLLRDBAND);
	out |= BIT_TO(f, 0x0100, SAKER_POLL_POLLWRNORM);
	out |= BIT_TO(f, 0x0200, SAKER_POLL_POLLWRBAND);
	out |= BIT_TO(f, 0x2000, SAKER_POLL_POLLRDHUP);
	return out;
}

/* include/uapi/linux/ptrace.h and the x86 additions. */
static __always_inline u16 ptrace_request(u64 request)
{
	switch (request) {
	case 0: return SAKER_PTRACE_PTRACE_TRACEME;
	case 1: return SAKER_PTRACE_PTRACE_PEEKTEXT;
	case 2: return SAKER_PTRACE_PTRACE_PEEKDATA;
	case 3: return SAKER_PTRACE_PTRACE_PEEKUSR;
	case 4: return SAKER_PTRACE_PTRACE_POKETEXT;
	case 5: return SAKER_PTRACE_PTRACE_POKEDATA;
	case 6: return SAKER_PTRACE_PTRACE_POKEUSR;
	case 7: return SAKER_PTRACE_PTRACE_CONT;
	case 8: return SAKER_PTRACE_PTRACE_KILL;
	case 9: return SAKER_PTRACE_PTRACE_SINGLESTEP;
#if !defined(__TARGET_ARCH_arm64)
	case 12: return SAKER_PTRACE_PTRACE_GETREGS;
	case 13: return SAKER_PTRACE_PTRACE_SETREGS;
	case 14: return SAKER_PTRACE_PTRACE_GETFPREGS;
	case 15: return SAKER_PTRACE_PTRACE_SETFPREGS;
	case 18: return SAKER_PTRACE_PTRACE_GETFPXREGS;
	case 19: return SAKER_PTRACE_PTRACE_SETFPXREGS;
	case 25: return SAKER_PTRACE_PTRACE_GET_THREAD_AREA;
	case 26: return SAKER_PTRACE_PTRACE_SET_THREAD_AREA;
	case 30: return SAKER_PTRACE_PTRACE_ARCH_PRCTL;
	case 33: return SAKER_PTRACE_PTRACE_SINGLEBLOCK;
#endif
	case 16: return SAKER_PTRACE_PTRACE_ATTACH;
	case 17: return SAKER_PTRACE_PTRACE_DETACH;
	case 21: return SAKER_PTRACE_PTRACE_OLDSETOPTIONS;
	case 24: return SAKER_PTRACE_PTRACE_SYSCALL;
	case 31: return SAKER_PTRACE_PTRACE_SYSEMU;
	case 32: return SAKER_PTRACE_PTRACE_SYSEMU_SINGLESTEP;
	case 0x4200: return SAKER_PTRACE_PTRACE_SETOPTIONS;
	case 0x4201: return SAKER_PTRACE_PTRACE_GETEVENTMSG;
	case 0x4202: return SAKER_PTRACE_PTRACE_GETSIGINFO;
	case 0x4203: return SAKER_PTRACE_PTRACE_SETSIGINFO;
	case 0x4204: return SAKER_PTRACE_PTRACE_GETREGSET;
	case 0x4205: return SAKER_PTRACE_PTRACE_SETREGSET;
	case 0x4206: return SAKER_PTRACE_PTRACE_SEIZE;
	case 0x4207: return SAKER_PTRACE_PTRACE_INTERRUPT;
	case 0x4208: return SAKER_PTRACE_PTRACE_LISTEN;
	case 0x4209: return SAKER_PTRACE_PTRACE_PEEKSIGINFO;
	case 0x420a: return SAKER_PTRACE_PTRACE_GETSIGMASK;
	case 0x420b: return SAKER_PTRACE_PTRACE_SETSIGMASK;
	default: return SAKER_PTRACE_PTRACE_UNKNOWN;
	}
}
