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

/* attach.c: programs for what this kernel does not have are not loaded. */
void leave_out_absent(struct bpf_object *object);

/* rings.c */
bool make_rings(struct sensor *s, const struct sensor_options *o, char *error);
void free_rings(struct sensor *s);
/* Bytes that wait in a ring. */
uint64_t ring_waiting(const struct sensor_ring *ring);

/* merge.c: the next record of a ring, as far as it was claimed; time UINT64_MAX: there is none, or it is still being written. */
struct head {
	uint64_t time;
	uint32_t size;
};

struct head read_head(const struct sensor *s, const struct sensor_ring *ring, uint64_t end);

/* overflow.c: its memory is only there while it is in use. */
bool make_overflow(struct sensor *s, size_t at, char *error);
/* What waits in the ring for critical events waits in our own instead, once a quarter of it is full. */
void make_room(struct sensor *s);
/* Gives the memory of our own ring back when nothing is in it. */
void empty_overflow(struct sensor *s);

/* wait.c: has the waiting thread look at what is asked of it. */
void wake(struct sensor *s);

/* counts.c: forgets the losses of a process. Process 0 stands for those that found the table full: it stays there. */
bool reset_culprit(struct sensor *s, uint32_t pid);
