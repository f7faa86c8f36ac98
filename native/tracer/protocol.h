/*
 * What tracer and Saker say to each other, on two pipes. Everything is framed as a block of a capture file is: u32 type,
 * u32 length of the whole, content. Events are such blocks themselves (SAKER_BLOCK_EVENT), so that they pass as they are.
 * src/sources/ptrace/protocol.ts names the same things.
 */
#pragma once

#include <stdint.h>

/* The tracer writes events and its messages here, and reads what Saker says there. */
#define EVENTS_FD 3
#define CONTROL_FD 4

struct frame {
	uint32_t type, length;
};

/* From the tracer */
enum {
	/* The process tree stands still: u32 ids of its processes. It goes on when Saker says so. */
	TRACER_READY = 1,
	/* All is over: u32 status of the command as wait(2) has it; none after attaching. */
	TRACER_ENDED = 2,
	/* It could not begin: u32 step (enum step), u32 errno. */
	TRACER_FAILED = 3,
};

enum step { STEP_FIND, STEP_EXECUTE, STEP_LAUNCH, STEP_TRACE };

/* From Saker */
enum {
	/* struct settings and, behind it, a line `number name` for each call that has a function (set_filler). */
	SAKER_SETTINGS = 1,
	/* Let the tree go on. */
	SAKER_GO = 2,
	/* struct interest: it has changed. */
	SAKER_INTEREST = 3,
	/* u32 signal for the command, or for all that is left of it. */
	SAKER_SIGNAL = 4,
	/* Let go of all that was attached to. */
	SAKER_END = 5,
};

struct interest {
	/* 1: events of this call (number of 64-bit programs) are wanted. */
	uint8_t calls[512];
	/* 1: ends of processes are wanted. */
	uint8_t exits;
	/* 1: signals that are delivered are wanted. */
	uint8_t signals;
	uint8_t unused[2];
};

struct settings {
	uint32_t snap_length;
	/* Milliseconds that events gather before they are written. */
	uint32_t coalesce_ms;
	/* 1: also tell the start of calls that open or connect. */
	uint32_t enter_events;
	/* 1: have the kernel stop launched programs only at wanted calls. */
	uint32_t use_filter;
	struct interest interest;
	/* Code of each call in generic events. */
	uint16_t generic_codes[512];
};
