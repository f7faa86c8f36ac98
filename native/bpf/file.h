/* Files, inodes and full paths. */
#pragma once

#include "../calls/writer.h"

#define OVERLAYFS_MAGIC 0x794c7630
#define FMODE_CREATED 0x100000
#define S_IFMT 0170000
#define S_IFSOCK 0140000

/*
 * The open file behind a descriptor of the current process. Where the kernel gives a typed pointer to the task (5.11),
 * members are loaded directly instead of by a helper call each: this is on the path of every open.
 */
static __always_inline struct file *file_of(s64 fd)
{
	struct file **slots, *file = NULL;
	struct fdtable *table;
	u32 count;

	if (fd < 0)
		return NULL;
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		struct task_struct *task = bpf_get_current_task_btf();

		table = task->files->fdt;
		count = table->max_fds;
		slots = table->fd;
	} else {
		table = BPF_CORE_READ(current_task(), files, fdt);
		count = BPF_CORE_READ(table, max_fds);
		slots = BPF_CORE_READ(table, fd);
	}
	if (fd >= count)
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), slots + fd);
	return file;
}

static __always_inline u64 inode_number(struct file *file)
{
	return BPF_CORE_READ(file, f_inode, i_ino);
}

/* As stat(2) encodes it in 32 bits. */
static __always_inline u32 encode_dev(u32 dev)
{
	u32 major = dev >> 20, minor = dev & 0xfffff;

	return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}

enum overlay_layer { LAYER_NONE, LAYER_UPPER, LAYER_LOWER };

/*
 * Which layer of an overlay a file lies in. struct ovl_inode is private to the file system, but has the dentry of the
 * upper layer directly behind the embedded inode since 4.13.
 */
static __always_inline enum overlay_layer layer_of(struct inode *inode, u64 magic)
{
	struct dentry *upper = NULL;

	if (magic != OVERLAYFS_MAGIC)
		return LAYER_NONE;
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	return upper && BPF_CORE_READ(upper, d_inode) ? LAYER_UPPER : LAYER_LOWER;
}

static __always_inline u64 nanoseconds(s64 seconds, u64 rest)
{
	return seconds * 1000000000ull + rest;
}

static __always_inline u64 inode_ctime(struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_ctime_sec))
		return nanoseconds(BPF_CORE_READ(inode, i_ctime_sec), BPF_CORE_READ(inode, i_ctime_nsec));
	if (bpf_core_field_exists(((struct inode___hidden_times *)inode)->__i_ctime)) {
		struct inode___hidden_times *hidden = (void *)inode;

		return nanoseconds(BPF_CORE_READ(hidden, __i_ctime.tv_sec), BPF_CORE_READ(hidden, __i_ctime.tv_nsec));
	}
	struct inode___plain_times *plain = (void *)inode;

	return nanoseconds(BPF_CORE_READ(plain, i_ctime.tv_sec), BPF_CORE_READ(plain, i_ctime.tv_nsec));
}

static __always_inline u64 inode_mtime(struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_mtime_sec))
		return nanoseconds(BPF_CORE_READ(inode, i_mtime_sec), BPF_CORE_READ(inode, i_mtime_nsec));
	if (bpf_core_field_exists(((struct inode___hidden_times *)inode)->__i_mtime)) {
		struct inode___hidden_times *hidden = (void *)inode;

		return nanoseconds(BPF_CORE_READ(hidden, __i_mtime.tv_sec), BPF_CORE_READ(hidden, __i_mtime.tv_nsec));
	}
	struct inode___plain_times *plain = (void *)inode;

	return nanoseconds(BPF_CORE_READ(plain, i_mtime.tv_sec), BPF_CORE_READ(plain, i_mtime.tv_nsec));
}

/* What an open call learns of its file: device, inode, and flags that only the kernel knows. */
struct opened {
	u64 ino;
	u32 dev;
	u32 flags;
};

/* What the members below say of a file, in one place. */
struct file_facts {
	struct inode *inode;
	u64 ino, magic;
	/* `mode` is how it was opened, `type` that of the inode. */
	u32 dev, mode, type;
};

#ifndef SAKER_OLD_KERNEL
/* Gives a plain pointer a type (6.2), so that members are loaded directly: every open needs six of them. */
extern void *bpf_rdonly_cast(const void *pointer, u32 type) __ksym __weak;
/* Came with 6.4. The function itself can't be asked for by means that older libbpf versions have. */
struct bpf_iter_num {
	u64 opaque;
};
#endif

