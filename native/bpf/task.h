/* What is known of a task: ids, credentials, memory, arguments, control groups. */
#pragma once

#include "../calls/writer.h"
#include "file.h"

#define PF_EXITING 0x4

/* Number of a pid in the namespace at `level`; 0 is the host's. */
static __always_inline int pid_number(struct pid *pid, u32 level)
{
	struct upid *numbers = (void *)pid + bpf_core_field_offset(struct pid, numbers);
	struct upid *at = (void *)numbers + level * bpf_core_type_size(struct upid);

	return READ(at, nr);
}

/* Level of the task's own pid namespace. */
static __always_inline u32 pid_level(struct task_struct *task)
{
	return READ(task, thread_pid, level);
}

static __always_inline int vtid_of(struct task_struct *task)
{
	struct pid *pid = READ(task, thread_pid);

	return pid_number(pid, READ(pid, level));
}

static __always_inline int vpid_of(struct task_struct *task)
{
	struct pid *pid = READ(task, signal, pids[PIDTYPE_TGID]);

	return pid_number(pid, READ(pid, level));
}

static __always_inline struct pid_namespace *pid_namespace_of(struct task_struct *task)
{
	struct pid *pid = READ(task, thread_pid);
	struct upid *numbers = (void *)pid + bpf_core_field_offset(struct pid, numbers);
	struct upid *at = (void *)numbers + READ(pid, level) * bpf_core_type_size(struct upid);

	return READ(at, ns);
}

/* Start of the first process of the task's pid namespace, ns since boot. */
static __always_inline u64 pidns_init_start(struct task_struct *task)
{
	struct pid_namespace *ns = pid_namespace_of(task);

	return READ(ns, child_reaper, start_boottime);
}

/* Device number of the controlling terminal, 0: none. */
static __always_inline u32 tty_of(struct task_struct *task)
{
	struct tty_struct *tty = READ(task, signal, tty);
	u32 major, minor;

	if (!tty)
		return 0;
	major = READ(tty, driver, major);
	minor = READ(tty, driver, minor_start) + READ(tty, index);
	return encode_dev(major << 20 | minor);
}

static __always_inline u32 loginuid_of(struct task_struct *task)
{
	if (!bpf_core_field_exists(task->loginuid))
		return (u32)-1;
	return READ(task, loginuid.val);
}

/* The set has the same 64 bits in the order of its numbers in all kernels, as one word or two. */
#define capability_set(cred, member)                                                            \
	({                                                                                      \
		u64 set = 0;                                                                    \
		bpf_probe_read_kernel(&set, sizeof(set), __builtin_preserve_access_index(&(cred)->member)); \
		set;                                                                            \
	})

struct capability_sets {
	u64 inheritable, permitted, effective;
};

static __always_inline struct capability_sets capabilities_of(struct task_struct *task)
{
	struct cred *cred = READ(task, cred);

	return (struct capability_sets){
		.inheritable = capability_set(cred, cap_inheritable),
		.permitted = capability_set(cred, cap_permitted),
		.effective = capability_set(cred, cap_effective),
	};
}

static __always_inline int tid_of(struct task_struct *task)
{
	return READ(task, pid);
}

static __always_inline int pid_of(struct task_struct *task)
{
	return READ(task, tgid);
}

static __always_inline int parent_of(struct task_struct *task)
{
	return READ(task, real_parent, tgid);
}

static __always_inline u64 fd_limit_of(struct task_struct *task)
{
	return READ(task, signal, rlim[7].rlim_cur);
}

static __always_inline u32 euid_of(struct task_struct *task)
{
	return READ(task, cred, euid.val);
}

static __always_inline u32 egid_of(struct task_struct *task)
{
	return READ(task, cred, egid.val);
}

static __always_inline int pgid_of(struct task_struct *task)
{
	return pid_number(READ(task, signal, pids[PIDTYPE_PGID]), 0);
}

/* A group whose leader is outside the namespace has no number in it. */
static __always_inline int vpgid_of(struct task_struct *task)
{
	struct pid *group = READ(task, signal, pids[PIDTYPE_PGID]);
	u32 level = pid_level(task);

	return READ(group, level) >= level ? pid_number(group, level) : 0;
}

static __always_inline void put_comm(struct writer *w, struct task_struct *task)
{
	put_kernel_text(w, __builtin_preserve_access_index(&task->comm));
}

