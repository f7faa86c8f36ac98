/* The thread that waits for events: it keeps room in the ring for critical ones, and says that there are some to be read. */
#define _GNU_SOURCE
#include "parts.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * While events come in, the thread looks what there is to do every so often: no more than this many us pass, so that the
 * ring for critical events does not get full, and no fewer, so that the thread needs little time whatever comes.
 */
#define LONGEST_US 3000
#define SHORTEST_US 1000
/* For how long who reads may be left to itself. */
#define PATIENCE_US 2500
/* A guard only: the kernel wakes us for the first event behind those that were fetched. */
#define QUIET_MS 1000

/* Times are us of the monotonic clock. */
struct waiting {
	/* When to look again; 0: when something comes. */
	uint64_t next;
	/* When events may be told of; 0: they have not begun to gather. */
	uint64_t ready_at;
	/* When they were told of last. */
	uint64_t told_at;
	struct turns turns;
};

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

static uint64_t look_us(const struct sensor *s)
{
	uint64_t us = s->coalesce_ms * 1000ull;

	return us < SHORTEST_US ? SHORTEST_US : us > LONGEST_US ? LONGEST_US : us;
}

/* Waits until there may be something to do. @returns whether to go on. */
static bool wait_for(struct sensor *s, const struct waiting *w)
{
	struct pollfd fds[1 + SAKER_RINGS] = { { .fd = s->wake_fd, .events = POLLIN } };
	uint32_t rings = s->ring_count - 1;
	int timeout = QUIET_MS;

	for (uint32_t i = 0; i < rings; i++)
		fds[1 + i] = (struct pollfd){ .fd = s->rings[i].fd, .events = POLLIN };
	if (w->next) {
		uint64_t now = now_us();

		timeout = w->next > now ? (w->next - now + 999) / 1000 : 0;
	}
	/* Where a time is set, no word of events is needed. */
	if (poll(fds, w->next ? 1 : 1 + rings, timeout) < 0 && errno != EINTR)
		return false;
	return !__atomic_load_n(&s->closing, __ATOMIC_ACQUIRE);
}

/* @returns whether anyone still listens. */
static bool tell(struct sensor *s, struct waiting *w, uint64_t now)
{
	if (!w->ready_at)
		w->ready_at = now + s->coalesce_ms * 1000ull;
	if (w->ready_at > now)
		return true;
	__atomic_store_n(&s->armed, false, __ATOMIC_RELAXED);
	w->told_at = now;
	w->ready_at = now + s->coalesce_ms * 1000ull;
	return s->on_ready(s->callback_data);
}

static bool look(struct sensor *s, struct waiting *w, uint64_t now)
{
	bool is_behind = !__atomic_load_n(&s->armed, __ATOMIC_ACQUIRE);
	uint32_t much = s->rings[0].bytes / 8;
	uint64_t moved = 0, left;

	/* Who reads makes room as well. */
	if (is_behind || ring_waiting(&s->rings[0]) > much)
		moved = make_room(s, &left);
	lend_turn(&w->turns, is_behind && now - w->told_at > PATIENCE_US, now);
	w->next = 0;
	if (!is_behind && sensor_waiting(s) == 0) {
		w->ready_at = 0;
		return true;
	}
	if (!is_behind && !tell(s, w, now))
		return false;
	w->next = now + (moved > much ? SHORTEST_US : look_us(s));
	if (!is_behind && w->ready_at > now && w->ready_at < w->next)
		w->next = w->ready_at;
	if (w->turns.next && w->turns.next < w->next)
		w->next = w->turns.next;
	return true;
}

static void *wait_loop(void *data)
{
	struct sensor *s = data;
	uint64_t now = now_us();
	/* Nobody reads yet. */
	struct waiting w = { .next = now, .told_at = now };

	come_first(&w.turns, s->reader, now);
	while (wait_for(s, &w) && look(s, &w, now = now_us()))
		continue;
	lend_turn(&w.turns, false, now);
	return NULL;
}

bool sensor_start(struct sensor *s, char error[SENSOR_ERROR_SIZE])
{
	int err;

	error[0] = 0;
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake_fd < 0)
		return fail(error, "no event descriptor", errno);
	s->reader = syscall(SYS_gettid);
	err = pthread_create(&s->thread, NULL, wait_loop, s);
	if (err)
		return fail(error, "no thread", err);
	s->thread_runs = true;
	return true;
}

/* While it is not armed, the thread looks every so often: it need not be woken. */
void sensor_arm(struct sensor *s)
{
	__atomic_store_n(&s->armed, true, __ATOMIC_RELEASE);
}

void end_wait(struct sensor *s)
{
	uint64_t one = 1;

	if (!s->thread_runs)
		return;
	__atomic_store_n(&s->closing, true, __ATOMIC_RELEASE);
	while (write(s->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
	pthread_join(s->thread, NULL);
	s->thread_runs = false;
}