static __always_inline void read_facts(struct file *file, struct file_facts *f)
{
	struct super_block *sb;
	struct inode *inode;

#ifndef SAKER_OLD_KERNEL
	if (bpf_core_type_exists(struct bpf_iter_num)) {
		struct file *typed = bpf_rdonly_cast(file, bpf_core_type_id_kernel(struct file));

		inode = typed->f_inode;
		sb = inode->i_sb;
		f->inode = inode;
		f->mode = typed->f_mode;
		f->type = inode->i_mode;
		f->ino = inode->i_ino;
		f->dev = sb->s_dev;
		f->magic = sb->s_magic;
		return;
	}
#endif
	inode = BPF_CORE_READ(file, f_inode);
	sb = BPF_CORE_READ(inode, i_sb);
	f->inode = inode;
	f->mode = BPF_CORE_READ(file, f_mode);
	f->type = BPF_CORE_READ(inode, i_mode);
	f->ino = BPF_CORE_READ(inode, i_ino);
	f->dev = BPF_CORE_READ(sb, s_dev);
	f->magic = BPF_CORE_READ(sb, s_magic);
}

static __always_inline struct opened opened_file(s64 fd)
{
	struct opened out = {};
	struct file *file = file_of(fd);
	struct file_facts facts = {};

	if (!file)
		return out;
	read_facts(file, &facts);
	out.dev = encode_dev(facts.dev);
	out.ino = facts.ino;
	if (facts.mode & FMODE_CREATED)
		out.flags |= SAKER_FILE_O_F_CREATED;
	switch (layer_of(facts.inode, facts.magic)) {
	case LAYER_UPPER:
		out.flags |= SAKER_FILE_FD_UPPER_LAYER;
		break;
	case LAYER_LOWER:
		out.flags |= SAKER_FILE_FD_LOWER_LAYER;
		break;
	default:
		break;
	}
	return out;
}

/* A walk from a dentry up to the root of the mount tree, or of anything else that has names and parents. */
struct walk {
	struct scratch *memory;
	struct dentry *dentry;
	struct mount *mount;
};

#define PATH_END TEXT_MAX

/* Puts '/' and a name of `size` bytes before the path found so far. @returns whether there was room. */
static __always_inline bool prepend(struct scratch *s, const void *name, u32 size)
{
	u32 start = s->start;

	size &= 0xff;
	if (size + 1 >= start)
		return false;
	start -= size + 1;
	s->start = start;
	s->path[start & (TEXT_MAX - 1)] = '/';
	return bpf_probe_read_kernel(&s->path[(start + 1) & (TEXT_MAX - 1)], size, name) == 0;
}

/* One step up. @returns whether that was the last one. */
static __always_inline bool walk_step(struct walk *w, struct scratch *s)
{
	/* Locals, since BPF_CORE_READ would relocate the access to our own structure too. */
	struct dentry *dentry = w->dentry, *parent = BPF_CORE_READ(dentry, d_parent);
	struct mount *mount = w->mount;
	const void *name;
	u32 size;

	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		struct mount *above = BPF_CORE_READ(mount, mnt_parent);

		if (above == mount)
			return true;
		w->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		w->mount = above;
		return false;
	}
	size = BPF_CORE_READ(dentry, d_name.len);
	name = BPF_CORE_READ(dentry, d_name.name);
	if (dentry == parent) {
		/* Files outside any tree (memfd) have a bare name. */
		if (s->start == PATH_END - 1 && prepend(s, name, size))
			s->start++;
		return true;
	}
	if (!prepend(s, name, size))
		return true;
	w->dentry = parent;
	return false;
}

/* The longest path has 2048 names of one character. A deeper one than on old kernels loses its front there. */
DEFINE_REPEAT(walk_up, struct walk, walk_step, 2100, 256)

/* Where the path that a walk has left begins: the root itself gave no name. */
static __always_inline u32 path_start(struct scratch *s)
{
	u32 start = s->start;

	if (start < PATH_END - 1)
		return start;
	s->path[PATH_END - 2] = '/';
	return PATH_END - 2;
}

/* Writes the full path of a file into scratch.path, ending at PATH_END with a NUL. @returns where it begins. */
static __always_inline u32 resolve_path(struct scratch *s, struct dentry *dentry, struct vfsmount *vfsmount)
{
	struct walk w = { .memory = s, .dentry = dentry };

	s->start = PATH_END - 1;
	s->path[PATH_END - 1] = 0;
	w.mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
	walk_up(&w);
	return path_start(s);
}

/* Copies scratch.path from `start` to PATH_END into the event, as (part of) a value. @returns its size. */
static __always_inline u32 copy_path(struct writer *w, struct scratch *s, u32 start, u32 offset)
{
	u32 size = (PATH_END - start) & (TEXT_MAX - 1);
	u8 *to = w->buf + ((w->pos + offset) & EVENT_MASK);

	if (bpf_probe_read_kernel(to, size, &s->path[start & (TEXT_MAX - 1)]))
		return 0;
	return size;
}

static __always_inline void put_file_path(struct writer *w, struct scratch *s, struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct vfsmount *mount = BPF_CORE_READ(file, f_path.mnt);
	u32 start;

	if (!dentry || !mount) {
		put_empty(w);
		return;
	}
	start = resolve_path(s, dentry, mount);
	take(w, copy_path(w, s, start, 0));
	forget_position(w);
}
