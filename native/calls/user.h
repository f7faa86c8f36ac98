/* Small values in the memory of programs. */
#pragma once

#include "writer.h"

static __always_inline u32 user_u32(u64 pointer)
{
	u32 value = 0;

	bpf_probe_read_user(&value, sizeof(value), (const void *)pointer);
	return value;
}

static __always_inline u32 user_u16(u64 pointer)
{
	u16 value = 0;

	bpf_probe_read_user(&value, sizeof(value), (const void *)pointer);
	return value;
}

/* A time in nanoseconds. `wide`: whether seconds and nanoseconds have 64 bits each. */
static __always_inline u64 read_interval(u64 pointer, bool wide)
{
	s64 time[2] = {};
	s32 narrow[2] = {};

	if (!pointer)
		return 0;
	if (wide) {
		bpf_probe_read_user(time, sizeof(time), (const void *)pointer);
	} else {
		bpf_probe_read_user(narrow, sizeof(narrow), (const void *)pointer);
		time[0] = narrow[0];
		time[1] = narrow[1];
	}
	return time[0] * 1000000000 + time[1];
}

/* Of a set of signals, captures hold the first 32. */
static __always_inline u32 read_signal_set(u64 pointer)
{
	u32 set = 0;

	if (pointer)
		bpf_probe_read_user(&set, sizeof(set), (const void *)pointer);
	return set;
}
