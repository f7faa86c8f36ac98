/* Executing programs: failed calls at the exit of the call, successful ones by the tracepoint. */
#pragma once

#include "process.h"

/* The pointers of an argv or envp array: each text is appended, NUL included. */
struct pointers {
	struct scratch *memory;
	u64 array;
	/* Size of a pointer of the program. */
	u32 width;
	/* Position of the value in the event. */
	u32 at;
};

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

DEFINE_REPEAT(gather_texts, struct pointers, pointer_step, 512, 20)

static __always_inline void put_pointers(struct writer *w, const struct call *c, struct scratch *s, u64 array, u32 from)
{
	struct pointers p = { .memory = s, .array = array, .width = c->compat ? 4 : 8, .at = w->pos };

	s->size = 0;
	s->index = from;
	if (array)
		gather_texts(&p);
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
	layer = layer_of(inode, BPF_CORE_READ(inode, i_sb, s_magic));
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
	put_task_facts(w, s, task);
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
