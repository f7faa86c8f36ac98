/* One loaded sensor: programs, their maps, the ring and the thread that waits for it. No Node in here. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../include/saker_abi.h"

#define SENSOR_ERROR_SIZE 8192
#define SENSOR_SYSCALLS 512

struct bpf_object;
struct bpf_link;
struct bpf_program;

/* A system call number and the program that makes its events. */
struct sensor_filler {
	uint32_t syscall;
	char program[40];
};

struct sensor_options {
	const void *object;
	size_t object_size;
	/* Of all rings for common events together; a power of two of at least a page. */
	uint32_t ring_bytes;
	uint32_t snap_length;
	/* Also tell the start of calls that open or connect. */
	bool enter_events;
	const struct sensor_filler *fillers;
	size_t filler_count;
	/* Code of each system call in generic events: SENSOR_SYSCALLS of them. */
	const uint16_t *generic_codes;
	/* How long to wait after the first event before the events are fetched. */
	int coalesce_ms;
	/* Called on the waiting thread. @returns false: no one listens any more. */
	bool (*on_ready)(void *data);
	void *data;
};

#define SENSOR_LINKS 8
/* Tracepoints that are attached on demand; their places are the bits of a set of them. */
#define SENSOR_TRACEPOINTS 4

/* Those of the kernel, and memory of our own in which critical events wait (overflow.c): the last one. */
#define SENSOR_RINGS (SAKER_RINGS + 1)
#define SENSOR_OVERFLOW_BYTES (32u << 20)

/* One ring between the kernel and us. */
struct sensor_ring {
	int fd;
	uint32_t bytes;
	/* Written by the consumer, read by the kernel. */
	uint64_t *consumer;
	/* Written by the kernel. */
	const uint64_t *producer;
	/* Where its data begin in those of all rings. */
	size_t data_at;
	/* Up to where records were claimed. */
	uint64_t claimed;
};

/* Records that lie one behind the other, in the data of all rings. */
struct sensor_run {
	uint32_t at, bytes;
};

/* A process whose events were dropped. */
struct sensor_culprit {
	uint32_t pid;
	struct saker_culprit is;
};

struct sensor {
	struct bpf_object *object;
	struct bpf_link *links[SENSOR_LINKS];
	struct bpf_link *tracepoints[SENSOR_TRACEPOINTS];
	/* Tracepoints that shall be attached, as bits; done when the rest is. */
	uint32_t wanted_tracepoints;
	bool attached;
	/* What was there before the first event: struct saker_listed. */
	void *listed;
	size_t listed_size;
	struct saker_control *control;
	/* When the machine's clock was set (boot clock), and the epoch until then; 0: it was not. */
	uint64_t clock_set, epoch_before;
	/* A program that was left out; NULL: none. */
	struct bpf_program *unwanted;

	struct sensor_ring rings[SENSOR_RINGS];
	uint32_t ring_count;
	/* Positions in the ring of our own. Whoever writes there, or takes from the ring for critical events, holds the lock. */
	uint64_t overflow_consumed, overflow_produced;
	pthread_mutex_t room_lock;
	size_t page;
	/* The data of all rings, one behind the other, each twice in a row, so that a record never wraps. */
	uint8_t *data;
	size_t data_bytes;
	int culprits_fd;
	/* Opens to leave out, as the kernel has them; -1: programs for old kernels have no filter. */
	int boring_fd;
	struct saker_boring_set boring[SAKER_BORING_SETS];

	/* Who reads events, and the thread that waits for them. */
	pid_t reader;
	pthread_t thread;
	bool thread_runs;
	/* Written when the thread shall end. */
	int wake_fd;
	bool closing;
	/* Someone wants to hear of events: those that it was told of are done. */
	bool armed;
	int coalesce_ms;
	bool (*on_ready)(void *data);
	void *callback_data;
};

struct sensor_program {
	const char *name;
	uint64_t runs;
	uint64_t nanoseconds;
};

/* Loads and maps everything; nothing is attached yet. @returns false with a message in `error`. */
bool sensor_open(struct sensor *s, const struct sensor_options *options, char error[SENSOR_ERROR_SIZE]);
/* From now on events arrive, and none at `before` (NULL: no other sensor). @returns false with a message in `error`. */
bool sensor_attach(struct sensor *s, struct sensor *before, char error[SENSOR_ERROR_SIZE]);
/*
 * Which tracepoints tell of what happens apart from system calls, as bits: signals, changes of the running thread, page
 * faults of user space and of the kernel. @returns false with a message in `error`.
 */
bool sensor_set_tracepoints(struct sensor *s, uint32_t wanted, char error[SENSOR_ERROR_SIZE]);
/*
 * Lists what is there now as struct saker_listed, in memory that the caller frees. @returns false with a message in `error`.
 */
bool sensor_list(struct sensor *s, void **bytes, size_t *size, char error[SENSOR_ERROR_SIZE]);
/*
 * Starts to wait for events; on_ready is called after sensor_arm(), once for each. Meanwhile critical events are taken out of
 * their ring, however long nobody claims any.
 */
bool sensor_start(struct sensor *s, char error[SENSOR_ERROR_SIZE]);
void sensor_arm(struct sensor *s);
/*
 * Claims complete records of about `limit` bytes, in the order of their times across all rings; says where they lie, in at
 * most `most` runs. @returns the number of runs.
 */
uint32_t sensor_claim(struct sensor *s, uint32_t limit, struct sensor_run *runs, uint32_t most);
/* Gives what was claimed back to the kernel. */
void sensor_release(struct sensor *s);
/* Bytes that wait in the rings, claimed ones and unfinished ones included. */
uint64_t sensor_waiting(const struct sensor *s);
/* Fetches the processes whose events were dropped since the last time, at most `most`. @returns how many. */
uint32_t sensor_culprits(struct sensor *s, struct sensor_culprit *out, uint32_t most);
/*
 * What the kernel has measured of its programs (kernel.bpf_stats_enabled): name, runs and nanoseconds of the next one
 * behind `*place`, which begins as NULL. @returns false when there is none.
 */
bool sensor_next_program(struct sensor *s, struct bpf_program **place, struct sensor_program *out);
/* Has opens left out that are none of anybody's business, as sensor_leave_out() names them. @returns whether that works. */
bool sensor_filter(struct sensor *s, bool on);
/* @returns whether there was room for all of them. */
bool sensor_leave_out(struct sensor *s, const struct saker_boring *opens, size_t count);
/* Forgets all opens that were named. */
void sensor_leave_nothing_out(struct sensor *s);
/* Events left out so far. */
uint64_t sensor_left_out(const struct sensor *s);

/*
 * Has events from now on told by the machine's clock as it is now, if that was set by `least` ns or more.
 * @returns by how much; 0: it was not.
 */
int64_t sensor_follow_clock(struct sensor *s, int64_t least);
/* Ends the thread and frees all. May be called twice. */
void sensor_close(struct sensor *s);
