/* The file that a process executes: what it is, and whether the process could write it. */
#pragma once

#include "task.h"

#define SB_RDONLY 1
#define S_IMMUTABLE 8
#define MNT_READONLY 0x40
#define CAP_DAC_OVERRIDE 1

static __always_inline bool in_group(struct cred *cred, u32 gid)
{
	struct group_info *groups = READ(cred, group_info);
	u32 *gids = (void *)groups + bpf_core_field_offset(struct group_info, gid);
	int count = READ(groups, ngroups);

	if (READ(cred, fsgid.val) == gid)
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
static __always_inline bool can_write(struct cred *cred, struct file *file, struct inode *inode)
{
	u16 mode = READ(inode, i_mode);

	if (READ(inode, i_sb, s_flags) & SB_RDONLY || READ(inode, i_flags) & S_IMMUTABLE ||
	    READ(file, f_path.mnt, mnt_flags) & MNT_READONLY)
		return false;
	if (capability_set(cred, cap_effective) & (1ull << CAP_DAC_OVERRIDE))
		return true;
	if (READ(cred, fsuid.val) == READ(inode, i_uid.val))
		return mode & 0200;
	if (in_group(cred, READ(inode, i_gid.val)))
		return mode & 0020;
	return mode & 0002;
}

static __always_inline bool is_memfd(struct file *file)
{
	struct dentry *dentry = READ(file, f_path.dentry);
	char name[6] = {};

	if (READ(dentry, d_parent) != dentry)
		return false;
	bpf_probe_read_kernel(name, sizeof(name), READ(dentry, d_name.name));
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' && name[5] == ':';
}

static __always_inline u32 exec_flags(struct cred *cred, struct file *file, struct inode *inode)
{
	enum overlay_layer layer;
	u32 flags = 0;

	layer = layer_of(inode, READ(inode, i_sb, s_magic));
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

/* The file that a task executes. */
struct program_facts {
	u64 ino, ctime, mtime;
	u32 flags;
};

static __always_inline struct program_facts program_of(struct task_struct *task)
{
	struct file *file = READ(task, mm, exe_file);
	struct inode *inode = file ? READ(file, f_inode) : NULL;
	struct program_facts out = {};

	if (!file)
		return out;
	out.flags = exec_flags(READ(task, cred), file, inode);
	out.ino = READ(inode, i_ino);
	out.ctime = inode_ctime(inode);
	out.mtime = inode_mtime(inode);
	return out;
}

static __always_inline void put_program_path(struct writer *w, struct scratch *s, struct task_struct *task)
{
	struct file *file = READ(task, mm, exe_file);

	if (file)
		put_file_path(w, s, file);
	else
		put_empty(w);
}
