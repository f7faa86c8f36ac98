/*
 * Opens files again and again until nobody wants to hear of them, then does with their descriptors what rules may be
 * about: itself, in a child, in a thread, after an exec, with a number that was used for something else before.
 * `filter-calls FOLDER`, or, as the program that is executed, `renamed FOLDER FD`.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char plain[256], secret[256];

static int open_plain(void)
{
	return open(plain, O_RDWR);
}

static void change(int fd, int mode)
{
	if (fchmod(fd, mode))
		perror("fchmod");
}

static void *in_thread(void *fd)
{
	change(*(int *)fd, 0601);
	close(*(int *)fd);
	*(int *)fd = socket(AF_INET, SOCK_DGRAM, 0);
	return NULL;
}

static void connect_to(int fd)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	connect(fd, (struct sockaddr *)&to, sizeof(to));
}

static void wait_for(pid_t child)
{
	waitpid(child, NULL, 0);
}

/* The same number is a file, a socket, a pipe and a file again. */
static void reuse(void)
{
	int fd = open_plain(), other, ends[2];

	close(fd);
	other = socket(AF_INET, SOCK_DGRAM, 0);
	connect_to(other);
	close(other);
	fd = open_plain();
	other = socket(AF_INET, SOCK_DGRAM, 0);
	dup2(other, fd);
	connect_to(fd);
	close(fd);
	close(other);
	fd = open_plain();
	close_range(fd, fd, 0);
	if (pipe(ends) == 0) {
		close(ends[0]);
		close(ends[1]);
	}
	fd = open_plain();
	change(fd, 0602);
	close(fd);
}

static void hand_on(const char *folder, const char *self)
{
	char number[16];
	int fd = open_plain();
	pthread_t thread;
	pid_t child;

	child = fork();
	if (child == 0) {
		change(fd, 0603);
		_exit(0);
	}
	wait_for(child);
	close(fd);
	fd = open_plain();
	pthread_create(&thread, NULL, in_thread, &fd);
	pthread_join(thread, NULL);
	connect_to(fd);
	close(fd);
	fd = open_plain();
	child = vfork();
	if (child == 0) {
		snprintf(number, sizeof(number), "%d", fd);
		execl(self, "renamed", folder, number, (char *)NULL);
		_exit(1);
	}
	wait_for(child);
	close(fd);
}

int main(int argc, char **argv)
{
	char renamed[256], self[256], end[256];
	int fd;

	snprintf(plain, sizeof(plain), "%s/plain", argv[1]);
	snprintf(secret, sizeof(secret), "%s/secret", argv[1]);
	if (argc > 2) {
		change(atoi(argv[2]), 0604);
		for (int i = 0; i < 5; i++)
			close(open_plain());
		return 0;
	}
	self[readlink("/proc/self/exe", self, sizeof(self) - 1)] = 0;
	snprintf(renamed, sizeof(renamed), "%s/renamed", argv[1]);
	unlink(renamed);
	if (symlink(self, renamed))
		perror("symlink");
	close(open(plain, O_RDWR | O_CREAT, 0600));
	close(open(secret, O_RDWR | O_CREAT, 0600));
	for (int i = 0; i < 2000; i++) {
		close(open_plain());
		/* What was found out needs a moment to reach the kernel. */
		if (i < 5)
			usleep(20000);
	}
	close(open(secret, O_RDONLY));
	fd = open_plain();
	change(fd, 0605);
	if (fchown(fd, 0, 0))
		perror("fchown");
	close(dup(fd));
	close(fcntl(fd, F_DUPFD, 100));
	close(fd);
	fd = open_plain();
	close(dup2(fd, 50));
	close(fd);
	reuse();
	/* The program that is executed gets such a file as its standard input. */
	close(0);
	open_plain();
	snprintf(end, sizeof(end), "%s/gone", argv[1]);
	unlink(end);
	hand_on(argv[1], renamed);
	/* The name that it has for itself is not the one that rules know. */
	prctl(PR_SET_NAME, "renamed");
	close(open_plain());
	snprintf(end, sizeof(end), "%s/no/end", argv[1]);
	mkdir(end, 0700);
	return 0;
}
