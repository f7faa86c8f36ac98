/* What goes wrong, in words: what was wanted, what the kernel answered, and what libbpf said about it. */
#define _GNU_SOURCE
#include "parts.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void hear_log(char *error)
{
	log_text = error;
	log_used = 0;
}

void end_log(void)
{
	log_text = NULL;
}

void set_up_log(void)
{
	libbpf_set_print(keep_log);
	/* Versions before 1.0 report errors in ways of their own, unless told otherwise. */
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
}

bool fail(char *error, const char *what, int number)
{
	char log[SENSOR_ERROR_SIZE];

	snprintf(log, sizeof(log), "%s", error);
	snprintf(error, SENSOR_ERROR_SIZE, "%s: %s%s%.*s", what, strerror(number < 0 ? -number : number),
		 log[0] ? "\n" : "", SENSOR_ERROR_SIZE - 256, log);
	return false;
}
