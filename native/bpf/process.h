/* Life of processes: clone and relatives, exec, exit. */
#pragma once

#include "task.h"
#include "flags.h"

/* What clone, fork and exec events have in common, from exe to cgroups. */
static __always_inline void put_task(struct writer *w, struct scratch *s, struct task_struct *task)
{
	put_arguments(w, task);
	put_u64(w, BPF_CORE_READ(task, pid));
	put_u64(w, BPF_CORE_READ(task, tgid));
	put_u64(w, BPF_CORE_READ(task, real_parent, tgid));
	/* The working directory is inherited or known from chdir. */
	put_empty(w);
	put_u64(w, BPF_CORE_READ(task, signal, rlim[7].rlim_cur));
	put_memory(w, task);
	put_kernel_text(w, __builtin_preserve_access_index(&task->comm));
	put_groups(w, s, task);
}

/* A child that is, or a parent whose children are, in a pid namespace of their own: ids mean something else there. */
static __always_inline u32 pidns_flag(struct task_struct *task)
{
	struct pid_namespace *ns = pid_namespace_of(task);

	if (BPF_CORE_READ(ns, level) != 0 || BPF_CORE_READ(task, nsproxy, pid_ns_for_children) != ns)
		return SAKER_CLONE_CLONE_CHILD_IN_PIDNS;
	return 0;
}

static __always_inline void put_clone(struct writer *w, struct scratch *s, struct task_struct *task, s64 ret, u32 flags)
{
	put_u64(w, ret);
	put_task(w, s, task);
	put_u32(w, flags | pidns_flag(task));
	put_u32(w, BPF_CORE_READ(task, cred, euid.val));
	put_u32(w, BPF_CORE_READ(task, cred, egid.val));
	put_u64(w, vtid_of(task));
	put_u64(w, vpid_of(task));
	/* Only the child's side says it. */
	put_u64(w, ret == 0 ? pidns_init_start(task) : 0);
}

/* Flags that a child's own state proves, for a caller whose arguments are gone. */
static __always_inline u32 thread_flags(struct task_struct *task)
{
	if (BPF_CORE_READ(task, pid) == BPF_CORE_READ(task, tgid))
		return 0;
	return SAKER_CLONE_CLONE_THREAD | SAKER_CLONE_CLONE_VM | SAKER_CLONE_CLONE_SIGHAND |
	       (BPF_CORE_READ(task, files) == BPF_CORE_READ(task, group_leader, files) ? SAKER_CLONE_CLONE_FILES : 0) |
	       (BPF_CORE_READ(task, fs) == BPF_CORE_READ(task, group_leader, fs) ? SAKER_CLONE_CLONE_FS : 0);
}

FILLER(clone, SYSCALL_CLONE_20_X)
{
	put_clone(w, s, current_task(), c->ret, clone_flags((u32)c->args[0]));
}

FILLER(fork, SYSCALL_FORK_20_X)
{
	put_clone(w, s, current_task(), c->ret, 0);
}

FILLER(vfork, SYSCALL_VFORK_20_X)
{
	put_clone(w, s, current_task(), c->ret, 0);
}

FILLER(clone3, SYSCALL_CLONE3_X)
{
	struct task_struct *task = current_task();
	/* struct clone_args begins with the flags. A new thread may find it overwritten or not yet mapped. */
	u64 flags = 0;

	if (c->ret != 0 || BPF_CORE_READ(task, pid) == BPF_CORE_READ(task, tgid))
		bpf_probe_read_user(&flags, sizeof(flags), (const void *)c->args[0]);
	put_clone(w, s, task, c->ret, clone_flags(flags) | (c->ret == 0 ? thread_flags(task) : 0));
}

