/* What the parts of the sensor have of each other. */
#pragma once

#include "sensor.h"

/* Told only on request; see bpf/enter.h. */
#define ENTER_PROGRAM "sys_enter_paths"

/* errors.c: what libbpf says while this thread is loading goes into `error`, since its functions return only numbers. */
void set_up_log(void);
void hear_log(char *error);
void end_log(void);
/* Puts what was wanted, and the error number, before what libbpf said. @returns false. */
bool fail(char *error, const char *what, int number);

/* load.c */
struct bpf_map *find_map(struct bpf_object *object, const char *suffix);

/* clock.c: ns from the epoch to boot, which may be wrong by `doubt`; the time that an event of now has. */
uint64_t boot_epoch(uint64_t *doubt);
uint64_t event_time_now(const struct sensor *s);

/* attach.c: programs for what this kernel does not have are not loaded. */
void leave_out_absent(struct bpf_object *object);

/* rings.c: before the programs are loaded, and behind it. */
bool make_rings(struct sensor *s, const struct sensor_options *o, char *error);
bool hand_rings_over(struct sensor *s, char *error);
void free_rings(struct sensor *s);
/* Bytes that wait in a ring. */
uint64_t ring_waiting(const struct sensor_ring *ring);

/* merge.c: the next record of a ring, as far as it was claimed; time UINT64_MAX: there is none, or it is still being written. */
struct head {
	uint64_t time;
	uint32_t size;
};

struct head read_head(const struct sensor *s, const struct sensor_ring *ring, uint64_t end);

/* overflow.c: memory of our own for critical events, as the last ring; it is only there while it is in use. */
bool make_overflow(struct sensor *s, size_t at, char *error);
void free_overflow(struct sensor *s);
/*
 * Has what waits in the ring for critical events wait in our own instead, as far as that has room. @returns bytes moved.
 * `left`: time of the first complete one that stays; UINT64_MAX: none does.
 */
uint64_t make_room(struct sensor *s, uint64_t *left);
/* Gives the memory of our own ring back when nothing is in it. */
void empty_overflow(struct sensor *s);

/* priority.c: when who reads events comes before all others. Times are in us. */
struct turns {
	pid_t reader;
	/* The kernel lets us. */
	bool allowed;
	/* It does so now. */
	bool first;
	/* For how long it still may, as of this time. */
	uint64_t left, at;
	/* When to look again; 0: not before something changes. */
	uint64_t next;
};

/* Has the calling thread come first, where this is wanted and allowed. */
void come_first(struct turns *t, pid_t reader, uint64_t now);
/* `wanted`: the reader has something to do. */
void lend_turn(struct turns *t, bool wanted, uint64_t now);

/* wait.c: ends the waiting thread, if there is one. */
void end_wait(struct sensor *s);

/* counts.c: forgets the losses of a process. Process 0 stands for those that found the table full: it stays there. */
bool reset_culprit(struct sensor *s, uint32_t pid);
