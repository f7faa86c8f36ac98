#define _GNU_SOURCE
#include "sensor.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Kinds of working memory that the programs have per CPU (enum scratch_kind). */
#define SCRATCH_KINDS 4

/* Told only on request; see enter.h. */
#define ENTER_PROGRAM "sys_enter_paths"

/* What libbpf said while this thread was loading: its functions return only error numbers. */
static __thread char *log_text;
static __thread size_t log_used;

/* Keeps the beginning of the log, where the cause is, and the end, where the verifier's verdict is. */
static void append_log(const char *text, size_t size)
{
	const size_t room = SENSOR_ERROR_SIZE - 1, half = room / 2;

	if (log_used < half) {
		size_t n = size < half - log_used ? size : half - log_used;

		memcpy(log_text + log_used, text, n);
		log_used += n;
		text += n;
		size -= n;
	}
	if (size > room - half) {
		text += size - (room - half);
		size = room - half;
	}
	if (log_used + size > room) {
		size_t drop = log_used + size - room;

		memmove(log_text + half, log_text + half + drop, log_used - half - drop);
		log_used -= drop;
	}
	memcpy(log_text + log_used, text, size);
	log_used += size;
	log_text[log_used] = 0;
}

static int keep_log(enum libbpf_print_level level, const char *format, va_list args)
{
	char *line = NULL;
	int size;

	if (level != LIBBPF_WARN || !log_text)
		return 0;
	/* The verifier's log comes in one piece, which can be long. */
	size = vasprintf(&line, format, args);
	if (size < 0)
		return 0;
	append_log(line, size);
	free(line);
	return 0;
}

static bool fail(char *error, const char *what, int number)
{
	char log[SENSOR_ERROR_SIZE];

	snprintf(log, sizeof(log), "%s", error);
	snprintf(error, SENSOR_ERROR_SIZE, "%s: %s%s%.*s", what, strerror(number < 0 ? -number : number),
		 log[0] ? "\n" : "", SENSOR_ERROR_SIZE - 256, log);
	return false;
}

static uint64_t boot_epoch(void)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (real.tv_sec - boot.tv_sec) * 1000000000ull + real.tv_nsec - boot.tv_nsec;
}

static struct bpf_map *find_map(struct bpf_object *object, const char *suffix)
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

static bool configure(struct sensor *s, const struct sensor_options *o, char *error)
{
	struct bpf_map *ring = find_map(s->object, "ring"), *scratch = find_map(s->object, "scratch_memory");
	int err;

	if (o->ring_bytes < (uint32_t)sysconf(_SC_PAGESIZE) || (o->ring_bytes & (o->ring_bytes - 1)) != 0)
		return fail(error, "the ring's size is no power of two of at least a page", EINVAL);
	if (!ring || !scratch || !find_map(s->object, ".data") || !find_map(s->object, "fillers"))
		return fail(error, "the sensor's programs don't fit this addon; build both again", EINVAL);
	s->unwanted = o->enter_events ? NULL : bpf_object__find_program_by_name(s->object, ENTER_PROGRAM);
	if (s->unwanted)
		bpf_program__set_autoload(s->unwanted, false);
	err = bpf_map__set_max_entries(ring, o->ring_bytes);
	if (!err)
		err = bpf_map__set_max_entries(scratch, libbpf_num_possible_cpus() * SCRATCH_KINDS);
	return err ? fail(error, "the sensor's programs can't be set up", err) : true;
}

