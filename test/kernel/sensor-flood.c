/* Makes as many events as its argument says, as fast as it can: close of a descriptor that is not open. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 0;

	for (long i = 0; i < count; i++)
		syscall(SYS_close, 12345);
	return 0;
}
