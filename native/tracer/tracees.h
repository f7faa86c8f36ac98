/* The threads that are traced: the table of them, and how they are let go on. */
#pragma once

#include "calls.h"
#include "trace.h"

struct tracee {
	struct tracee *next;
	int tid, pid;
	/* It was made by a clone whose event or whose first stop is still to come. */
	bool is_new;
	/* Of a new one: the clone is known; it has stopped; it has ended already. */
	bool is_known, has_stopped, is_gone;
	/* Calls before the first exec are the tracer's own. */
	bool is_quiet;
	/* Stands still until Saker says go. */
	bool is_held;
	/* Between start and end of `call`. */
	bool in_call;
	/* The start of the call under way was seen, whether it is wanted or not. */
	bool has_entered;
	/* The call will make a file. */
	bool creates;
	/* Its end was told, or will be when it is gone: who adopts its child is known only then. */
	bool is_ended;
	int child;
	uint32_t status;
	int stop_signal;
	struct call call;
	uint64_t origin_flags;
	/* File of the exec that is under way. */
	char *filename;
};

/* All that is known of the tracing as a whole. */
struct tracing {
	struct trace_options options;
	/* Threads in the table, and of these those that stand still until Saker says go. */
	size_t count, to_hold;
	/* Threads stop at every call, and not by a filter only at those that are wanted. */
	bool at_every_call;
	bool is_holding, is_detaching, was_executed, is_command_gone;
	int command_status;
	/* For the command, from before it was executed: until then it has the tracer's way with signals. */
	int early_signal;
};
extern struct tracing tracing;

struct tracee *find_tracee(int tid);
struct tracee *add_tracee(int tid, int pid);
void drop_tracee(struct tracee *t);
/* The one behind `t`, in no order; NULL stands for the beginning and the end. */
struct tracee *next_tracee(const struct tracee *t);
/* Calls back for every one; that one may be dropped meanwhile. */
void for_each_tracee(void (*call)(struct tracee *));
/* From now on, facts are about this thread. */
void select_tracee(const struct tracee *t);
/* Lets a thread go on until its next stop, with a signal or 0. */
void resume(struct tracee *t, int sig);
/* Goes on after an event stop; a process that a signal has stopped stays so until another one lets it go on. */
void resume_or_listen(struct tracee *t, int sig);
/* What waitpid(2) has said of a thread (events.c), and its stops at calls (stops.c). */
void on_status(int tid, int status);
void on_call(struct tracee *t);
