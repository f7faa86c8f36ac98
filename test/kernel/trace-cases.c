/*
 * Behaviour of processes that a tracer must get right, one case for each first argument; trace.test.ts says what must
 * come of it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char **rest;

static void *exec_rest(void *unused)
{
	execv(rest[0], rest);
	return NULL;
}

static void *open_own(void *number)
{
	char name[32];

	snprintf(name, sizeof(name), "thread-%ld", (long)number);
	close(open(name, O_CREAT | O_WRONLY, 0600));
	return NULL;
}

/* A thread that is not the leader executes a program, while others live. */
static int thread_exec(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, (void *(*)(void *))pause, NULL);
	pthread_create(&thread, NULL, exec_rest, NULL);
	pause();
	return 1;
}

static int threads(long count)
{
	for (long i = 0; i < count; i += 10) {
		pthread_t made[10];

		for (long j = 0; j < 10; j++)
			pthread_create(&made[j], NULL, open_own, (void *)(i + j));
		for (long j = 0; j < 10; j++)
			pthread_join(made[j], NULL);
	}
	return 0;
}

/* Processes that end at once, ten at a time; every one has its own exit code. */
static int forks(long count)
{
	for (long i = 0; i < count; i += 10) {
		for (long j = 0; j < 10; j++) {
			if (fork() == 0)
				_exit((i + j) % 100);
		}
		while (wait(NULL) > 0)
			;
	}
	return 0;
}

/* A child that asks not to be traced. */
static int untraced(void)
{
	long child = syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);
	int status;

	if (child == 0)
		_exit(open("hidden", O_CREAT | O_WRONLY, 0600) < 0);
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

/* A process that leaves children behind: they get another parent. */
static int orphan(void)
{
	if (fork() == 0) {
		if (fork() == 0) {
			usleep(300000);
			_exit(0);
		}
		_exit(4);
	}
	wait(NULL);
	return 0;
}

/* Only one can trace. */
static int nested(void)
{
	return ptrace(PTRACE_TRACEME, 0, 0, 0) == 0;
}

/* Signals reach the handlers, as often as they are sent. */
static volatile sig_atomic_t caught;

static void count_signal(int sig)
{
	caught++;
}

static int signals(void)
{
	signal(SIGUSR1, count_signal);
	signal(SIGTRAP, count_signal);
	for (int i = 0; i < 50; i++)
		raise(i % 2 ? SIGUSR1 : SIGTRAP);
	return caught == 50 ? 0 : 1;
}

int main(int count, char **arguments)
{
	const char *name = count > 1 ? arguments[1] : "";
	long number = count > 2 ? atol(arguments[2]) : 0;

	rest = arguments + 2;
	if (strcmp(name, "thread-exec") == 0)
		return thread_exec();
	if (strcmp(name, "threads") == 0)
		return threads(number);
	if (strcmp(name, "forks") == 0)
		return forks(number);
	if (strcmp(name, "untraced") == 0)
		return untraced();
	if (strcmp(name, "orphan") == 0)
		return orphan();
	if (strcmp(name, "nested") == 0)
		return nested();
	if (strcmp(name, "signals") == 0)
		return signals();
	return 2;
}
