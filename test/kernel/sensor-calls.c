/*
 * Makes system calls for the test of the sensor, in the folder given as its argument. Before each call the process
 * takes the call's label as its name, which the sensor reports: so the test finds the events that belong to it.
 * Prints `label result` for each call, the result as the kernel gave it (negative: -errno).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static void mark(const char *label)
{
	syscall(SYS_prctl, PR_SET_NAME, label, 0, 0, 0);
}

static long answer(const char *label, long result)
{
	if (result < 0)
		result = -errno;
	printf("%s %ld\n", label, result);
	return result;
}

static long call(const char *label, long nr, long a, long b, long c, long d, long e, long f)
{
	mark(label);
	return answer(label, syscall(nr, a, b, c, d, e, f));
}

#define P(x) ((long)(x))
#define CALL6(label, nr, a, b, c, d, e, f) call(label, nr, P(a), P(b), P(c), P(d), P(e), P(f))
#define CALL5(label, nr, a, b, c, d, e) CALL6(label, nr, a, b, c, d, e, 0)
#define CALL4(label, nr, a, b, c, d) CALL6(label, nr, a, b, c, d, 0, 0)
#define CALL3(label, nr, a, b, c) CALL6(label, nr, a, b, c, 0, 0, 0)
#define CALL2(label, nr, a, b) CALL6(label, nr, a, b, 0, 0, 0, 0)
#define CALL1(label, nr, a) CALL6(label, nr, a, 0, 0, 0, 0, 0)
#define CALL0(label, nr) CALL6(label, nr, 0, 0, 0, 0, 0, 0)

/* Calls that newer architectures lack: there the C library makes the call that has taken their place, of which no row tells. */
#if defined(__x86_64__)
#define OLD(count, label, name, ...) CALL##count(label, SYS_##name, ##__VA_ARGS__)
#else
#define OLD(count, label, name, ...) (mark(label), answer(label, name(__VA_ARGS__)))
#endif

static void reap(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
}

static void files(void)
{
	struct open_how how = { .flags = O_CREAT | O_RDWR, .mode = 0640, .resolve = RESOLVE_NO_SYMLINKS };
	char deep[4090];
	int fd;

	fd = OLD(3, "open", open, "file", O_CREAT | O_WRONLY | O_EXCL, 0644);
	OLD(3, "open-again", open, "file", O_CREAT | O_WRONLY | O_EXCL, 0644);
	CALL1("close", SYS_close, fd);
	CALL1("close-bad", SYS_close, 987);
	fd = CALL4("openat", SYS_openat, AT_FDCWD, "file", O_RDONLY | O_CLOEXEC, 0777);
	close(fd);
	CALL4("openat-none", SYS_openat, AT_FDCWD, "no such file", O_RDWR, 0);
	CALL4("openat-null", SYS_openat, AT_FDCWD, NULL, O_RDONLY, 0);
	CALL4("openat-bytes", SYS_openat, AT_FDCWD, "\xff\xfe\x80 name\n", O_RDONLY, 0);
	memset(deep, 'x', sizeof(deep));
	for (size_t i = 0; i < sizeof(deep); i += 200)
		deep[i] = '/';
	deep[sizeof(deep) - 1] = 0;
	CALL4("openat-long", SYS_openat, AT_FDCWD, deep, O_RDONLY, 0);
	fd = CALL4("openat-tmp", SYS_openat, AT_FDCWD, ".", O_TMPFILE | O_RDWR, 0600);
	close(fd);
	fd = CALL4("openat-dir", SYS_openat, AT_FDCWD, ".", O_RDONLY | O_DIRECTORY, 0);
	CALL4("openat-at", SYS_openat, fd, "file", O_WRONLY | O_TRUNC | O_APPEND | O_NONBLOCK, 0);
	CALL4("openat2", SYS_openat2, AT_FDCWD, "how", &how, sizeof(how));
	OLD(2, "creat", creat, "made", 0600);
	CALL3("mkdirat", SYS_mkdirat, fd, "dir", 0750);
	OLD(2, "mkdir", mkdir, "dir", 0700);
	OLD(2, "rename", rename, "made", "renamed");
	CALL4("renameat", SYS_renameat, fd, "renamed", AT_FDCWD, "renamed2");
	CALL5("renameat2", SYS_renameat2, fd, "renamed2", fd, "file", 1);
	OLD(2, "link", link, "file", "hard");
	CALL5("linkat", SYS_linkat, fd, "file", AT_FDCWD, "hard2", AT_SYMLINK_FOLLOW);
	OLD(2, "symlink", symlink, "/etc/passwd", "soft");
	CALL3("symlinkat", SYS_symlinkat, "target", fd, "soft2");
	OLD(1, "unlink", unlink, "hard");
	CALL3("unlinkat", SYS_unlinkat, fd, "dir", AT_REMOVEDIR);
	OLD(1, "rmdir", rmdir, "dir");
	OLD(2, "chmod", chmod, "file", 04755);
	CALL2("fchmod", SYS_fchmod, fd, 0711);
	CALL3("fchmodat", SYS_fchmodat, fd, "file", 0600);
	CALL4("fchmodat2", SYS_fchmodat2, fd, "file", 0640, 0);
	OLD(3, "chown", chown, "file", 1, 2);
	OLD(3, "lchown", lchown, "soft", 3, 4);
	CALL3("fchown", SYS_fchown, fd, 0, 0);
	CALL5("fchownat", SYS_fchownat, fd, "soft", 5, -1, AT_SYMLINK_NOFOLLOW);
	OLD(3, "mknod", mknod, "fifo", S_IFIFO | 0600, 0);
	CALL4("mknodat", SYS_mknodat, AT_FDCWD, "device", S_IFCHR | 0600, (1 << 8) | 3);
	mkdir("sub", 0700);
	CALL1("chdir", SYS_chdir, "sub");
	CALL1("fchdir", SYS_fchdir, fd);
	CALL5("mount", SYS_mount, "none", "nowhere", "tmpfs", MS_NOSUID | MS_NODEV, 0);
	CALL2("umount2", SYS_umount2, "nowhere", MNT_DETACH);
	close(fd);
}