#if defined(__TARGET_ARCH_arm64)
/*
 * On arm64 a new task returns to user space without passing the exit of its call, so that its side of the clone is
 * told here, in the parent's context: the call's arguments are the parent's, and its memory holds the same texts.
 */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	u64 ids = bpf_get_current_pid_tgid(), flags;
	struct pt_regs *regs;
	struct scratch *s;
	struct writer w;
	u32 nr;

	if (control.own_tgid == 0 || ids >> 32 == control.own_tgid)
		return 0;
	s = scratch_of(SCRATCH_FORK);
	if (!s || !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	nr = BPF_CORE_READ(regs, syscallno);
	if (nr >= SAKER_SYSCALLS || !control.interest[nr & (SAKER_SYSCALLS - 1)])
		return 0;
	flags = BPF_CORE_READ(regs, orig_x0);
	if (nr == SYS_clone) {
		start_event(&w, s->event, EV_SYSCALL_CLONE_20_X, EVN_SYSCALL_CLONE_20_X, BPF_CORE_READ(child, pid));
		flags = (u32)flags;
	} else if (nr == SYS_clone3) {
		start_event(&w, s->event, EV_SYSCALL_CLONE3_X, EVN_SYSCALL_CLONE3_X, BPF_CORE_READ(child, pid));
		bpf_probe_read_user(&flags, sizeof(flags), (const void *)flags);
	} else {
		return 0;
	}
	put_clone(&w, s, child, 0, clone_flags(flags));
	send_event(&w, EV_SYSCALL_CLONE_20_X);
	return 0;
}
#endif

/* The pointers of an argv or envp array: each text is appended, NUL included. */
struct pointers {
	struct scratch *memory;
	u64 array;
	/* Size of a pointer of the program. */
	u32 width;
	/* Position of the value in the event. */
	u32 at;
};

#define MAX_POINTERS 512
#define UNROLLED_POINTERS 16

/* @returns whether there are no more. */
static __always_inline bool pointer_step(struct pointers *p, struct scratch *s)
{
	u32 size = s->size, index = s->index, room;
	u64 pointer = 0;
	long n;

	if (size >= TEXT_MAX - 1)
		return true;
	room = (TEXT_MAX - 1 - size) & (TEXT_MAX - 1);
	if (bpf_probe_read_user(&pointer, p->width == 4 ? 4 : 8, (const void *)(p->array + index * p->width)))
		return true;
	if (!pointer)
		return true;
	n = bpf_probe_read_user_str(&s->event[(p->at + size) & EVENT_MASK], room, (const void *)pointer);
	if (n <= 0)
		return true;
	s->index = index + 1;
	s->size = size + n;
	return false;
}

static long pointer_callback(u32 index, void *data)
{
	struct pointers *p = data;

	return pointer_step(p, p->memory);
}

static __always_inline void put_pointers(struct writer *w, const struct call *c, struct scratch *s, u64 array, u32 from)
{
	struct pointers p = { .memory = s, .array = array, .width = c->compat ? 4 : 8, .at = w->pos };

	s->size = 0;
	s->index = from;
	if (array) {
		if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
			bpf_loop(MAX_POINTERS, pointer_callback, &p, 0);
		} else {
			for (int i = 0; i < UNROLLED_POINTERS; i++)
				if (pointer_step(&p, s))
					break;
		}
	}
	take(w, s->size & (2 * TEXT_MAX - 1));
	forget_position(w);
}

static __always_inline u64 user_pointer(const struct call *c, u64 array, u32 index)
{
	u64 pointer = 0;

	if (array)
		bpf_probe_read_user(&pointer, c->compat ? 4 : 8, (const void *)(array + index * (c->compat ? 4 : 8)));
	return pointer;
}

#define SB_RDONLY 1
#define S_IMMUTABLE 8
#define MNT_READONLY 0x40
#define CAP_DAC_OVERRIDE 1

static __always_inline bool in_group(const struct cred *cred, u32 gid)
{
	struct group_info *groups = BPF_CORE_READ(cred, group_info);
	u32 *gids = (void *)groups + bpf_core_field_offset(struct group_info, gid);
	int count = BPF_CORE_READ(groups, ngroups);

	if (BPF_CORE_READ(cred, fsgid.val) == gid)
		return true;
	for (int i = 0; i < 32; i++) {
		u32 one = 0;

		if (i >= count)
			break;
		bpf_probe_read_kernel(&one, sizeof(one), gids + i);
		if (one == gid)
			return true;
	}
	return false;
}

/* Whether the process could write the file it executes. */
static __always_inline bool can_write(const struct cred *cred, struct file *file, struct inode *inode)
{
	u16 mode = BPF_CORE_READ(inode, i_mode);

	if (BPF_CORE_READ(inode, i_sb, s_flags) & SB_RDONLY || BPF_CORE_READ(inode, i_flags) & S_IMMUTABLE ||
	    BPF_CORE_READ(file, f_path.mnt, mnt_flags) & MNT_READONLY)
		return false;
	if (capabilities(cred, cap_effective) & (1ull << CAP_DAC_OVERRIDE))
		return true;
	if (BPF_CORE_READ(cred, fsuid.val) == BPF_CORE_READ(inode, i_uid.val))
		return mode & 0200;
	if (in_group(cred, BPF_CORE_READ(inode, i_gid.val)))
		return mode & 0020;
	return mode & 0002;
}

