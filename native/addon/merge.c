/* Records of all rings in the order of their times. */
#define _GNU_SOURCE
#include "parts.h"

#include <linux/bpf.h>
#include <string.h>

struct head read_head(const struct sensor *s, const struct sensor_ring *ring, uint64_t end)
{
	const uint8_t *at = s->data + ring->data_at + (ring->claimed & (ring->bytes - 1));
	struct head head = { .time = UINT64_MAX };
	uint32_t length;

	if (ring->claimed >= end)
		return head;
	length = __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);
	if (length & BPF_RINGBUF_BUSY_BIT)
		return head;
	memcpy(&head.time, at + BPF_RINGBUF_HDR_SZ + SAKER_BLOCK_PREFIX, sizeof(head.time));
	head.size = ((length & ~BPF_RINGBUF_DISCARD_BIT) + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
	return head;
}

/* The ring whose next record is the oldest, and the time of the oldest one in the others. */
static uint32_t oldest(const struct head *heads, uint32_t count, uint64_t *others)
{
	uint32_t best = 0;

	*others = UINT64_MAX;
	for (uint32_t i = 1; i < count; i++) {
		uint64_t time = heads[i].time;

		if (time < heads[best].time) {
			*others = heads[best].time;
			best = i;
		} else if (time < *others) {
			*others = time;
		}
	}
	return best;
}

/* What is merged: common events where they are, critical ones in memory of our own, which comes first where times are equal. */
static struct sensor_ring *source(struct sensor *s, uint32_t i)
{
	return &s->rings[i == 0 ? s->ring_count - 1 : i];
}

/*
 * Only what is older than the moment at which this begins is claimed. An event that another one has led to is younger
 * than the end of that one's writing: so when it is old enough, the other one is finished, and found here.
 */
uint32_t sensor_claim(struct sensor *s, uint32_t limit, struct sensor_run *runs, uint32_t most)
{
	uint32_t sources = s->ring_count - 1, count = 0, claimed = 0;
	uint64_t ends[SENSOR_RINGS], now = event_time_now(s), left;
	struct head heads[SENSOR_RINGS];

	make_room(s, &left);
	/* What finds no room there has to wait, and all that is younger with it. */
	if (left < now)
		now = left;
	for (uint32_t i = 0; i < sources; i++) {
		struct sensor_ring *ring = source(s, i);

		ends[i] = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
		heads[i] = read_head(s, ring, ends[i]);
	}
	while (count < most && claimed < limit) {
		uint64_t others;
		uint32_t best = oldest(heads, sources, &others), bytes = 0;
		struct sensor_ring *ring = source(s, best);
		struct head *head = &heads[best];

		if (head->time >= now)
			break;
		runs[count].at = ring->data_at + (ring->claimed & (ring->bytes - 1));
		while (head->time <= others && head->time < now && claimed + bytes < limit) {
			ring->claimed += head->size;
			bytes += head->size;
			*head = read_head(s, ring, ends[best]);
		}
		runs[count++].bytes = bytes;
		claimed += bytes;
	}
	return count;
}

void sensor_release(struct sensor *s)
{
	for (uint32_t i = 0; i < s->ring_count - 1; i++) {
		struct sensor_ring *ring = source(s, i);

		if (*ring->consumer != ring->claimed)
			__atomic_store_n(ring->consumer, ring->claimed, __ATOMIC_RELEASE);
	}
	empty_overflow(s);
}
