/* Loads the kernel programs with their tables, and frees all. */
#define _GNU_SOURCE
#include "parts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

/* Kinds of working memory that the programs have per CPU (enum scratch_kind). */
#define SCRATCH_KINDS 4

struct bpf_map *find_map(struct bpf_object *object, const char *suffix)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		const char *name = bpf_map__name(map);
		size_t length = strlen(name), wanted = strlen(suffix);

		if (length >= wanted && strcmp(name + length - wanted, suffix) == 0)
			return map;
	}
	return NULL;
}

static bool is_size(uint32_t bytes)
{
	return bytes >= (uint32_t)sysconf(_SC_PAGESIZE) && (bytes & (bytes - 1)) == 0;
}

static bool configure(struct sensor *s, const struct sensor_options *o, char *error)
{
	struct bpf_map *scratch = find_map(s->object, "scratch_memory");
	int err;

	if (!is_size(o->ring_bytes))
		return fail(error, "the ring's size is no power of two of at least a page", EINVAL);
	if (!scratch || !find_map(s->object, "rings") || !find_map(s->object, "culprits") ||
	    !find_map(s->object, ".data") || !find_map(s->object, "fillers"))
		return fail(error, "the sensor's programs don't fit this addon; build both again", EINVAL);
	s->unwanted = o->enter_events ? NULL : bpf_object__find_program_by_name(s->object, ENTER_PROGRAM);
	if (s->unwanted)
		bpf_program__set_autoload(s->unwanted, false);
	leave_out_absent(s->object);
	err = bpf_map__set_max_entries(scratch, libbpf_num_possible_cpus() * SCRATCH_KINDS);
	return err ? fail(error, "the sensor's programs can't be set up", err) : true;
}

static bool fill_tables(struct sensor *s, const struct sensor_options *o, char *error)
{
	struct bpf_map *fillers = find_map(s->object, "fillers");
	struct bpf_map *shared = find_map(s->object, ".data"), *boring;
	uint64_t doubt;
	void *control;

	if (bpf_map__value_size(shared) < sizeof(*s->control))
		return fail(error, "the sensor's programs don't fit this addon; build both again", EINVAL);
	control = mmap(NULL, sizeof(*s->control), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(shared), 0);
	if (control == MAP_FAILED)
		return fail(error, "the sensor's counters can't be mapped", errno);
	s->control = control;
	s->control->boot_epoch_ns = boot_epoch(&doubt);
	s->control->snap_length = o->snap_length;
	s->control->page_kb = sysconf(_SC_PAGESIZE) / 1024;
	/* Neither the critical ring nor our own. */
	s->control->ring_mask = s->ring_count - 3;
	if (getrandom(&s->control->own_cookie, sizeof(uint64_t), 0) != sizeof(uint64_t) ||
	    getrandom(s->control->boring_key, sizeof(s->control->boring_key), 0) != sizeof(s->control->boring_key))
		return fail(error, "no random number", errno);
	s->culprits_fd = bpf_map__fd(find_map(s->object, "culprits"));
	boring = find_map(s->object, "boring");
	s->boring_fd = boring ? bpf_map__fd(boring) : -1;
	if (!reset_culprit(s, 0))
		return fail(error, "the kernel refuses the table of processes with drops", errno);
	memcpy(s->control->generic_code, o->generic_codes, sizeof(s->control->generic_code));
	for (size_t i = 0; i < o->filler_count; i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(s->object, o->fillers[i].program);
		uint32_t key = o->fillers[i].syscall;
		int fd, err;

		/* A call without a program becomes a generic event. */
		if (!program)
			continue;
		fd = bpf_program__fd(program);
		err = bpf_map_update_elem(bpf_map__fd(fillers), &key, &fd, BPF_ANY);
		if (err)
			return fail(error, "the kernel refuses the table of programs", err);
	}
	return true;
}

/* Before 5.11 the kernel counts maps as locked memory. Where the limit stays too low, loading says so. */
static void raise_memory_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
		limit.rlim_cur = limit.rlim_max = RLIM_INFINITY;
		setrlimit(RLIMIT_MEMLOCK, &limit);
	}
}

static bool load(struct sensor *s, const struct sensor_options *o, char *error)
{
	int err;

	s->object = bpf_object__open_mem(o->object, o->object_size, NULL);
	if (!s->object)
		return fail(error, "the sensor's programs can't be read", errno);
	if (!configure(s, o, error) || !make_rings(s, o, error))
		return false;
	err = bpf_object__load(s->object);
	if (err)
		return fail(error, "the kernel does not accept the sensor's programs", err);
	return hand_rings_over(s, error) && fill_tables(s, o, error);
}

bool sensor_open(struct sensor *s, const struct sensor_options *o, char error[SENSOR_ERROR_SIZE])
{
	bool ok;

	memset(s, 0, sizeof(*s));
	s->wake_fd = -1;
	for (uint32_t i = 0; i < SENSOR_RINGS; i++)
		s->rings[i].fd = -1;
	s->coalesce_ms = o->coalesce_ms;
	s->on_ready = o->on_ready;
	s->callback_data = o->data;
	error[0] = 0;
	set_up_log();
	hear_log(error);
	raise_memory_limit();
	ok = load(s, o, error);
	end_log();
	if (!ok)
		sensor_close(s);
	return ok;
}

void sensor_close(struct sensor *s)
{
	end_wait(s);
	for (size_t i = 0; i < SENSOR_TRACEPOINTS; i++) {
		if (s->tracepoints[i])
			bpf_link__destroy(s->tracepoints[i]);
		s->tracepoints[i] = NULL;
	}
	for (size_t i = 0; i < SENSOR_LINKS; i++) {
		if (s->links[i])
			bpf_link__destroy(s->links[i]);
		s->links[i] = NULL;
	}
	free_rings(s);
	free(s->listed);
	s->listed = NULL;
	if (s->control)
		munmap(s->control, sizeof(*s->control));
	s->control = NULL;
	if (s->object)
		bpf_object__close(s->object);
	s->object = NULL;
	if (s->wake_fd >= 0)
		close(s->wake_fd);
	s->wake_fd = -1;
}