static __always_inline bool is_memfd(struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	char name[6] = {};

	if (BPF_CORE_READ(dentry, d_parent) != dentry)
		return false;
	bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' && name[5] == ':';
}

static __always_inline u32 exec_flags(const struct cred *cred, struct file *file, struct inode *inode)
{
	enum overlay_layer layer;
	u32 flags = 0;

	if (!file)
		return 0;
	layer = layer_of(inode, BPF_CORE_READ(inode, i_sb));
	if (can_write(cred, file, inode))
		flags |= SAKER_EXE_EXE_WRITABLE;
	if (layer == LAYER_UPPER)
		flags |= SAKER_EXE_EXE_UPPER_LAYER;
	if (layer == LAYER_LOWER)
		flags |= SAKER_EXE_EXE_LOWER_LAYER;
	if (is_memfd(file))
		flags |= SAKER_EXE_EXE_FROM_MEMFD;
	return flags;
}

/* Parameters of an exec after env: tty to gid. */
static __always_inline void put_exec_rest(struct writer *w, struct scratch *s, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);
	struct pid *group = BPF_CORE_READ(task, signal, pids[PIDTYPE_PGID]);
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	struct inode *inode = file ? BPF_CORE_READ(file, f_inode) : NULL;
	u32 level = pid_level(task);

	put_u32(w, tty_of(task));
	/* A group whose leader is outside the namespace has no number in it. */
	put_u64(w, BPF_CORE_READ(group, level) >= level ? pid_number(group, level) : 0);
	put_u32(w, loginuid_of(task));
	put_u32(w, exec_flags(cred, file, inode));
	put_u64(w, capabilities(cred, cap_inheritable));
	put_u64(w, capabilities(cred, cap_permitted));
	put_u64(w, capabilities(cred, cap_effective));
	put_u64(w, file ? BPF_CORE_READ(inode, i_ino) : 0);
	put_u64(w, file ? inode_ctime(inode) : 0);
	put_u64(w, file ? inode_mtime(inode) : 0);
	put_u32(w, BPF_CORE_READ(cred, euid.val));
	if (file)
		put_file_path(w, s, file);
	else
		put_empty(w);
	put_u64(w, pid_number(group, 0));
	put_u32(w, BPF_CORE_READ(cred, egid.val));
}

/* A failed exec: the program goes on as it was, the arguments are those of the call. */
static __always_inline void put_failed_exec(struct writer *w, const struct call *c, struct scratch *s, u64 argv, u64 envp)
{
	struct task_struct *task = current_task();

	put_u64(w, c->ret);
	put_user_text(w, user_pointer(c, argv, 0));
	put_pointers(w, c, s, argv, 1);
	put_u64(w, BPF_CORE_READ(task, pid));
	put_u64(w, BPF_CORE_READ(task, tgid));
	put_u64(w, BPF_CORE_READ(task, real_parent, tgid));
	put_empty(w);
	put_u64(w, BPF_CORE_READ(task, signal, rlim[7].rlim_cur));
	put_memory(w, task);
	put_kernel_text(w, __builtin_preserve_access_index(&task->comm));
	put_groups(w, s, task);
	put_pointers(w, c, s, envp, 0);
	put_exec_rest(w, s, task);
}

static __always_inline void fill_execve(struct writer *w, const struct call *c, struct scratch *s)
{
	put_failed_exec(w, c, s, c->args[1], c->args[2]);
	put_user_text(w, c->args[0]);
}

/* Successful ones are told by the tracepoint below, where the file name is still known. */
SEC("tp_btf/sys_exit")
int f_execve(void *ctx)
{
	struct scratch *s = scratch_of(SCRATCH_SYSCALL);
	struct writer w;

	if (!s || s->call.ret == 0)
		return 0;
	start_event(&w, s->event, EV_SYSCALL_EXECVE_19_X, EVN_SYSCALL_EXECVE_19_X, (u32)bpf_get_current_pid_tgid());
	fill_execve(&w, &s->call, s);
	send_event(&w, EV_SYSCALL_EXECVE_19_X);
	return 0;
}

