/* Memory of our own for critical events that would be lost otherwise: the last ring, which the kernel knows nothing of. */
#define _GNU_SOURCE
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool make_overflow(struct sensor *s, size_t at, char *error)
{
	struct sensor_ring *ring = &s->rings[s->ring_count++];

	ring->bytes = SENSOR_OVERFLOW_BYTES;
	ring->data_at = at;
	ring->consumer = &s->overflow_consumed;
	ring->producer = &s->overflow_produced;
	ring->fd = memfd_create("saker-overflow", MFD_CLOEXEC);
	if (ring->fd < 0 || ftruncate(ring->fd, ring->bytes))
		return fail(error, "no memory for critical events", errno);
	for (int half = 0; half < 2; half++)
		if (mmap(s->data + at + half * (size_t)ring->bytes, ring->bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, ring->fd, 0) == MAP_FAILED)
			return fail(error, "no memory for critical events", errno);
	return true;
}

void make_room(struct sensor *s)
{
	struct sensor_ring *ring = &s->rings[0], *own = &s->rings[s->ring_count - 1];
	uint64_t end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
	struct head head;

	/* What was claimed and not given back yet lies where it is. */
	if (*ring->consumer != ring->claimed || end - ring->claimed < ring->bytes / 4)
		return;
	while ((head = read_head(s, ring, end)).size > 0 && ring_waiting(own) + head.size <= own->bytes) {
		memcpy(s->data + own->data_at + (s->overflow_produced & (own->bytes - 1)),
		       s->data + ring->data_at + (ring->claimed & (ring->bytes - 1)), head.size);
		s->overflow_produced += head.size;
		ring->claimed += head.size;
	}
	__atomic_store_n(ring->consumer, ring->claimed, __ATOMIC_RELEASE);
}

void empty_overflow(struct sensor *s)
{
	struct sensor_ring *own = &s->rings[s->ring_count - 1];

	if (own->claimed == 0 || s->overflow_consumed != s->overflow_produced)
		return;
	fallocate(own->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, own->bytes);
	own->claimed = 0;
	s->overflow_consumed = 0;
	s->overflow_produced = 0;
}
