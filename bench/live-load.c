/*
 * The parts of bench/live.ts that must not be slowed down by Node.
 *
 *   live-load load SECONDS FILES FOLDER   opens and closes FILES files, connects and forks, round by round, as fast as
 *                                         it can. Prints: rounds, files opened, CPU time in us (children included).
 *   live-load call COUNT INTERVAL_US NAME makes one mkdir of /NAME/<n> and one chroot to it per interval; both fail. The
 *                                         rules of the bench tell of them.
 *   live-load watch                       reads alerts and prints, per kind of call: alerts, then the time from the call
 *                                         to the arrival of its line: median, 99th percentile and longest, in us.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DIFFERENT_FILES 5000
#define MOST_ALERTS 1000000

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static uint64_t cpu_us(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000ull + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static int load(double duration, long files, const char *folder)
{
	struct sockaddr_in nobody = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	long rounds = 0, opens = 0;
	char path[256];
	uint64_t before;
	double end;

	mkdir(folder, 0755);
	for (long i = 0; i < DIFFERENT_FILES; i++) {
		snprintf(path, sizeof(path), "%s/f%ld", folder, i);
		close(open(path, O_CREAT | O_RDWR, 0644));
	}
	before = cpu_us(RUSAGE_SELF);
	end = seconds(CLOCK_MONOTONIC) + duration;
	while (seconds(CLOCK_MONOTONIC) < end) {
		int s;
		pid_t child;

		for (long i = 0; i < files; i++) {
			snprintf(path, sizeof(path), "%s/f%ld", folder, opens++ % DIFFERENT_FILES);
			close(open(path, O_CREAT | O_RDWR, 0644));
		}
		s = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(s, (struct sockaddr *)&nobody, sizeof(nobody)) == 0)
			return 1;
		close(s);
		child = fork();
		if (child == 0)
			_exit(0);
		waitpid(child, NULL, 0);
		rounds++;
	}
	printf("%ld %ld %llu\n", rounds, opens, (unsigned long long)(cpu_us(RUSAGE_SELF) - before + cpu_us(RUSAGE_CHILDREN)));
	return 0;
}

static int call(long count, long interval, const char *name)
{
	char path[256];

	for (long i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/%s/%ld", name, i);
		if (mkdir(path, 0700) == 0 || chroot(path) == 0)
			return 1;
		usleep(interval);
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int watch(void)
{
	static const char *const kinds[] = { "mkdir", "chroot" };
	static double delays[2][MOST_ALERTS];
	size_t counts[2] = { 0, 0 }, size = 0;
	struct sched_param first = { .sched_priority = 1 };
	char *line = NULL;

	/* What counts is when a line is there, not when it is our turn. */
	sched_setscheduler(0, SCHED_FIFO, &first);
	while (getline(&line, &size, stdin) > 0) {
		const char *mark = strstr(line, "bench-call ");
		double now = seconds(CLOCK_REALTIME);
		char kind[16];
		double time;

		if (!mark || sscanf(mark, "bench-call %15s %lf", kind, &time) != 2)
			continue;
		for (int k = 0; k < 2; k++)
			if (strcmp(kind, kinds[k]) == 0 && counts[k] < MOST_ALERTS)
				delays[k][counts[k]++] = (now - time * 1e-9) * 1e6;
	}
	for (int k = 0; k < 2; k++) {
		size_t n = counts[k];

		qsort(delays[k], n, sizeof(double), compare);
		printf("%s %zu %.0f %.0f %.0f\n", kinds[k], n, n ? delays[k][n / 2] : 0, n ? delays[k][n * 99 / 100] : 0,
		       n ? delays[k][n - 1] : 0);
	}
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "load") == 0)
		return load(atof(argv[2]), atol(argv[3]), argv[4]);
	if (argc == 5 && strcmp(argv[1], "call") == 0)
		return call(atol(argv[2]), atol(argv[3]), argv[4]);
	if (argc == 2 && strcmp(argv[1], "watch") == 0)
		return watch();
	fprintf(stderr, "see the head of live-load.c\n");
	return 2;
}
