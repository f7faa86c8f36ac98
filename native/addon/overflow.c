/*
 * Memory of our own for critical events: the last ring, which the kernel knows nothing of. They are read from here only. So
 * their ring is emptied whenever somebody finds the time, while their turn to be read comes when all older events were,
 * however long that takes.
 */
#define _GNU_SOURCE
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Memory that is kept when nothing is in it, so that it need not be asked for again with each event. */
#define KEPT_BYTES (1u << 20)

static struct sensor_ring *own_ring(struct sensor *s)
{
	return &s->rings[s->ring_count - 1];
}

/* Who waits for the lock lends its holder its priority: the thread that empties the ring comes before all others. */
static int make_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t kind;
	int err = pthread_mutexattr_init(&kind);

	if (err)
		return err;
	err = pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_INHERIT);
	if (!err)
		err = pthread_mutex_init(lock, &kind);
	pthread_mutexattr_destroy(&kind);
	return err;
}

bool make_overflow(struct sensor *s, size_t at, char *error)
{
	struct sensor_ring *own = &s->rings[s->ring_count++];
	int err = make_lock(&s->room_lock);

	if (err) {
		s->ring_count--;
		return fail(error, "no lock", err);
	}
	own->bytes = SENSOR_OVERFLOW_BYTES;
	own->data_at = at;
	own->consumer = &s->overflow_consumed;
	own->producer = &s->overflow_produced;
	own->fd = memfd_create("saker-overflow", MFD_CLOEXEC);
	if (own->fd < 0 || ftruncate(own->fd, own->bytes))
		return fail(error, "no memory for critical events", errno);
	for (int half = 0; half < 2; half++)
		if (mmap(s->data + at + half * (size_t)own->bytes, own->bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, own->fd, 0) == MAP_FAILED)
			return fail(error, "no memory for critical events", errno);
	return true;
}

void free_overflow(struct sensor *s)
{
	struct sensor_ring *own = s->ring_count > 0 ? own_ring(s) : NULL;

	if (!own || own->consumer != &s->overflow_consumed)
		return;
	own->consumer = NULL;
	own->producer = NULL;
	pthread_mutex_destroy(&s->room_lock);
}

uint64_t make_room(struct sensor *s, uint64_t *left)
{
	struct sensor_ring *ring = &s->rings[0], *own = own_ring(s);
	uint64_t end, before;
	struct head head;

	pthread_mutex_lock(&s->room_lock);
	end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
	before = ring->claimed;
	while ((head = read_head(s, ring, end)).size > 0 && ring_waiting(own) + head.size <= own->bytes) {
		uint64_t to = s->overflow_produced;

		memcpy(s->data + own->data_at + (to & (own->bytes - 1)),
		       s->data + ring->data_at + (ring->claimed & (ring->bytes - 1)), head.size);
		ring->claimed += head.size;
		__atomic_store_n(&s->overflow_produced, to + head.size, __ATOMIC_RELEASE);
	}
	if (ring->claimed != before)
		__atomic_store_n(ring->consumer, ring->claimed, __ATOMIC_RELEASE);
	before = ring->claimed - before;
	*left = head.time;
	pthread_mutex_unlock(&s->room_lock);
	return before;
}

void empty_overflow(struct sensor *s)
{
	struct sensor_ring *own = own_ring(s);

	if (own->claimed == 0 || own->claimed != __atomic_load_n(&s->overflow_produced, __ATOMIC_ACQUIRE))
		return;
	pthread_mutex_lock(&s->room_lock);
	if (own->claimed == s->overflow_produced) {
		if (own->claimed > KEPT_BYTES)
			fallocate(own->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, KEPT_BYTES, own->bytes - KEPT_BYTES);
		own->claimed = 0;
		/* Who looks from outside between these two sees too much there, never too little. */
		__atomic_store_n(&s->overflow_consumed, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&s->overflow_produced, 0, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&s->room_lock);
}
