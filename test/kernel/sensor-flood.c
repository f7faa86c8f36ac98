/*
 * Makes system calls as fast as it can: `sensor-flood COUNT [open]`. Without `open` each is a close of a descriptor
 * that is not open; with it, half of them open a file and half close it. Prints the nanoseconds per call.
 * `sensor-flood COUNT chroot`: one chroot each millisecond, to folders that are not there.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

	if (argc > 2 && strcmp(argv[2], "chroot") == 0) {
		char path[64];

		for (long i = 0; i < count; i++) {
			snprintf(path, sizeof(path), "/saker-flood/%ld", i);
			if (chroot(path) == 0)
				return 1;
			usleep(1000);
		}
	} else if (argc > 2) {
		for (long i = 0; i < count; i += 2)
			syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC, 0));
	} else {
		for (long i = 0; i < count; i++)
			syscall(SYS_close, 12345);
	}
	printf("%.1f\n", (now() - start) / (count ? count : 1));
	return 0;
}