static void descriptors(void)
{
	uint64_t mask = 1;
	int ends[2], fd;
	uint32_t ring[30] = { 0 };

	fd = CALL1("dup", SYS_dup, 1);
	OLD(2, "dup2", dup2, fd, 70);
	CALL3("dup3", SYS_dup3, fd, 71, O_CLOEXEC);
	CALL3("fcntl-dup", SYS_fcntl, fd, F_DUPFD_CLOEXEC, 80);
	CALL3("fcntl-getfl", SYS_fcntl, 980, F_GETFL, 0);
	CALL3("close_range", SYS_close_range, 70, 90, 0);
	OLD(1, "pipe", pipe, ends);
	printf("pipe-ends %d %d\n", ends[0], ends[1]);
	CALL2("pipe2", SYS_pipe2, ends, O_CLOEXEC | O_NONBLOCK);
	CALL2("pipe2-bad", SYS_pipe2, NULL, 0);
#if defined(__x86_64__)
	CALL1("eventfd", SYS_eventfd, 7);
	CALL1("epoll_create", SYS_epoll_create, 9);
	CALL0("inotify_init", SYS_inotify_init);
	CALL3("signalfd", SYS_signalfd, -1, &mask, 8);
#endif
	CALL2("eventfd2", SYS_eventfd2, 5, O_CLOEXEC);
	CALL1("epoll_create1", SYS_epoll_create1, O_CLOEXEC);
	CALL1("inotify_init1", SYS_inotify_init1, O_NONBLOCK);
	CALL2("timerfd_create", SYS_timerfd_create, 1, 0);
	CALL4("signalfd4", SYS_signalfd4, -1, &mask, 8, O_CLOEXEC);
	CALL1("userfaultfd", SYS_userfaultfd, O_CLOEXEC);
	CALL2("memfd_create", SYS_memfd_create, "mem", 1);
	fd = CALL2("pidfd_open", SYS_pidfd_open, getpid(), 0);
	CALL3("pidfd_getfd", SYS_pidfd_getfd, fd, 1, 0);
	CALL2("io_uring_setup", SYS_io_uring_setup, 4, ring);
	CALL3("bpf", SYS_bpf, 5, NULL, 0);
	CALL3("open_by_hdl", SYS_open_by_handle_at, AT_FDCWD, NULL, O_RDONLY);
}