SEC("tp_btf/sys_exit")
int f_execveat(void *ctx)
{
	struct scratch *s = scratch_of(SCRATCH_SYSCALL);
	struct writer w;

	if (!s || s->call.ret == 0)
		return 0;
	start_event(&w, s->event, EV_SYSCALL_EXECVEAT_X, EVN_SYSCALL_EXECVEAT_X, (u32)bpf_get_current_pid_tgid());
	put_failed_exec(&w, &s->call, s, s->call.args[2], s->call.args[3]);
	send_event(&w, EV_SYSCALL_EXECVEAT_X);
	return 0;
}

/*
 * A program was executed. execve and execveat both are told as execve here: the kernel itself changes the call number
 * of a successful execveat to execve, so captures have it that way too.
 */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct scratch *s;
	struct writer w;
	u64 ids = bpf_get_current_pid_tgid();

	if (!control.interest[SYS_execve] || ids >> 32 == control.own_tgid)
		return 0;
	s = scratch_of(SCRATCH_EXEC);
	if (!s)
		return 0;
	start_event(&w, s->event, EV_SYSCALL_EXECVE_19_X, EVN_SYSCALL_EXECVE_19_X, (u32)ids);
	put_u64(&w, 0);
	put_task(&w, s, task);
	put_environment(&w, task);
	put_exec_rest(&w, s, task);
	put_kernel_text(&w, BPF_CORE_READ(bprm, filename));
	send_event(&w, EV_SYSCALL_EXECVE_19_X);
	return 0;
}

/* Follows find_new_reaper() of the kernel. */
static __always_inline int reaper_of(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct list_head *head = __builtin_preserve_access_index(&signal->thread_head);
	struct list_head *at = BPF_CORE_READ(head, next);
	struct list_head *children = __builtin_preserve_access_index(&task->children);

	if (BPF_CORE_READ(children, next) == children)
		return 0;
	for (int i = 0; i < 16; i++) {
		struct task_struct *thread;

		if (at == head || !at)
			break;
		thread = (void *)at - bpf_core_field_offset(struct task_struct, thread_node);
		if (thread != task && !(BPF_CORE_READ(thread, flags) & PF_EXITING))
			return BPF_CORE_READ(thread, pid);
		at = BPF_CORE_READ(at, next);
	}
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, has_child_subreaper)) {
		u32 level = pid_level(task);
		struct task_struct *parent = BPF_CORE_READ(task, real_parent);

		for (int i = 0; i < 16; i++) {
			struct signal_struct *of = BPF_CORE_READ(parent, signal);

			if (pid_level(parent) != level || BPF_CORE_READ(parent, pid) <= 1)
				break;
			if (BPF_CORE_READ_BITFIELD_PROBED(of, is_child_subreaper))
				return BPF_CORE_READ(parent, pid);
			parent = BPF_CORE_READ(parent, real_parent);
		}
	}
	return BPF_CORE_READ(pid_namespace_of(task), child_reaper, pid);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	const u32 bytes = 8 + 8 + 1 + 1 + 8;
	u64 ids = bpf_get_current_pid_tgid();
	struct writer w;
	u32 status;
	u8 *block;

	if (!control.exits || ids >> 32 == control.own_tgid)
		return 0;
	block = bpf_ringbuf_reserve(&ring, BLOCK_SIZE(EVN_PROCEXIT_1_E, bytes), 0);
	if (!block) {
		count_drop(EV_PROCEXIT_1_E);
		return 0;
	}
	status = BPF_CORE_READ(task, exit_code);
	start_event(&w, block, EV_PROCEXIT_1_E, EVN_PROCEXIT_1_E, (u32)ids);
	put_u64(&w, status);
	/* As wait(2) takes it apart: exit code, signal, core dump. */
	put_u64(&w, (status & 0x7f) == 0 ? (status >> 8) & 0xff : 0);
	put_u8(&w, (status & 0x7f) == 0x7f ? 0 : status & 0x7f);
	put_u8(&w, (status & 0x80) != 0);
	put_u64(&w, reaper_of(task));
	end_event(&w);
	bpf_ringbuf_submit(block, 0);
	return 0;
}
