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
		table = READ(current_task(), files, fdt);
		count = READ(table, max_fds);
		slots = READ(table, fd);
	}
	if (fd >= count)
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), slots + fd);
	return file;
}

static __always_inline u64 inode_number(struct file *file)
{
	return READ(file, f_inode, i_ino);
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
	return upper && READ(upper, d_inode) ? LAYER_UPPER : LAYER_LOWER;
}

static __always_inline u64 nanoseconds(s64 seconds, u64 rest)
{
	return seconds * 1000000000ull + rest;
}

static __always_inline u64 inode_ctime(struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_ctime_sec))
		return nanoseconds(READ(inode, i_ctime_sec), READ(inode, i_ctime_nsec));
	if (bpf_core_field_exists(((struct inode___hidden_times *)inode)->__i_ctime)) {
		struct inode___hidden_times *hidden = (void *)inode;

		return nanoseconds(READ(hidden, __i_ctime.tv_sec), READ(hidden, __i_ctime.tv_nsec));
	}
	struct inode___plain_times *plain = (void *)inode;

	return nanoseconds(READ(plain, i_ctime.tv_sec), READ(plain, i_ctime.tv_nsec));
}

static __always_inline u64 inode_mtime(struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_mtime_sec))
		return nanoseconds(READ(inode, i_mtime_sec), READ(inode, i_mtime_nsec));
	if (bpf_core_field_exists(((struct inode___hidden_times *)inode)->__i_mtime)) {
		struct inode___hidden_times *hidden = (void *)inode;

		return nanoseconds(READ(hidden, __i_mtime.tv_sec), READ(hidden, __i_mtime.tv_nsec));
	}
	struct inode___plain_times *plain = (void *)inode;

	return nanoseconds(READ(plain, i_mtime.tv_sec), READ(plain, i_mtime.tv_nsec));
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

static __always_inline void read_facts(struct file *file, struct file_facts *f)
{
	struct super_block *sb;
	struct inode *inode;

	inode = READ(file, f_inode);
	sb = READ(inode, i_sb);
	f->inode = inode;
	f->mode = READ(file, f_mode);
	f->type = READ(inode, i_mode);
	f->ino = READ(inode, i_ino);
	f->dev = READ(sb, s_dev);
	f->magic = READ(sb, s_magic);
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
static __always_inline bool prepend(struct scratch *s, const void *name, u64 size)
{
	u32 start = s->start;

	size &= 0xff;
	if (size + 1 >= start)
		return false;
	start -= size + 1;
	s->start = start;
	s->path[start & (TEXT_MAX - 1)] = '/';
	BOUND(size, 0xff);
	return bpf_probe_read_kernel(&s->path[(start + 1) & (TEXT_MAX - 1)], size, name) == 0;
}

/* One step up. @returns whether that was the last one. */
static __always_inline bool walk_step(struct walk *w, struct scratch *s)
{
	/* Locals, since READ would relocate the access to our own structure too. */
	struct dentry *dentry = w->dentry, *parent = READ(dentry, d_parent);
	struct mount *mount = w->mount;
	const void *name;
	u32 size;

	if (dentry == READ(mount, mnt.mnt_root)) {
		struct mount *above = READ(mount, mnt_parent);

		if (above == mount)
			return true;
		w->dentry = READ(mount, mnt_mountpoint);
		w->mount = above;
		return false;
	}
	size = READ(dentry, d_name.len);
	name = READ(dentry, d_name.name);
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

/* Copies scratch.path from `start` to PATH_END. @returns its size. */
static __always_inline u32 copy_path(void *to, struct scratch *s, u32 start)
{
	u32 size = (PATH_END - start) & (TEXT_MAX - 1);

	if (bpf_probe_read_kernel(to, size, &s->path[start & (TEXT_MAX - 1)]))
		return 0;
	return size;
}

static __always_inline void put_file_path(struct writer *w, struct scratch *s, struct file *file)
{
	struct dentry *dentry = READ(file, f_path.dentry);
	struct vfsmount *mount = READ(file, f_path.mnt);
	u32 start;

	if (!dentry || !mount) {
		put_empty(w);
		return;
	}
	start = resolve_path(s, dentry, mount);
	take(w, copy_path(here(w), s, start));
	forget_position(w);
}
