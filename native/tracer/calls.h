/* Tells of calls, by the groups in ../calls. */
#pragma once

#include "sensor.h"

/* Brings a call into the 64-bit form. @returns false for one that has none. */
bool describe_call(struct call *out, bool is_compat, u64 nr, const u64 args[6]);
/* The function that tells of a call, by its name in ../calls (f_openat); calls without one are told as generic ones. */
void set_filler(u32 nr, const char *name);
bool is_wanted(const struct call *c);
bool is_exec(const struct call *c);
/* Whether a thread or process is made. */
bool is_clone(const struct call *c);
/* Flags of such a call, as it was given them. */
u64 flags_of_clone(const struct call *c);
/* Whether the call may make a file; if so, the directory and the address of the name. */
bool may_create(const struct call *c, s64 *dirfd, u64 *name);
/* Of the selected thread. */
void tell_call(const struct call *c);
void tell_start(const struct call *c);
void tell_exec(const char *filename);
void tell_exit(u32 status, s64 reaper);
/* A signal that the selected thread gets; `sender` is 0 where no process sent it. */
void tell_signal(int sig, s64 sender);
/* Numbers of the calls to stop at, as the kernel counts them for 64-bit and 32-bit programs. @returns how many. */
size_t numbers_to_stop_at(u16 *native, u16 *compat, size_t *compat_count);