static __always_inline u32 rss_pages(struct mm_struct *mm)
{
	/* File, anonymous and shared pages; entry 2 counts swap. Counters can be briefly negative. */
	s64 file = 0, anonymous = 0, shared = 0, sum;

	if (bpf_core_field_exists(((struct mm_struct___old *)mm)->rss_stat.count)) {
		struct mm_struct___old *old = (void *)mm;

		file = READ(old, rss_stat.count[0].counter);
		anonymous = READ(old, rss_stat.count[1].counter);
		shared = READ(old, rss_stat.count[3].counter);
	} else {
		file = READ(mm, rss_stat[0].count);
		anonymous = READ(mm, rss_stat[1].count);
		shared = READ(mm, rss_stat[3].count);
	}
	sum = file + anonymous + shared;
	return sum < 0 ? 0 : sum;
}

static __always_inline u32 swap_pages(struct mm_struct *mm)
{
	s64 swap;

	if (bpf_core_field_exists(((struct mm_struct___old *)mm)->rss_stat.count))
		swap = READ((struct mm_struct___old *)mm, rss_stat.count[2].counter);
	else
		swap = READ(mm, rss_stat[2].count);
	return swap < 0 ? 0 : swap;
}

/* Page faults and memory: pgft_maj, pgft_min, vm_size, vm_rss, vm_swap (kB). */
static __always_inline void put_memory(struct writer *w, struct task_struct *task)
{
	struct mm_struct *mm = READ(task, mm);

	put_u64(w, READ(task, maj_flt));
	put_u64(w, READ(task, min_flt));
	put_u32(w, mm ? READ(mm, total_vm) * control.page_kb : 0);
	put_u32(w, mm ? rss_pages(mm) * control.page_kb : 0);
	put_u32(w, mm ? swap_pages(mm) * control.page_kb : 0);
}

/* vm_size, vm_rss, vm_swap in kB. */
static __always_inline void put_sizes(struct writer *w)
{
	struct mm_struct *mm = READ(current_task(), mm);

	put_u32(w, mm ? READ(mm, total_vm) * control.page_kb : 0);
	put_u32(w, mm ? rss_pages(mm) * control.page_kb : 0);
	put_u32(w, mm ? swap_pages(mm) * control.page_kb : 0);
}

/* exe (first argument) and args (the others) as they lie in the memory of the current process. */
static __always_inline void put_arguments(struct writer *w, struct task_struct *task)
{
	struct mm_struct *mm = READ(task, mm);
	u64 start, end, size;
	long n;

	if (!mm) {
		put_empty(w);
		put_empty(w);
		return;
	}
	start = READ(mm, arg_start);
	end = READ(mm, arg_end);
	if (end <= start) {
		put_empty(w);
		put_empty(w);
		return;
	}
	n = read_user_text(here(w), TEXT_MAX, (const void *)start);
	take_text(w, n);
	start += n > 0 ? n : 0;
	size = end > start ? end - start : 0;
	put_user_bytes(w, start, size, TEXT_MAX - 1);
	/* A value that was cut still ends in a NUL. */
	if (size > TEXT_MAX - 1)
		UNALIGNED_STORE(u8, w->buf + ((w->pos - 1) & EVENT_MASK), 0);
}

static __always_inline void put_environment(struct writer *w, struct task_struct *task)
{
	struct mm_struct *mm = READ(task, mm);
	u64 start, end;

	if (!mm) {
		put_empty(w);
		return;
	}
	start = READ(mm, env_start);
	end = READ(mm, env_end);
	put_user_bytes(w, start, end > start ? end - start : 0, TEXT_MAX - 1);
	if (end > start && end - start > TEXT_MAX - 1)
		UNALIGNED_STORE(u8, w->buf + ((w->pos - 1) & EVENT_MASK), 0);
}

/* A walk from a control group up to the root of its hierarchy. */
struct group_walk {
	struct scratch *memory;
	struct kernfs_node *node;
};

static __always_inline struct kernfs_node *group_parent(struct kernfs_node *node)
{
	if (bpf_core_field_exists(node->__parent))
		return READ(node, __parent);
	return READ((struct kernfs_node___old *)node, parent);
}

/* Names of kernfs nodes have no length with them and can be 255 bytes long. @returns whether this was the last step. */
static __always_inline bool group_step(struct group_walk *g, struct scratch *s)
{
	struct kernfs_node *node = g->node, *parent = group_parent(node);
	const char *name;
	long size;

	if (!parent)
		return true;
	name = READ(node, name);
	/* The upper half of the path memory is free for the name. */
	size = bpf_probe_read_kernel_str(&s->path[TEXT_MAX], 256, name);
	if (size <= 1 || !prepend(s, &s->path[TEXT_MAX], size - 1))
		return true;
	g->node = parent;
	return false;
}

DEFINE_REPEAT(walk_groups_up, struct group_walk, group_step, 1024, 24)

/* Leaves the path of a control group in scratch.path, to be found by path_start(). */
static __always_inline void resolve_group(struct scratch *s, struct kernfs_node *node)
{
	struct group_walk g = { .memory = s, .node = node };

	s->start = PATH_END - 1;
	s->path[PATH_END - 1] = 0;
	walk_groups_up(&g);
}

