// SPDX-License-Identifier: GPL-2.0
/*
 * Saker's sensor. One program sees every system call exit, drops what no one asked for, and jumps to the program that
 * writes the event of that call. The programs lie in one file per group of calls; this file joins them.
 */
#include "sensor.h"
#include "task.h"
#include "file.h"
#include "socket.h"

char LICENSE[] SEC("license") = "GPL";

/* Not zero at the start: else it would lie in .bss. */
struct saker_control control SEC(".data") = { .snap_length = 80 };

#include "dispatch.h"
#include "process.h"
#include "enter.h"
#include "../calls/all.h"
#include "tracepoints.h"
#include "snapshot.h"
