/*
 * Makes system calls as fast as it can: `sensor-flood COUNT [open]`. Without `open` each is a close of a descriptor
 * that is not open; with it, half of them open a file and half close it. Prints the nanoseconds per call.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 0;
	double start = now();

	if (argc > 2) {
		for (long i = 0; i < count; i += 2)
			syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC, 0));
	} else {
		for (long i = 0; i < count; i++)
			syscall(SYS_close, 12345);
	}
	printf("%.1f\n", (now() - start) / (count ? count : 1));
	return 0;
}
