/*
 * The clock by which events are told. The kernel counts from its boot; the machine's clock may be set meanwhile, by a person or
 * by whoever keeps it right.
 */
#define _GNU_SOURCE
#include "parts.h"

#include <time.h>

/* How long events may wait that have the time of the clock before, in ns. */
#define SETTLED_AFTER 1000000000ull

static uint64_t read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

uint64_t boot_epoch(uint64_t *doubt)
{
	uint64_t epoch = 0;

	*doubt = UINT64_MAX;
	/* Whoever is interrupted between two looks finds another epoch than there is. */
	for (int i = 0; i < 10 && *doubt > 20000; i++) {
		uint64_t before = read_clock(CLOCK_BOOTTIME), real = read_clock(CLOCK_REALTIME);
		uint64_t took = read_clock(CLOCK_BOOTTIME) - before;

		if (took < *doubt) {
			*doubt = took;
			epoch = real - before - took / 2;
		}
	}
	return epoch;
}

uint64_t event_time_now(const struct sensor *s)
{
	uint64_t now = read_clock(CLOCK_BOOTTIME), epoch = s->control->boot_epoch_ns;

	/* A clock that was set back: events before it have times to come. */
	if (now < s->clock_set + SETTLED_AFTER && s->epoch_before > epoch)
		epoch = s->epoch_before;
	return epoch + now;
}

int64_t sensor_follow_clock(struct sensor *s, int64_t least)
{
	uint64_t doubt, epoch = boot_epoch(&doubt), before = s->control->boot_epoch_ns;
	int64_t step = epoch - before;

	if ((int64_t)doubt >= least || (step < least && step > -least))
		return 0;
	s->epoch_before = before;
	s->clock_set = read_clock(CLOCK_BOOTTIME);
	__atomic_store_n(&s->control->boot_epoch_ns, epoch, __ATOMIC_RELAXED);
	return step;
}
