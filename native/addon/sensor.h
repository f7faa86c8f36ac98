/* One loaded sensor: programs, their maps, the ring and the thread that waits for it. No Node in here. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
	/* A power of two, at least a page. */
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

struct sensor {
	struct bpf_object *object;
	struct bpf_link *links[SENSOR_LINKS];
	struct saker_control *control;
	/* A program that was left out; NULL: none. */
	struct bpf_program *unwanted;

	int ring_fd;
	uint32_t ring_bytes;
	size_t page;
	/* Written by the consumer, read by the kernel. */
	uint64_t *consumer;
	/* Written by the kernel. The data follow twice, so that a record never wraps. */
	const uint64_t *producer;
	const uint8_t *data;

	pthread_t thread;
	bool thread_runs;
	/* Written when the thread shall wait for events again, or end. */
	int wake_fd;
	bool closing;
	int coalesce_ms;
	bool (*on_ready)(void *data);
	void *callback_data;
};

/* Loads and maps everything; nothing is attached yet. @returns false with a message in `error`. */
bool sensor_open(struct sensor *s, const struct sensor_options *options, char error[SENSOR_ERROR_SIZE]);
/* From now on events arrive. @returns false with a message in `error`. */
bool sensor_attach(struct sensor *s, char error[SENSOR_ERROR_SIZE]);
/* Starts to wait for events; on_ready is called once, then sensor_arm() asks for the next call. */
bool sensor_start(struct sensor *s, char error[SENSOR_ERROR_SIZE]);
void sensor_arm(struct sensor *s);
/* Bytes of complete records from the consumer's position on, at most about `limit`. */
uint32_t sensor_claim(struct sensor *s, uint32_t limit);
/* Gives the first `bytes` back to the kernel. */
void sensor_release(struct sensor *s, uint32_t bytes);
/* Ends the thread and frees all. May be called twice. */
void sensor_close(struct sensor *s);
