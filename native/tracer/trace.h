/* The threads that are traced, from when they are known to their end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.h"

/* What another thread of the tracer asks of the one that traces; it is woken by a signal. */
struct requests {
	bool go, interest, end;
	uint32_t signal;
	struct interest wanted;
};

struct trace_options {
	/* Launched: what was launched ends with the tracer, and the end of `command` is told. 0: attached. */
	pid_t command;
	bool enter_events;
	/* Tell of signals that are delivered. */
	bool signals;
	/* The kernel stops threads only at wanted calls. */
	bool is_filtered;
};

/* @returns 0 or an errno. */
int trace_launched(pid_t pid, const struct trace_options *options);
/* Takes hold of a process and all that descends from it, and waits until they stand still. @returns 0 or an errno. */
int trace_attach(pid_t pid, const struct trace_options *options);
/* The processes that are traced. @returns how many; frees nothing. */
size_t trace_processes(uint32_t **pids);
/* Whether the tracer was told by the terminal what a signal for the command tells: then the command was, too. */
void trace_note_terminal_signal(void);
/* Lets everything go on and returns when nothing is left to trace. `next` takes what was asked meanwhile. */
void trace_run(bool (*next)(struct requests *out));
/* Status of the command as wait(2) has it. */
int trace_command_status(void);
/* Whether the command was ever executed. */
bool trace_was_executed(void);
