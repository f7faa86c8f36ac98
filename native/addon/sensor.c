#define _GNU_SOURCE
#include "sensor.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
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

static void leave_out_absent(struct bpf_object *object)
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

static bool is_size(uint32_t bytes)
{
	return bytes >= (uint32_t)sysconf(_SC_PAGESIZE) && (bytes & (bytes - 1)) == 0;
}

static bool configure(struct sensor *s, const struct sensor_options *o, char *error)
{
	struct bpf_map *scratch = find_map(s->object, "scratch_memory");
	int err;

	if (!is_size(o->ring_bytes) || !is_size(o->critical_bytes))
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

/* Process 0 stands for those that found the table full: it stays there. */
static bool reset_culprit(struct sensor *s, uint32_t pid)
{
	struct saker_culprit none = { 0 };

	return pid == 0 ? bpf_map_update_elem(s->culprits_fd, &pid, &none, BPF_ANY) == 0 :
			  bpf_map_delete_elem(s->culprits_fd, &pid) == 0;
}

static bool fill_tables(struct sensor *s, const struct sensor_options *o, char *error)
{
	struct bpf_map *fillers = find_map(s->object, "fillers");
	struct bpf_map *shared = find_map(s->object, ".data"), *boring;
	void *control;

	if (bpf_map__value_size(shared) < sizeof(*s->control))
		return fail(error, "the sensor's programs don't fit this addon; build both again", EINVAL);
	control = mmap(NULL, sizeof(*s->control), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(shared), 0);
	if (control == MAP_FAILED)
		return fail(error, "the sensor's counters can't be mapped", errno);
	s->control = control;
	s->control->boot_epoch_ns = boot_epoch();
	s->control->snap_length = o->snap_length;
	/* Neither the critical ring nor our own. */
	s->control->ring_mask = s->ring_count - 3;
	if (getrandom(&s->control->own_cookie, sizeof(uint64_t), 0) != sizeof(uint64_t))
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

/* Its memory is only there while it is in use. */
static bool make_overflow(struct sensor *s, size_t at, char *error)
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

static bool make_rings(struct sensor *s, const struct sensor_options *o, char *error)
{
	uint32_t common = common_rings(o->ring_bytes);
	int table = bpf_map__fd(find_map(s->object, "rings"));

	s->page = sysconf(_SC_PAGESIZE);
	s->ring_count = 1 + common;
	s->data_bytes = 2 * ((size_t)o->critical_bytes + o->ring_bytes + SENSOR_OVERFLOW_BYTES);
	s->data = mmap(NULL, s->data_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->data == MAP_FAILED) {
		s->data = NULL;
		return fail(error, "no room for the rings", errno);
	}
	for (uint32_t i = 0, at = 0; i < s->ring_count; i++) {
		struct sensor_ring *ring = &s->rings[i];

		ring->bytes = i == 0 ? o->critical_bytes : o->ring_bytes / common;
		ring->data_at = at;
		at += 2 * ring->bytes;
		ring->fd = create_ring(ring->bytes);
		if (ring->fd < 0)
			return fail(error, "the kernel gives no ring", errno);
		if (bpf_map_update_elem(table, &i, &ring->fd, BPF_ANY))
			return fail(error, "the kernel refuses the table of rings", errno);
		if (!map_ring(s, ring, error))
			return false;
	}
	return make_overflow(s, s->data_bytes - 2 * (size_t)SENSOR_OVERFLOW_BYTES, error);
}

static void free_rings(struct sensor *s)
{
	for (uint32_t i = 0; i < SENSOR_RINGS; i++) {
		struct sensor_ring *ring = &s->rings[i];
		bool is_own = ring->consumer == &s->overflow_consumed;

		if (ring->consumer && !is_own)
			munmap(ring->consumer, s->page);
		if (ring->producer && !is_own)
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
	return make_rings(s, o, error) && fill_tables(s, o, error);
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

static bool attach_tracepoint(struct sensor *s, size_t i, char *error)
{
	struct bpf_program *program = bpf_object__find_program_by_name(s->object, tracepoints[i].program);

	/* There is no such thing on this machine. */
	if (!program || bpf_program__fd(program) < 0)
		return true;
	log_text = error;
	log_used = 0;
	s->tracepoints[i] = bpf_program__attach(program);
	log_text = NULL;
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

bool sensor_attach(struct sensor *s, char error[SENSOR_ERROR_SIZE])
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
		log_text = error;
		log_used = 0;
		link = bpf_program__attach(program);
		log_text = NULL;
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
	s->attached = true;
	return sensor_set_tracepoints(s, s->wanted_tracepoints, error);
}

/* Waits on the rings or the wake-up. @returns whether to go on. */
static bool wait_for(struct sensor *s, bool rings, int timeout)
{
	struct pollfd fds[1 + SAKER_RINGS] = { { .fd = s->wake_fd, .events = POLLIN } };
	uint32_t count = s->ring_count - 1;

	for (uint32_t i = 0; i < count; i++)
		fds[1 + i] = (struct pollfd){ .fd = s->rings[i].fd, .events = POLLIN };
	/* The wake-up for the end may have been read already, together with one before. */
	if (__atomic_load_n(&s->closing, __ATOMIC_ACQUIRE))
		return false;
	if (poll(fds, rings ? 1 + count : 1, timeout) < 0 && errno != EINTR)
		return false;
	return !__atomic_load_n(&s->closing, __ATOMIC_ACQUIRE);
}

static uint64_t ring_waiting(const struct sensor_ring *ring)
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
		while (sensor_waiting(s) == 0) {
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

/* The next record of a ring, as far as it was claimed; time UINT64_MAX: there is none, or it is still being written. */
struct head {
	uint64_t time;
	uint32_t size;
};

static struct head read_head(const struct sensor *s, const struct sensor_ring *ring, uint64_t end)
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

/* What waits in the ring for critical events waits in our own instead, once a quarter of it is full. */
static void make_room(struct sensor *s)
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

/* Gives the memory of our own ring back when nothing is in it. */
static void empty_overflow(struct sensor *s)
{
	struct sensor_ring *own = &s->rings[s->ring_count - 1];

	if (own->claimed == 0 || s->overflow_consumed != s->overflow_produced)
		return;
	fallocate(own->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, own->bytes);
	own->claimed = 0;
	s->overflow_consumed = 0;
	s->overflow_produced = 0;
}

/*
 * Only what is older than the moment at which this begins is claimed. An event that another one has led to is younger
 * than the end of that one's writing: so when it is old enough, the other one is finished, and found here.
 */
uint32_t sensor_claim(struct sensor *s, uint32_t limit, struct sensor_run *runs, uint32_t most)
{
	struct head heads[SENSOR_RINGS];
	uint64_t ends[SENSOR_RINGS];
	struct timespec boot;
	uint32_t count = 0, claimed = 0;
	uint64_t now;

	make_room(s);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	now = s->control->boot_epoch_ns + boot.tv_sec * 1000000000ull + boot.tv_nsec;
	for (uint32_t i = 0; i < s->ring_count; i++) {
		ends[i] = __atomic_load_n(s->rings[i].producer, __ATOMIC_ACQUIRE);
		heads[i] = read_head(s, &s->rings[i], ends[i]);
	}
	while (count < most && claimed < limit) {
		uint64_t others;
		uint32_t best = oldest(heads, s->ring_count, &others), bytes = 0;
		struct sensor_ring *ring = &s->rings[best];
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
	for (uint32_t i = 0; i < s->ring_count; i++) {
		struct sensor_ring *ring = &s->rings[i];

		if (*ring->consumer != ring->claimed)
			__atomic_store_n(ring->consumer, ring->claimed, __ATOMIC_RELEASE);
	}
	empty_overflow(s);
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

void sensor_close(struct sensor *s)
{
	if (s->thread_runs) {
		__atomic_store_n(&s->closing, true, __ATOMIC_RELEASE);
		wake(s);
		pthread_join(s->thread, NULL);
		s->thread_runs = false;
	}
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
