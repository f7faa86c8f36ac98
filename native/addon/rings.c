/* The rings between the kernel and us: made, mapped and freed. */
#define _GNU_SOURCE
#include "parts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As bpf_map_create() of newer libbpf versions. */
static int create_ring(uint32_t bytes)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_RINGBUF;
	attr.max_entries = bytes;
	memcpy(attr.map_name, "saker_ring", sizeof("saker_ring"));
	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static bool map_ring(struct sensor *s, struct sensor_ring *ring, char *error)
{
	void *consumer = mmap(NULL, s->page, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	void *producer;

	if (consumer == MAP_FAILED)
		return fail(error, "a ring can't be mapped", errno);
	ring->consumer = consumer;
	producer = mmap(NULL, s->page, PROT_READ, MAP_SHARED, ring->fd, s->page);
	if (producer == MAP_FAILED)
		return fail(error, "a ring can't be mapped", errno);
	ring->producer = producer;
	if (mmap(s->data + ring->data_at, 2 * (size_t)ring->bytes, PROT_READ, MAP_SHARED | MAP_FIXED, ring->fd,
		 2 * s->page) == MAP_FAILED)
		return fail(error, "a ring can't be mapped", errno);
	return true;
}

/* One ring for each CPU as long as each then has a megabyte; their number has to be a power of two. */
static uint32_t common_rings(uint32_t bytes)
{
	uint32_t rings = 1;

	while (rings * 2 < SAKER_RINGS && rings < (uint32_t)libbpf_num_possible_cpus() && bytes / (rings * 2) >= 1 << 20)
		rings *= 2;
	return rings;
}

/*
 * All rings have one size, which is also that of the template by which the programs were checked: before 5.10 the kernel
 * takes no others into a table of maps (bpf_map_meta_equal). None is smaller than a quarter of what was asked for, so that
 * critical events have as much, however many processors there are.
 */
static uint32_t ring_size(uint32_t bytes, uint32_t common)
{
	return bytes / (common < 4 ? common : 4);
}

bool make_rings(struct sensor *s, const struct sensor_options *o, char *error)
{
	uint32_t common = common_rings(o->ring_bytes), bytes = ring_size(o->ring_bytes, common);

	s->page = sysconf(_SC_PAGESIZE);
	s->ring_count = 1 + common;
	s->data_bytes = 2 * ((size_t)s->ring_count * bytes + SENSOR_OVERFLOW_BYTES);
	s->data = mmap(NULL, s->data_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->data == MAP_FAILED) {
		s->data = NULL;
		return fail(error, "no room for the rings", errno);
	}
	for (uint32_t i = 0; i < s->ring_count; i++) {
		struct sensor_ring *ring = &s->rings[i];

		ring->bytes = bytes;
		ring->data_at = 2 * (size_t)bytes * i;
		ring->fd = create_ring(bytes);
		if (ring->fd < 0)
			return fail(error, "the kernel gives no ring", errno);
		if (!map_ring(s, ring, error))
			return false;
	}
	if (bpf_map__set_inner_map_fd(find_map(s->object, "rings"), s->rings[0].fd))
		return fail(error, "the sensor's programs can't be set up", errno);
	return make_overflow(s, s->data_bytes - 2 * (size_t)SENSOR_OVERFLOW_BYTES, error);
}

bool hand_rings_over(struct sensor *s, char *error)
{
	int table = bpf_map__fd(find_map(s->object, "rings"));

	/* All but our own. */
	for (uint32_t i = 0; i < s->ring_count - 1; i++)
		if (bpf_map_update_elem(table, &i, &s->rings[i].fd, BPF_ANY))
			return fail(error, "the kernel refuses the table of rings", errno);
	return true;
}

void free_rings(struct sensor *s)
{
	free_overflow(s);
	for (uint32_t i = 0; i < SENSOR_RINGS; i++) {
		struct sensor_ring *ring = &s->rings[i];

		if (ring->consumer)
			munmap(ring->consumer, s->page);
		if (ring->producer)
			munmap((void *)ring->producer, s->page);
		if (ring->fd >= 0)
			close(ring->fd);
		ring->consumer = NULL;
		ring->producer = NULL;
		ring->fd = -1;
	}
	if (s->data)
		munmap(s->data, s->data_bytes);
	s->data = NULL;
}

uint64_t ring_waiting(const struct sensor_ring *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) - __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
}

uint64_t sensor_waiting(const struct sensor *s)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < s->ring_count; i++)
		sum += ring_waiting(&s->rings[i]);
	return sum;
}
