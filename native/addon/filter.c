/* Opens that the kernel programs leave out. */
#include "parts.h"

#include <bpf/bpf.h>

bool sensor_filter(struct sensor *s, bool on)
{
	s->control->filtering = on && s->boring_fd >= 0;
	return s->control->filtering == on;
}

bool sensor_leave_out(struct sensor *s, const struct saker_boring *opens, size_t count)
{
	uint32_t value = 1;

	for (size_t i = 0; i < count; i++)
		if (s->boring_fd >= 0 && bpf_map_update_elem(s->boring_fd, &opens[i], &value, BPF_ANY))
			return false;
	return true;
}

void sensor_leave_nothing_out(struct sensor *s)
{
	struct saker_boring open;

	while (s->boring_fd >= 0 && bpf_map_get_next_key(s->boring_fd, NULL, &open) == 0)
		if (bpf_map_delete_elem(s->boring_fd, &open))
			break;
}

uint64_t sensor_left_out(const struct sensor *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < SAKER_FILTER_CPUS; i++)
		sum += __atomic_load_n(&s->control->left_out[i].events, __ATOMIC_RELAXED);
	return sum;
}