static void isolation(void)
{
	struct rlimit limit = { 100, 200 };

	CALL2("setns", SYS_setns, 985, CLONE_NEWNS);
	CALL1("unshare", SYS_unshare, CLONE_NEWUTS | CLONE_FS);
	CALL4("ptrace", SYS_ptrace, PTRACE_ATTACH, 999999, 0, 0);
	CALL4("ptrace-me", SYS_ptrace, PTRACE_PEEKDATA, getpid(), 0, 0);
	CALL1("chroot", SYS_chroot, "nowhere");
	CALL3("init_module", SYS_init_module, "image", 5, "a=1");
	CALL3("finit_module", SYS_finit_module, 986, "b=2", 1);
	CALL2("delete_module", SYS_delete_module, "nomodule", O_NONBLOCK | O_TRUNC);
	CALL3("prctl", SYS_prctl, PR_SET_DUMPABLE, 1, 0);
	CALL4("prlimit64", SYS_prlimit64, 0, RLIMIT_CORE, NULL, &limit);
	limit.rlim_cur = 0;
	CALL2("setrlimit", SYS_setrlimit, RLIMIT_CORE, &limit);
}

static struct sockaddr_in inet(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static void network(void)
{
	struct sockaddr_in a = inet(0), b;
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(1), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "socket" };
	struct sockaddr_un none = { .sun_family = AF_UNIX, .sun_path = "none" };
	struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0saker-test" };
	struct iovec parts[2] = { { "he", 2 }, { "llo", 3 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	socklen_t size = sizeof(b);
	char buffer[100];
	int server, client, peer, udp, ends[2], value = 0;

	server = CALL3("socket", SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CALL3("bind", SYS_bind, server, &a, sizeof(a));
	getsockname(server, (struct sockaddr *)&b, &size);
	printf("port %d\n", ntohs(b.sin_port));
	CALL2("listen", SYS_listen, server, 5);
	client = CALL3("socket-2", SYS_socket, AF_INET, SOCK_STREAM, 0);
	CALL3("connect", SYS_connect, client, &b, sizeof(b));
	size = sizeof(a);
	getsockname(client, (struct sockaddr *)&a, &size);
	printf("client-port %d\n", ntohs(a.sin_port));
	peer = CALL4("accept4", SYS_accept4, server, 0, 0, SOCK_CLOEXEC);
	CALL6("sendto", SYS_sendto, client, "ping", 4, 0, 0, 0);
	CALL6("recvfrom", SYS_recvfrom, peer, buffer, 100, 0, 0, 0);
	CALL3("sendmsg", SYS_sendmsg, peer, &message, 0);
	parts[0] = (struct iovec){ buffer, 100 };
	message.msg_iovlen = 1;
	CALL3("recvmsg", SYS_recvmsg, client, &message, 0);
	CALL3("recvmsg-none", SYS_recvmsg, client, &message, MSG_DONTWAIT);
	size = sizeof(value);
	CALL5("getsockopt", SYS_getsockopt, client, SOL_SOCKET, SO_ERROR, &value, &size);
	CALL5("getsockopt-t", SYS_getsockopt, client, SOL_SOCKET, SO_TYPE, &value, &size);
	CALL2("shutdown", SYS_shutdown, client, SHUT_RDWR);
	CALL3("connect-bad", SYS_connect, 988, &b, sizeof(b));

	udp = CALL3("socket-udp", SYS_socket, AF_INET, SOCK_DGRAM, 0);
	a = inet(9);
	CALL6("sendto-udp", SYS_sendto, udp, "datagram", 8, 0, &a, sizeof(a));

	client = CALL3("socket-6", SYS_socket, AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CALL3("connect-6", SYS_connect, client, &six, sizeof(six));

	server = CALL3("socket-un", SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	CALL3("bind-un", SYS_bind, server, &un, sizeof(un));
	CALL2("listen-un", SYS_listen, server, 1);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	CALL3("connect-un", SYS_connect, client, &un, sizeof(un));
	CALL3("accept", SYS_accept, server, 0, 0);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	CALL3("connect-none", SYS_connect, client, &none, sizeof(none));
	server = socket(AF_UNIX, SOCK_STREAM, 0);
	CALL3("bind-abs", SYS_bind, server, &abstract, offsetof(struct sockaddr_un, sun_path) + 11);
	CALL4("socketpair", SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends);
	printf("pair %d %d\n", ends[0], ends[1]);
}

static void *thread_body(void *unused)
{
	printf("thread-id %ld\n", syscall(SYS_gettid));
	CALL4("in-thread", SYS_openat, AT_FDCWD, "from a thread", O_RDONLY, 0);
	return NULL;
}

static void processes(const char *self)
{
	struct clone_args args = { .flags = CLONE_FS, .exit_signal = SIGCHLD };
	char *const argv[] = { "argv zero", "exec-ed", "two words", "", NULL };
	char *const envp[] = { "A=1", "B=two words", NULL };
	pthread_t thread;
	long pid;
	int fd;

	pid = CALL5("clone", SYS_clone, SIGCHLD | CLONE_FILES, 0, 0, 0, 0);
	if (pid == 0)
		_exit(3);
	reap(pid);
	pid = OLD(0, "fork", fork);
	if (pid == 0)
		_exit(0);
	reap(pid);
	pid = CALL2("clone3", SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		kill(getpid(), SIGKILL);
	reap(pid);
	mark("vfork");
	pid = vfork();
	if (pid == 0)
		_exit(0);
	printf("vfork %ld\n", pid);
	reap(pid);
	mark("thread");
	pthread_create(&thread, NULL, thread_body, NULL);
	pthread_join(thread, NULL);
	CALL3("execve-none", SYS_execve, "no such program", argv, envp);
	CALL5("execveat-none", SYS_execveat, AT_FDCWD, "no such program", argv, envp, 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execve, self, argv, envp);
		_exit(1);
	}
	printf("execve-pid %ld\n", pid);
	reap(pid);
	fd = open(self, O_RDONLY);
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
		_exit(1);
	}
	printf("execveat-pid %ld\n", pid);
	reap(pid);
	close(fd);
}

static void memory_program(const char *self)
{
	char *const argv[] = { "in memory", "exec-ed", NULL };
	char buffer[65536], path[64];
	int from = open(self, O_RDONLY), to = syscall(SYS_memfd_create, "payload", 0);
	long pid, n;

	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, n) != n)
			exit(1);
	close(from);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
		execv(path, argv);
		_exit(1);
	}
	printf("memfd-pid %ld\n", pid);
	reap(pid);
}

static void identity(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };
	long pid;

	fflush(stdout);
	pid = fork();
	if (pid != 0) {
		printf("identity-pid %ld\n", pid);
		reap(pid);
		return;
	}
	CALL2("setpgid", SYS_setpgid, 0, 0);
	CALL2("capset-bad", SYS_capset, &header, NULL);
	CALL2("setregid", SYS_setregid, -1, 7);
	CALL3("setresgid", SYS_setresgid, 7, 7, 7);
	CALL1("setgid", SYS_setgid, 8);
	CALL2("setreuid", SYS_setreuid, 6, -1);
	CALL3("setresuid", SYS_setresuid, -1, -1, 6);
	CALL1("setuid", SYS_setuid, 12345);
	data[0].effective = 0;
	CALL2("capset", SYS_capset, &header, data);
	CALL0("setsid", SYS_setsid);
	CALL1("setuid-bad", SYS_setuid, 1);
	fflush(stdout);
	_exit(0);
}

