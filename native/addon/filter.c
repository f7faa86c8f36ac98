/* Opens that the kernel programs leave out. */
#include "parts.h"

#include <bpf/bpf.h>
#include <string.h>

#include "../include/saker_boring.h"

bool sensor_filter(struct sensor *s, bool on)
{
	s->control->filtering = on && s->boring_fd >= 0;
	return s->control->filtering == on;
}

static bool leave_one_out(struct sensor *s, const struct saker_boring *open)
{
	uint64_t hash = saker_boring_hash(open, s->control->boring_key);
	uint32_t index = saker_boring_set(hash);
	struct saker_boring_set *set = &s->boring[index];

	for (int i = 0; i < SAKER_BORING_WAYS; i++) {
		if (set->hashes[i] == hash)
			return true;
		if (set->hashes[i] != 0)
			continue;
		set->hashes[i] = hash;
		return bpf_map_update_elem(s->boring_fd, &index, set, BPF_ANY) == 0;
	}
	return false;
}

bool sensor_leave_out(struct sensor *s, const struct saker_boring *opens, size_t count)
{
	bool ok = true;

	for (size_t i = 0; s->boring_fd >= 0 && i < count; i++)
		ok &= leave_one_out(s, &opens[i]);
	return ok;
}

void sensor_leave_nothing_out(struct sensor *s)
{
	memset(s->boring, 0, sizeof(s->boring));
	for (uint32_t i = 0; s->boring_fd >= 0 && i < SAKER_BORING_SETS; i++)
		bpf_map_update_elem(s->boring_fd, &i, &s->boring[i], BPF_ANY);
}

uint64_t sensor_left_out(const struct sensor *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < SAKER_FILTER_CPUS; i++)
		sum += __atomic_load_n(&s->control->left_out[i].events, __ATOMIC_RELAXED);
	return sum;
}
