/* What the kernel programs have counted: losses by process, and their own runs. */
#include "parts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

bool reset_culprit(struct sensor *s, uint32_t pid)
{
	struct saker_culprit none = { 0 };

	return pid == 0 ? bpf_map_update_elem(s->culprits_fd, &pid, &none, BPF_ANY) == 0 :
			  bpf_map_delete_elem(s->culprits_fd, &pid) == 0;
}

uint32_t sensor_culprits(struct sensor *s, struct sensor_culprit *out, uint32_t most)
{
	uint32_t count = 0, key, next;
	bool more = bpf_map_get_next_key(s->culprits_fd, NULL, &next) == 0;

	while (more && count < most) {
		key = next;
		more = bpf_map_get_next_key(s->culprits_fd, &key, &next) == 0;
		out[count].pid = key;
		if (bpf_map_lookup_elem(s->culprits_fd, &key, &out[count].is) == 0 && out[count].is.drops > 0) {
			reset_culprit(s, key);
			count++;
		}
	}
	return count;
}

bool sensor_next_program(struct sensor *s, struct bpf_program **place, struct sensor_program *out)
{
	while ((*place = bpf_object__next_program(s->object, *place))) {
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);

		/* Some were not loaded. */
		if (bpf_program__fd(*place) < 0 || bpf_obj_get_info_by_fd(bpf_program__fd(*place), &info, &size))
			continue;
		out->name = bpf_program__name(*place);
		out->runs = info.run_cnt;
		out->nanoseconds = info.run_time_ns;
		return true;
	}
	return false;
}
