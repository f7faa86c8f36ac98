#define _GNU_SOURCE
#include "output.h"
#include "protocol.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM (1024 * 1024)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
static pthread_t thread;
/* One is filled while the other is written. */
static uint8_t *filling, *writing;
static size_t used;
static bool is_ending;
static int output_fd;
static unsigned gather_ms;

static void write_all(const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(output_fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		/* Saker is gone. What was launched ends with this process, what was attached to goes on. */
		if (n <= 0)
			_exit(1);
		bytes += n;
		size -= n;
	}
}

static void *write_loop(void *unused)
{
	pthread_mutex_lock(&lock);
	for (;;) {
		uint8_t *full;
		size_t size;

		while (used == 0 && !is_ending)
			pthread_cond_wait(&filled, &lock);
		if (used == 0)
			break;
		if (gather_ms > 0 && !is_ending && used < ROOM / 2) {
			pthread_mutex_unlock(&lock);
			usleep(gather_ms * 1000);
			pthread_mutex_lock(&lock);
		}
		full = filling;
		filling = writing;
		writing = full;
		size = used;
		used = 0;
		pthread_cond_broadcast(&emptied);
		pthread_mutex_unlock(&lock);
		write_all(full, size);
		pthread_mutex_lock(&lock);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

int output_begin(int fd, unsigned coalesce_ms)
{
	output_fd = fd;
	gather_ms = coalesce_ms;
	filling = malloc(ROOM);
	writing = malloc(ROOM);
	if (!filling || !writing)
		return ENOMEM;
	return pthread_create(&thread, NULL, write_loop, NULL);
}

void output_put(const void *bytes, size_t size)
{
	pthread_mutex_lock(&lock);
	while (used + size > ROOM)
		pthread_cond_wait(&emptied, &lock);
	memcpy(filling + used, bytes, size);
	if (used == 0)
		pthread_cond_signal(&filled);
	used += size;
	pthread_mutex_unlock(&lock);
}

void output_message(uint32_t type, const uint32_t *numbers, size_t count)
{
	struct frame head = { type, sizeof(head) + count * sizeof(*numbers) };
	uint8_t *message = malloc(head.length);

	if (!message)
		_exit(1);
	memcpy(message, &head, sizeof(head));
	if (count > 0)
		memcpy(message + sizeof(head), numbers, count * sizeof(*numbers));
	output_put(message, head.length);
	free(message);
}

void output_end(void)
{
	pthread_mutex_lock(&lock);
	is_ending = true;
	pthread_cond_signal(&filled);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
}