/* The group of a task for one of its subsystems. */
static __always_inline struct kernfs_node *group_of(struct task_struct *task, u32 subsystem)
{
	struct css_set *set = READ(task, cgroups);
	struct cgroup_subsys_state **states = (void *)set + bpf_core_field_offset(struct css_set, subsys);
	struct cgroup_subsys_state *state = NULL;

	bpf_probe_read_kernel(&state, sizeof(state), states + subsystem);
	return READ(state, cgroup, kn);
}

/* Notes which group a subsystem has now. The id tells a new group from an old one at the same address. @returns whether it had this one before. */
static __always_inline bool note_group(struct group_text *known, u32 slot, struct kernfs_node *node)
{
	u64 id = READ(node, id);
	bool is_known = known->nodes[slot] == (u64)node && known->ids[slot] == id;

	known->nodes[slot] = (u64)node;
	known->ids[slot] = id;
	return is_known;
}

/* Adds one `subsystem=path` to the text in scratch.groups, whose size so far lies in scratch.size. */
static __always_inline void add_group(struct scratch *s, u32 slot, u64 label, u32 label_size)
{
	struct kernfs_node *node = (void *)s->groups.nodes[slot];
	u32 size = s->size, start;

	if (!node)
		return;
	/* Consecutive subsystems often share a group. */
	if (slot == 0 || (u64)node != s->groups.nodes[slot - 1]) {
		resolve_group(s, node);
	}
	start = path_start(s);
	/* All five must fit into one text, whatever the paths are: the rest is left out. */
	if (size + label_size + (PATH_END - start) > TEXT_MAX)
		return;
	/* What is written beyond the label's size, the path replaces. */
	UNALIGNED_STORE(u64, &s->groups.text[size & (TEXT_MAX - 1)], label);
	s->size = size + label_size + copy_path(&s->groups.text[(size + label_size) & (TEXT_MAX - 1)], s, start);
}

/* Up to 8 characters as one number: texts as such would need a section that older libbpf versions refuse. */
static __always_inline u64 as_number(const char *text, u32 size)
{
	u64 number = 0;

#pragma unroll
	for (u32 i = 0; i < 8; i++)
		if (i < size)
			number |= (u64)(u8)text[i] << (8 * i);
	return number;
}

/* The subsystems that are told of, in this order. */
#define TOLD_SUBSYSTEMS(DO) DO(0, cpuset) DO(1, cpu) DO(2, cpuacct) DO(3, io) DO(4, memory)

#define NOTE_GROUP(slot, subsystem)                                                                          \
	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, subsystem##_cgrp_id))                          \
		is_known &= note_group(&s->groups, slot,                                                     \
				       group_of(task, bpf_core_enum_value(enum cgroup_subsys_id, subsystem##_cgrp_id)));

#define ADD_GROUP(slot, subsystem) add_group(s, slot, as_number(#subsystem "=", sizeof(#subsystem)), sizeof(#subsystem));

/* `subsystem=path`, each with a NUL. Most processes begin in the groups of the one before, whose text is still there. */
static __always_inline void put_groups(struct writer *w, struct scratch *s, struct task_struct *task)
{
	bool is_known = true;
	u32 size;

	TOLD_SUBSYSTEMS(NOTE_GROUP)
	if (!is_known) {
		s->size = 0;
		TOLD_SUBSYSTEMS(ADD_GROUP)
		s->groups.size = s->size;
	}
	size = s->groups.size & (2 * TEXT_MAX - 1);
	if (bpf_probe_read_kernel(here(w), size, s->groups.text))
		size = 0;
	take(w, size);
	forget_position(w);
}

/* A child that is, or a parent whose children are, in a pid namespace of their own: ids mean something else there. */
static __always_inline u32 pidns_flag(struct task_struct *task)
{
	struct pid_namespace *ns = pid_namespace_of(task);

	if (READ(ns, level) != 0 || READ(task, nsproxy, pid_ns_for_children) != ns)
		return SAKER_CLONE_CLONE_CHILD_IN_PIDNS;
	return 0;
}

/* Flags that a child's own state proves, for a caller whose arguments are gone. */
static __always_inline u32 thread_flags(struct task_struct *task)
{
	if (READ(task, pid) == READ(task, tgid))
		return 0;
	return SAKER_CLONE_CLONE_THREAD | SAKER_CLONE_CLONE_VM | SAKER_CLONE_CLONE_SIGHAND |
	       (READ(task, files) == READ(task, group_leader, files) ? SAKER_CLONE_CLONE_FILES : 0) |
	       (READ(task, fs) == READ(task, group_leader, fs) ? SAKER_CLONE_CLONE_FS : 0);
}
