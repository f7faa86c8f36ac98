/* What is known of a task: ids, credentials, memory, arguments, control groups. */
#pragma once

#include "../calls/flags.h"
#include "../calls/writer.h"
#include "facts.h"

static __always_inline struct task_struct *current_task(void)
{
	return thread_facts();
}

static __always_inline int tid_of(struct task_struct *task)
{
	return task->tid;
}

static __always_inline int pid_of(struct task_struct *task)
{
	return task->pid;
}

static __always_inline int parent_of(struct task_struct *task)
{
	return task->parent;
}

static __always_inline int vtid_of(struct task_struct *task)
{
	return task->vtid;
}

static __always_inline int vpid_of(struct task_struct *task)
{
	return task->vpid;
}

static __always_inline int pgid_of(struct task_struct *task)
{
	return task->pgid;
}

static __always_inline int vpgid_of(struct task_struct *task)
{
	return task->vpgid;
}

static __always_inline u32 euid_of(struct task_struct *task)
{
	return task->euid;
}

static __always_inline u32 egid_of(struct task_struct *task)
{
	return task->egid;
}

static __always_inline u32 tty_of(struct task_struct *task)
{
	return task->tty;
}

static __always_inline u32 loginuid_of(struct task_struct *task)
{
	return task->loginuid;
}

static __always_inline u64 fd_limit_of(struct task_struct *task)
{
	return task->fd_limit;
}

struct capability_sets {
	u64 inheritable, permitted, effective;
};

static __always_inline struct capability_sets capabilities_of(struct task_struct *task)
{
	return (struct capability_sets){ task->inheritable, task->permitted, task->effective };
}

static __always_inline u32 pidns_flag(struct task_struct *task)
{
	return task->in_pidns ? SAKER_CLONE_CLONE_CHILD_IN_PIDNS : 0;
}

static __always_inline u64 pidns_init_start(struct task_struct *task)
{
	return namespace_start();
}

/* The parent was asked while it was stopped in its call. */
static __always_inline u32 thread_flags(struct task_struct *task)
{
	return clone_flags(stopped_origin_flags);
}

/* vm_size, vm_rss, vm_swap in kB. */
static __always_inline void put_sizes(struct writer *w)
{
	struct task_struct *task = thread_facts();

	put_u32(w, task->vm_size);
	put_u32(w, task->vm_rss);
	put_u32(w, task->vm_swap);
}

/* Page faults and memory: pgft_maj, pgft_min, vm_size, vm_rss, vm_swap (kB). */
static __always_inline void put_memory(struct writer *w, struct task_struct *task)
{
	put_u64(w, task->major_faults);
	put_u64(w, task->minor_faults);
	put_sizes(w);
}

static __always_inline void put_comm(struct writer *w, struct task_struct *task)
{
	put_kernel_text(w, task->comm);
}

/* `size` bytes of texts; a value that was cut still ends in a NUL. */
static inline void put_texts(struct writer *w, u64 from, u64 size)
{
	put_user_bytes(w, from, size, TEXT_MAX - 1);
	if (size > TEXT_MAX - 1)
		w->buf[w->pos - 1] = 0;
}

/* exe (first argument) and args (the others) as they lie in the memory of the stopped process. */
static inline void put_arguments(struct writer *w, struct task_struct *task)
{
	u64 start = task->arg_start;
	long n;

	if (task->arg_end <= start) {
		put_empty(w);
		put_empty(w);
		return;
	}
	n = read_user_text(here(w), TEXT_MAX, (const void *)(uintptr_t)start);
	take_text(w, n);
	start += n > 0 ? n : 0;
	put_texts(w, start, task->arg_end > start ? task->arg_end - start : 0);
}

static inline void put_environment(struct writer *w, struct task_struct *task)
{
	put_texts(w, task->env_start, task->env_end > task->env_start ? task->env_end - task->env_start : 0);
}

static inline void put_groups(struct writer *w, struct scratch *s, struct task_struct *task)
{
	take(w, control_groups(here(w), TEXT_MAX));
}
