/* What the kernel programs and the addon agree on; src/sources/ebpf/addon.ts names the same things. */
#pragma once

#ifdef __BPF__
#define SAKER_U64 __u64
#define SAKER_U32 __u32
#else
#include <stdint.h>
#define SAKER_U64 uint64_t
#define SAKER_U32 uint32_t
#endif

#include "saker_events.gen.h"

/* Block type of an event with u16 parameter lengths in a capture file. */
#define SAKER_BLOCK_EVENT 0x216
/* Block type, block length, cpu: what precedes the event header. */
#define SAKER_BLOCK_PREFIX 10
#define SAKER_EVENT_HEADER 26

/*
 * Events without which the picture of the machine goes wrong, or that are rare and grave: they have a ring of their own,
 * so that a flood of other events can't push them out. Rules add to them (saker_control.critical).
 */
#define SAKER_CRITICAL_EVENTS(EVENT)                                                                      \
	EVENT(SYSCALL_CLONE_20_X)                                                                         \
	EVENT(SYSCALL_FORK_20_X)                                                                          \
	EVENT(SYSCALL_VFORK_20_X)                                                                         \
	EVENT(SYSCALL_CLONE3_X)                                                                           \
	EVENT(SYSCALL_EXECVE_19_X)                                                                        \
	EVENT(SYSCALL_EXECVEAT_X)                                                                         \
	EVENT(PROCEXIT_1_E)                                                                               \
	EVENT(SYSCALL_SETUID_X)                                                                           \
	EVENT(SYSCALL_SETGID_X)                                                                           \
	EVENT(SYSCALL_SETREUID_X)                                                                         \
	EVENT(SYSCALL_SETREGID_X)                                                                         \
	EVENT(SYSCALL_SETRESUID_X)                                                                        \
	EVENT(SYSCALL_SETRESGID_X)                                                                        \
	EVENT(SYSCALL_SETSID_X)                                                                           \
	EVENT(SYSCALL_CAPSET_X)                                                                           \
	EVENT(SYSCALL_CHROOT_X)                                                                           \
	EVENT(SYSCALL_SETNS_X)                                                                            \
	EVENT(SYSCALL_UNSHARE_X)                                                                          \
	EVENT(SYSCALL_PTRACE_X)                                                                           \
	EVENT(SYSCALL_BPF_2_X)                                                                            \
	EVENT(SYSCALL_MOUNT_X)                                                                            \
	EVENT(SYSCALL_INIT_MODULE_X)                                                                      \
	EVENT(SYSCALL_FINIT_MODULE_X)                                                                     \
	EVENT(SYSCALL_DELETE_MODULE_X)

/* CPUs with counters of their own; further ones share them. */
#define SAKER_CPUS 1024
/* Rings: the first is for critical events, the others for all else. */
#define SAKER_RINGS 17
/* Most processes that drops are counted for until user space fetches them; drops of others count for process 0. */
#define SAKER_CULPRITS 256

/* Characters of a path that the filter of opens looks at, its NUL included; longer paths are never left out. */
#define SAKER_BORING_PATH 64
/* Opens that are left out, by their kinds; CPUs with counters of their own. */
#define SAKER_BORING_SETS 4096
#define SAKER_BORING_WAYS 8
#define SAKER_FILTER_CPUS 64

/* CHILD_SIDE, of calls that make a thread: only what the new thread itself sees. */
enum saker_interest { SAKER_NOT_WANTED, SAKER_WANTED, SAKER_CHILD_SIDE };

/* An open that no rule can match. Everything behind the path's end is 0. */
struct saker_boring {
	/* Native number of the call. */
	SAKER_U32 syscall;
	/* Flags and mode as the event has them, those included that the kernel adds. */
	SAKER_U32 flags;
	SAKER_U32 mode;
	/* 0: it succeeded; else the negative error number. */
	int error;
	char path[SAKER_BORING_PATH];
	/* Name of the program: what task_struct.comm was when it was executed, or the process made. */
	char program[16];
} __attribute__((aligned(8)));

/*
 * Such opens are known by hashes (saker_boring.h). Each belongs into one set, a cache line, at any place; 0: the place is
 * empty.
 */
struct saker_boring_set {
	SAKER_U64 hashes[SAKER_BORING_WAYS];
};

/*
 * Memory of the programs that user space maps: settings and interest are written there, counters are read. It is the
 * only variable in .data, so that it begins where that section's map begins. What every call reads comes first: in a
 * cache line with a counter, each processor would have to fetch it anew whenever another one has counted.
 */
struct saker_control {
	/* Nanoseconds from the epoch to boot: what is added to the boot clock. */
	SAKER_U64 boot_epoch_ns;
	/* Argument of a getpid call by which the programs learn who the sensor is. */
	SAKER_U64 own_cookie;
	/* Key of the hashes of opens that are left out; nobody else knows it. */
	SAKER_U64 boring_key[2];
	/* Thread group of the sensor itself, as the kernel counts it; found by the first call with the cookie. */
	SAKER_U32 own_tgid;
	/* Bytes of data that I/O events keep; less than 4096. */
	SAKER_U32 snap_length;
	/* Rings for common events, less one: a power of two less one. The ring of a CPU is its number masked with this. */
	SAKER_U32 ring_mask;
	/* Size of a memory page, kB: 4, 16 or 64 on arm64. */
	SAKER_U32 page_kb;
	/* 1: opens that no rule can match are left out. */
	unsigned char filtering;
	/* 1: events of processes that end are wanted. */
	unsigned char exits;
	/* Whether events of this system call (native number) are wanted: enum saker_interest. */
	unsigned char interest[512];
	/* 1: events of this code go into the ring for critical ones. */
	unsigned char critical[EV_COUNT];
	/* Code of each native system call in GENERIC events. */
	unsigned short generic_code[512];
	/* Events that the filter left out, by CPU; each in a cache line of its own. */
	struct {
		SAKER_U64 events;
		SAKER_U64 unused[7];
	} left_out[SAKER_FILTER_CPUS] __attribute__((aligned(64)));
	/* arm64: system calls of 32-bit processes, which go unseen. */
	SAKER_U64 compat_skipped;
	/* Events that found their ring full, by event code. */
	SAKER_U64 drops[EV_COUNT];
	/* ... and by CPU. */
	SAKER_U64 cpu_drops[SAKER_CPUS];
};

/* Who made events that were dropped; its key is the process id. */
struct saker_culprit {
	SAKER_U64 drops;
	SAKER_U64 cgroup;
	char comm[16];
};

/* What the programs of bpf/snapshot.h list, and src/sources/ebpf/listing.ts reads. */
enum saker_listed_kind { SAKER_LISTED_THREAD = 1, SAKER_LISTED_UNIX_SOCKET, SAKER_LISTED_OVERLAY_FILE };

struct saker_listed {
	SAKER_U32 kind;
	SAKER_U32 pid;
	/* Thread id or descriptor. */
	SAKER_U32 id;
	/* Of the executed program (execve_flags) or of the open file (file_flags). */
	SAKER_U32 flags;
	SAKER_U64 ino;
	/* Kernel addresses of a socket and of the one that it is connected with; 0: with none. */
	SAKER_U64 own, peer;
	/* Of threads. */
	SAKER_U32 parent, uid, gid, loginuid;
	char comm[16];
};