static bool fill_tables(struct sensor *s, const struct sensor_options *o, char *error)
{
	struct bpf_map *fillers = find_map(s->object, "fillers");
	struct bpf_map *shared = find_map(s->object, ".data");
	void *control;

	if (bpf_map__value_size(shared) < sizeof(*s->control))
		return fail(error, "the sensor's programs don't fit this addon; build both again", EINVAL);
	control = mmap(NULL, sizeof(*s->control), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(shared), 0);
	if (control == MAP_FAILED)
		return fail(error, "the sensor's counters can't be mapped", errno);
	s->control = control;
	s->control->boot_epoch_ns = boot_epoch();
	s->control->snap_length = o->snap_length;
	s->control->common_limit = o->ring_bytes / 8 * 7;
	if (getrandom(&s->control->own_cookie, sizeof(uint64_t), 0) != sizeof(uint64_t))
		return fail(error, "no random number", errno);
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

static bool map_ring(struct sensor *s, uint32_t bytes, char *error)
{
	uint8_t *producer;
	void *consumer;

	s->page = sysconf(_SC_PAGESIZE);
	s->ring_bytes = bytes;
	s->ring_fd = bpf_map__fd(find_map(s->object, "ring"));
	consumer = mmap(NULL, s->page, PROT_READ | PROT_WRITE, MAP_SHARED, s->ring_fd, 0);
	if (consumer == MAP_FAILED)
		return fail(error, "the ring can't be mapped", errno);
	s->consumer = consumer;
	producer = mmap(NULL, s->page + 2 * (size_t)bytes, PROT_READ, MAP_SHARED, s->ring_fd, s->page);
	if (producer == MAP_FAILED)
		return fail(error, "the ring can't be mapped", errno);
	s->producer = (const uint64_t *)producer;
	s->data = producer + s->page;
	return true;
}

static bool load(struct sensor *s, const struct sensor_options *o, char *error)
{
	int err;

	s->object = bpf_object__open_mem(o->object, o->object_size, NULL);
	if (!s->object)
		return fail(error, "the sensor's programs can't be read", errno);
	if (!configure(s, o, error))
		return false;
	err = bpf_object__load(s->object);
	if (err)
		return fail(error, "the kernel does not accept the sensor's programs", err);
	return fill_tables(s, o, error) && map_ring(s, o->ring_bytes, error);
}

bool sensor_open(struct sensor *s, const struct sensor_options *o, char error[SENSOR_ERROR_SIZE])
{
	bool ok;

	memset(s, 0, sizeof(*s));
	s->wake_fd = -1;
	s->ring_fd = -1;
	s->coalesce_ms = o->coalesce_ms;
	s->on_ready = o->on_ready;
	s->callback_data = o->data;
	error[0] = 0;
	log_text = error;
	log_used = 0;
	libbpf_set_print(keep_log);
	/* Versions before 1.0 report errors in ways of their own, unless told otherwise. */
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	raise_memory_limit();
	ok = load(s, o, error);
	log_text = NULL;
	if (!ok)
		sensor_close(s);
	return ok;
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

bool sensor_attach(struct sensor *s, char error[SENSOR_ERROR_SIZE])
{
	static const char *const heads[] = { "sys_exit_all", "process_exec", "process_exit", "process_fork", ENTER_PROGRAM };
	size_t links = 0;

	error[0] = 0;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(s->object, heads[i]);
		struct bpf_link *link;

		/* process_fork is only there on machines where the child's end of clone is not seen otherwise. */
		if (!program || program == s->unwanted)
			continue;
		log_text = error;
		log_used = 0;
		link = bpf_program__attach(program);
		log_text = NULL;
		if (!link)
			return fail(error, "the kernel refuses to attach the sensor", errno);
		s->links[links++] = link;
		/* The first head is the one that learns it. */
		if (i == 0 && !learn_own_id(s))
			return fail(error, "the sensor sees no system calls", ENODATA);
	}
	return true;
}

/* Waits on the ring or the wake-up. @returns whether to go on. */
static bool wait_for(struct sensor *s, bool ring, int timeout)
{
	struct pollfd fds[2] = { { .fd = s->wake_fd, .events = POLLIN }, { .fd = s->ring_fd, .events = POLLIN } };

	/* The wake-up for the end may have been read already, together with one before. */
	if (__atomic_load_n(&s->closing, __ATOMIC_ACQUIRE))
		return false;
	if (poll(fds, ring ? 2 : 1, timeout) < 0 && errno != EINTR)
		return false;
	return !__atomic_load_n(&s->closing, __ATOMIC_ACQUIRE);
}

static bool ring_has_data(struct sensor *s)
{
	return __atomic_load_n(s->producer, __ATOMIC_ACQUIRE) != __atomic_load_n(s->consumer, __ATOMIC_ACQUIRE);
}

static void *wait_loop(void *data)
{
	struct sensor *s = data;
	uint64_t count;

	for (;;) {
		/* Not armed: only the wake-up counts. */
		if (!wait_for(s, false, -1))
			return NULL;
		if (read(s->wake_fd, &count, sizeof(count)) < 0)
			continue;
		/* The time limit is a guard only: the kernel wakes us for the first event after we had caught up. */
		while (!ring_has_data(s)) {
			if (!wait_for(s, true, 1000))
				return NULL;
			/* A second wake-up asks for nothing more, but must not make the wait return at once for ever. */
			if (read(s->wake_fd, &count, sizeof(count)) < 0)
				continue;
		}
		if (s->coalesce_ms > 0 && !wait_for(s, false, s->coalesce_ms))
			return NULL;
		if (!s->on_ready(s->callback_data))
			return NULL;
	}
}

bool sensor_start(struct sensor *s, char error[SENSOR_ERROR_SIZE])
{
	int err;

	error[0] = 0;
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake_fd < 0)
		return fail(error, "no event descriptor", errno);
	err = pthread_create(&s->thread, NULL, wait_loop, s);
	if (err)
		return fail(error, "no thread", err);
	s->thread_runs = true;
	return true;
}

static void wake(struct sensor *s)
{
	uint64_t one = 1;

	if (s->wake_fd >= 0 && write(s->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void sensor_arm(struct sensor *s)
{
	wake(s);
}

uint32_t sensor_claim(struct sensor *s, uint32_t limit)
{
	uint64_t start = *s->consumer, at = start;
	uint64_t end = __atomic_load_n(s->producer, __ATOMIC_ACQUIRE);

	while (at < end && at - start < limit) {
		const uint32_t *header = (const uint32_t *)(s->data + (at & (s->ring_bytes - 1)));
		uint32_t length = __atomic_load_n(header, __ATOMIC_ACQUIRE);

		/* Still being written. */
		if (length & BPF_RINGBUF_BUSY_BIT)
			break;
		length &= ~BPF_RINGBUF_DISCARD_BIT;
		at += (length + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
	}
	return at - start;
}

void sensor_release(struct sensor *s, uint32_t bytes)
{
	__atomic_store_n(s->consumer, *s->consumer + bytes, __ATOMIC_RELEASE);
}

void sensor_close(struct sensor *s)
{
	if (s->thread_runs) {
		__atomic_store_n(&s->closing, true, __ATOMIC_RELEASE);
		wake(s);
		pthread_join(s->thread, NULL);
		s->thread_runs = false;
	}
	for (size_t i = 0; i < SENSOR_LINKS; i++) {
		if (s->links[i])
			bpf_link__destroy(s->links[i]);
		s->links[i] = NULL;
	}
	if (s->producer)
		munmap((void *)s->producer, s->page + 2 * (size_t)s->ring_bytes);
	if (s->consumer)
		munmap(s->consumer, s->page);
	s->producer = NULL;
	s->consumer = NULL;
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