#if defined(__x86_64__)
/* The 32-bit entry is open to 64-bit programs too. Its pointers must lie in the lower 4 GB. */
static void compat(void)
{
	static const char name[] = "by the 32-bit entry";
	char *low = sbrk(0);
	long result;

	low = (char *)syscall(SYS_mmap, 0x10000000, 4096, 3, 0x32, -1, 0);
	if ((long)low < 0 || (long)low > 0x7fffffff)
		return;
	memcpy(low, name, sizeof(name));
	mark("compat");
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(5), "b"(low), "c"(O_WRONLY), "d"(0) : "memory", "r8", "r9", "r10", "r11");
	printf("compat %ld\n", result);
	((int *)low)[0] = AF_INET;
	((int *)low)[1] = SOCK_DGRAM | SOCK_CLOEXEC;
	((int *)low)[2] = 17;
	mark("socketcall");
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(102), "b"(1), "c"(low) : "memory", "r8", "r9", "r10", "r11");
	printf("socketcall %ld\n", result);
}
#else
static void compat(void)
{
}
#endif

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "exec-ed") == 0)
		return 0;
	if (argc < 3 || chdir(argv[1]) != 0)
		return 2;
	printf("pid %d\n", getpid());
	files();
	descriptors();
	network();
	isolation();
	processes(argv[2]);
	memory_program(argv[2]);
	identity();
	compat();
	mark("end");
	return 0;
}
