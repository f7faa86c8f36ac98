/*
 * What was there before the first event, as only the kernel knows it: read once, when the sensor starts. /proc has the
 * rest, but reads one process after the other, and some end meanwhile.
 */
#pragma once

#include "task.h"
#include "program.h"
#include "socket.h"

/* The arguments of the programs (kernel/bpf/task_iter.c): each lies in 8 bytes. */
struct iterator_meta {
	void *seq;
};

struct task_place {
	struct iterator_meta *meta;
	struct task_struct *task;
};

struct file_place {
	struct iterator_meta *meta;
	struct task_struct *task;
	u64 fd;
	struct file *file;
};

/* Every thread; `flags` are those of the program that it executes. */
SEC("iter/task")
int list_threads(struct task_place *at)
{
	struct task_struct *task = at->task;
	struct saker_listed out = { .kind = SAKER_LISTED_THREAD };
	struct program_facts program;

	if (!task)
		return 0;
	program = program_of(task);
	out.pid = READ(task, tgid);
	out.id = READ(task, pid);
	out.flags = program.flags;
	out.ino = program.ino;
	out.parent = READ(task, real_parent, tgid);
	out.uid = READ(task, cred, euid.val);
	out.gid = READ(task, cred, egid.val);
	out.loginuid = loginuid_of(task);
	bpf_probe_read_kernel(out.comm, sizeof(out.comm), __builtin_preserve_access_index(&task->comm));
	bpf_seq_write(at->meta->seq, &out, sizeof(out));
	return 0;
}

/* Descriptors of unix sockets, with both ends, and of files in a layer of an overlay. */
SEC("iter/task_file")
int list_descriptors(struct file_place *at)
{
	struct task_struct *task = at->task;
	struct file *file = at->file;
	struct saker_listed out = {};
	struct socket *socket;
	struct inode *inode;
	struct sock *sk;

	if (!task || !file)
		return 0;
	inode = READ(file, f_inode);
	out.pid = READ(task, tgid);
	out.id = at->fd;
	out.ino = READ(inode, i_ino);
	if ((READ(inode, i_mode) & S_IFMT) == S_IFSOCK) {
		socket = READ(file, private_data);
		sk = socket ? READ(socket, sk) : NULL;
		if (!sk || READ(sk, __sk_common.skc_family) != AF_UNIX)
			return 0;
		out.kind = SAKER_LISTED_UNIX_SOCKET;
		out.own = (u64)sk;
		out.peer = (u64)READ((struct unix_sock *)sk, peer);
	} else {
		enum overlay_layer layer = layer_of(inode, READ(inode, i_sb, s_magic));

		if (layer == LAYER_NONE)
			return 0;
		out.kind = SAKER_LISTED_OVERLAY_FILE;
		out.flags = layer == LAYER_UPPER ? SAKER_FILE_FD_UPPER_LAYER : SAKER_FILE_FD_LOWER_LAYER;
	}
	bpf_seq_write(at->meta->seq, &out, sizeof(out));
	return 0;
}
