/* From loaded to attached: which programs there are on this machine, what is there before the first event. */
#define _GNU_SOURCE
#include "parts.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Programs that are attached on demand, and their tracepoints, which not all machines have. */
static const struct {
	const char *program, *tracepoint;
} tracepoints[SENSOR_TRACEPOINTS] = {
	{ "signal_delivered", "signal_deliver" },
	{ "thread_switched", "sched_switch" },
	{ "user_faulted", "page_fault_user" },
	{ "kernel_faulted", "page_fault_kernel" },
};

static const struct {
	const char *program, *iterator;
} listings[] = { { "list_threads", "task" }, { "list_descriptors", "task_file" } };

void leave_out_absent(struct bpf_object *object)
{
	for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]); i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(object, listings[i].program);

		if (program && libbpf_find_vmlinux_btf_id(listings[i].iterator, BPF_TRACE_ITER) <= 0)
			bpf_program__set_autoload(program, false);
	}
	for (size_t i = 0; i < SENSOR_TRACEPOINTS; i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(object, tracepoints[i].program);

		if (program && libbpf_find_vmlinux_btf_id(tracepoints[i].tracepoint, BPF_TRACE_RAW_TP) <= 0)
			bpf_program__set_autoload(program, false);
	}
}

/* The programs see a getpid call with the cookie and remember who made it: in a container, getpid() is no help. */
static bool learn_own_id(struct sensor *s)
{
	unsigned char wanted = s->control->interest[SYS_getpid];

	s->control->interest[SYS_getpid] = 1;
	syscall(SYS_getpid, s->control->own_cookie);
	s->control->interest[SYS_getpid] = wanted;
	return __atomic_load_n(&s->control->own_tgid, __ATOMIC_ACQUIRE) != 0;
}

static bool attach_tracepoint(struct sensor *s, size_t i, char *error)
{
	struct bpf_program *program = bpf_object__find_program_by_name(s->object, tracepoints[i].program);

	/* There is no such thing on this machine. */
	if (!program || bpf_program__fd(program) < 0)
		return true;
	hear_log(error);
	s->tracepoints[i] = bpf_program__attach(program);
	end_log();
	return s->tracepoints[i] ? true : fail(error, "the kernel refuses to attach a tracepoint", errno);
}

bool sensor_set_tracepoints(struct sensor *s, uint32_t wanted, char error[SENSOR_ERROR_SIZE])
{
	error[0] = 0;
	s->wanted_tracepoints = wanted;
	for (size_t i = 0; s->attached && i < SENSOR_TRACEPOINTS; i++) {
		bool is_wanted = wanted >> i & 1;

		if (is_wanted && !s->tracepoints[i] && !attach_tracepoint(s, i, error))
			return false;
		if (!is_wanted && s->tracepoints[i]) {
			bpf_link__destroy(s->tracepoints[i]);
			s->tracepoints[i] = NULL;
		}
	}
	return true;
}

/* Appends what a program lists. @returns a negative error number. */
static int run_listing(struct bpf_program *program, void **bytes, size_t *size)
{
	struct bpf_link *link = bpf_program__attach_iter(program, NULL);
	int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -errno, err = fd < 0 ? fd : 0;
	size_t room = *size;

	while (err == 0) {
		ssize_t n;

		if (room - *size < 65536) {
			void *more = realloc(*bytes, room = 2 * room + 131072);

			if (!more) {
				err = -ENOMEM;
				break;
			}
			*bytes = more;
		}
		n = read(fd, (char *)*bytes + *size, room - *size);
		if (n == 0)
			break;
		if (n > 0)
			*size += n;
		else if (errno != EAGAIN && errno != EINTR)
			err = -errno;
	}
	if (fd >= 0)
		close(fd);
	if (link)
		bpf_link__destroy(link);
	return err;
}

bool sensor_list(struct sensor *s, void **bytes, size_t *size, char error[SENSOR_ERROR_SIZE])
{
	error[0] = 0;
	/* What was there before comes first. */
	*bytes = s->listed;
	*size = s->listed_size;
	s->listed = NULL;
	s->listed_size = 0;
	for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]); i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(s->object, listings[i].program);
		int err = program && bpf_program__fd(program) >= 0 ? run_listing(program, bytes, size) : 0;

		if (err) {
			free(*bytes);
			*bytes = NULL;
			return fail(error, "the kernel does not list what is there", err);
		}
	}
	return true;
}

static void fall_silent(struct sensor *s)
{
	memset(s->control->interest, SAKER_NOT_WANTED, sizeof(s->control->interest));
	s->control->exits = 0;
}

bool sensor_attach(struct sensor *s, struct sensor *before, char error[SENSOR_ERROR_SIZE])
{
	static const char *const heads[] = { "process_exit", "process_exec",	 "process_fork",
					      "notes_before_fork", ENTER_PROGRAM, "sys_exit_all" };
	size_t links = 0, size;
	void *listed;

	error[0] = 0;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(s->object, heads[i]);
		struct bpf_link *link;

		/* process_fork is only there on machines where the child's end of clone is not seen otherwise. */
		if (!program || program == s->unwanted)
			continue;
		hear_log(error);
		link = bpf_program__attach(program);
		end_log();
		if (!link)
			return fail(error, "the kernel refuses to attach the sensor", errno);
		s->links[links++] = link;
	}
	/*
	 * No call is told before the sensor is known. Threads are listed before that and again behind it (sensor_list), so that
	 * one which ends in between is known all the same.
	 */
	if (!sensor_list(s, &listed, &size, error))
		return false;
	s->listed = listed;
	s->listed_size = size;
	if (!learn_own_id(s))
		return fail(error, "the sensor sees no system calls", ENODATA);
	if (before)
		fall_silent(before);
	s->attached = true;
	if (before && !sensor_set_tracepoints(before, 0, error))
		return false;
	return sensor_set_tracepoints(s, s->wanted_tracepoints, error);
}
