/*
 * What the programs made of the call tables share. Each row's call is made by its bare number, behind a prctl that gives
 * the thread the row's name: so the test finds its event. Results and what rows show of their surroundings gather in
 * memory that all children share, and are printed at the end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <linux/quota.h>
#include <linux/sched.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct shown {
	int group;
	char name[28];
	long value;
};

static struct {
	int used;
	struct shown items[8192];
} *shared;

static int group_number;
static const char *program;

/* Makes a number known to the test by a name. */
static void show(const char *name, long value)
{
	int at = __atomic_fetch_add(&shared->used, 1, __ATOMIC_RELAXED);

	if (at >= 8192)
		return;
	shared->items[at].group = group_number;
	strncpy(shared->items[at].name, name, sizeof(shared->items[at].name) - 1);
	shared->items[at].value = value;
}

static void show_of(int row, const char *what, long value)
{
	char name[28];

	snprintf(name, sizeof(name), "%d.%s", row, what);
	show(name, value);
}

/* In line, so that a child that shares its parent's stack leaves the way back alone. */
#if defined(__x86_64__)
static inline __attribute__((always_inline)) long raw(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* By the 32-bit entry, which is open to 64-bit programs: pointers must lie in the lower 4 GB, as static memory does. */
static long raw32(long nr, long a, long b, long c, long d, long e, long f)
{
	const int args[6] = { a, b, c, d, e, f };
	register const int *at __asm__("r12") = args;
	long result;

	__asm__ volatile("push %%rbx\n\tpush %%rbp\n\t"
			 "mov 0(%%r12), %%ebx\n\tmov 4(%%r12), %%ecx\n\tmov 8(%%r12), %%edx\n\t"
			 "mov 12(%%r12), %%esi\n\tmov 16(%%r12), %%edi\n\tmov 20(%%r12), %%ebp\n\t"
			 "int $0x80\n\tpop %%rbp\n\tpop %%rbx"
			 : "=a"(result)
			 : "a"(nr), "r"(at)
			 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory");
	return (int)result;
}
#else
static inline __attribute__((always_inline)) long raw(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
#endif

#define PR_NAME_CALL 15

static void mark(int row)
{
	static __thread char name[16];

	snprintf(name, sizeof(name), "row %d", row);
	raw(SYS_prctl, PR_NAME_CALL, (long)name, 0, 0, 0, 0);
}

/* Descriptors that a test may need elsewhere are shown with device and inode. */
static void show_file(int row, long fd)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return;
	show_of(row, "major", major(st.st_dev));
	show_of(row, "minor", minor(st.st_dev));
	show_of(row, "ino", st.st_ino);
}

#define L(x) ((long)(x))
#define ARGS0(...) 0, 0, 0, 0, 0, 0
#define ARGS1(a) L(a), 0, 0, 0, 0, 0
#define ARGS2(a, b) L(a), L(b), 0, 0, 0, 0
#define ARGS3(a, b, c) L(a), L(b), L(c), 0, 0, 0
#define ARGS4(a, b, c, d) L(a), L(b), L(c), L(d), 0, 0
#define ARGS5(a, b, c, d, e) L(a), L(b), L(c), L(d), L(e), 0
#define ARGS6(a, b, c, d, e, f) L(a), L(b), L(c), L(d), L(e), L(f)

static void reap(long pid)
{
	int status;

	waitpid(pid, &status, __WALL);
}

/* For a child that does nothing until it is killed; it must not hold the test's pipe, nor live for ever. */
static void rest(void)
{
	close(1);
	close(2);
	sleep(20);
	_exit(0);
}

/* A copy of the program. */
static void copy_program(const char *to)
{
	int from = open(program, O_RDONLY), out = open(to, O_CREAT | O_WRONLY | O_TRUNC, 0755);
	char bytes[65536];
	long n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		if (write(out, bytes, n) != n)
			abort();
	close(from);
	close(out);
}

/* A file with some bytes in it, made anew. @returns a descriptor of it. */
static int make_file(const char *name, const char *text)
{
	int fd = open(name, O_CREAT | O_RDWR | O_TRUNC, 0600);

	if (write(fd, text, strlen(text)) < 0)
		abort();
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static struct sockaddr_in inet4(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static struct sockaddr_in6 inet6(int port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	return a;
}

static int port_of(int fd)
{
	struct sockaddr_in6 a;
	socklen_t size = sizeof(a);

	getsockname(fd, (struct sockaddr *)&a, &size);
	return ntohs(a.sin6_port);
}
