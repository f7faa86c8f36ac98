/* The thread that waits for events and says so. */
#define _GNU_SOURCE
#include "parts.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Waits on the rings or the wake-up. @returns whether to go on. */
static bool wait_for(struct sensor *s, bool rings, int timeout)
{
	struct pollfd fds[1 + SAKER_RINGS] = { { .fd = s->wake_fd, .events = POLLIN } };
	uint32_t count = s->ring_count - 1;

	for (uint32_t i = 0; i < count; i++)
		fds[1 + i] = (struct pollfd){ .fd = s->rings[i].fd, .events = POLLIN };
	/* The wake-up for the end may have been read already, together with one before. */
	if (__atomic_load_n(&s->closing, __ATOMIC_ACQUIRE))
		return false;
	if (poll(fds, rings ? 1 + count : 1, timeout) < 0 && errno != EINTR)
		return false;
	return !__atomic_load_n(&s->closing, __ATOMIC_ACQUIRE);
}

static void *wait_loop(void *data)
{
	struct sensor *s = data;
	uint64_t count;

	for (;;) {
		/* Not armed: only the wake-up counts. */
		if (!wait_for(s, false, -1))
			return NULL;
		if (read(s->wake_fd, &count, sizeof(count)) < 0)
			continue;
		/* The time limit is a guard only: the kernel wakes us for the first event after we had caught up. */
		while (sensor_waiting(s) == 0) {
			if (!wait_for(s, true, 1000))
				return NULL;
			/* A second wake-up asks for nothing more, but must not make the wait return at once for ever. */
			if (read(s->wake_fd, &count, sizeof(count)) < 0)
				continue;
		}
		if (s->coalesce_ms > 0 && !wait_for(s, false, s->coalesce_ms))
			return NULL;
		if (!s->on_ready(s->callback_data))
			return NULL;
	}
}

bool sensor_start(struct sensor *s, char error[SENSOR_ERROR_SIZE])
{
	int err;

	error[0] = 0;
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake_fd < 0)
		return fail(error, "no event descriptor", errno);
	err = pthread_create(&s->thread, NULL, wait_loop, s);
	if (err)
		return fail(error, "no thread", err);
	s->thread_runs = true;
	return true;
}

void wake(struct sensor *s)
{
	uint64_t one = 1;

	if (s->wake_fd >= 0 && write(s->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void sensor_arm(struct sensor *s)
{
	wake(s);
}
