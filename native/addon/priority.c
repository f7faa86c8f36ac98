/*
 * The order in which the kernel gives threads a processor. Whoever keeps all processors busy, with as many processes as it
 * likes, must not keep us from seeing it. So the thread that waits for events comes before all threads without realtime
 * priority, and so does who reads them, but only for half of one processor's time: beyond that it has to compete.
 */
#define _GNU_SOURCE
#include "parts.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Any realtime priority comes before those without; 1 is the lowest. */
#define READER_PRIORITY 1
#define WAITER_PRIORITY 2

/* Time for which the reader may come first at once, and what it must have saved before it may again; in us. */
#define MOST_US 50000
#define LEAST_US 5000

/* With CAP_SYS_RESOURCE, which older kernels need anyway, no other right is needed for the priority. */
static void allow_realtime(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_RTPRIO, &limit) == 0 && limit.rlim_cur < WAITER_PRIORITY) {
		limit.rlim_cur = WAITER_PRIORITY;
		if (limit.rlim_max < WAITER_PRIORITY)
			limit.rlim_max = WAITER_PRIORITY;
		setrlimit(RLIMIT_RTPRIO, &limit);
	}
}

/* What a thread starts does not get its priority. */
static bool set_policy(pid_t thread, int policy, int priority)
{
	const struct sched_param wanted = { .sched_priority = priority };

	return syscall(SYS_sched_setscheduler, thread, policy | SCHED_RESET_ON_FORK, &wanted) == 0;
}

void come_first(struct turns *t, pid_t reader, uint64_t now)
{
	*t = (struct turns){ .reader = reader, .left = MOST_US, .at = now };
	/* As others, unless this process was told to come before them: so there is one way to have it otherwise. */
	if (getpriority(PRIO_PROCESS, 0) >= 0)
		return;
	allow_realtime();
	t->allowed = set_policy(0, SCHED_FIFO, WAITER_PRIORITY);
}

void lend_turn(struct turns *t, bool wanted, uint64_t now)
{
	uint64_t passed = now - t->at;
	bool first;

	t->next = 0;
	t->at = now;
	if (!t->allowed)
		return;
	if (t->first)
		t->left = t->left > passed ? t->left - passed : 0;
	else
		t->left = t->left + passed < MOST_US ? t->left + passed : MOST_US;
	first = wanted && t->left >= (t->first ? 1 : LEAST_US);
	if (first != t->first)
		t->allowed = set_policy(t->reader, first ? SCHED_RR : SCHED_OTHER, first ? READER_PRIORITY : 0);
	t->first = first;
	if (wanted)
		t->next = now + (first ? t->left : LEAST_US - t->left);
}
