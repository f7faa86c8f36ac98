/* What goes to Saker: gathered for some milliseconds, written by a thread of its own. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Begins; `coalesce_ms` is how long bytes gather. @returns 0 or an errno. */
int output_begin(int fd, unsigned coalesce_ms);
/* One block or message, never torn apart. Waits while Saker is behind. */
void output_put(const void *bytes, size_t size);
/* A message of `count` numbers. */
void output_message(uint32_t type, const uint32_t *numbers, size_t count);
/* Writes everything and ends. */
void output_end(void);
