/* The file that a process executes. */
#pragma once

#include "task.h"

struct program_facts {
	u64 ino, ctime, mtime;
	u32 flags;
};

static inline struct program_facts program_of(struct task_struct *task)
{
	struct program_facts out = { 0 };
	struct executed_file file;

	executed_file(&file);
	if (!file.is_known)
		return out;
	out.ino = file.ino;
	out.ctime = file.ctime;
	out.mtime = file.mtime;
	out.flags = (file.is_writable ? SAKER_EXE_EXE_WRITABLE : 0) | (file.is_memfd ? SAKER_EXE_EXE_FROM_MEMFD : 0) |
		    (file.layer == LAYER_UPPER ? SAKER_EXE_EXE_UPPER_LAYER : 0) |
		    (file.layer == LAYER_LOWER ? SAKER_EXE_EXE_LOWER_LAYER : 0);
	return out;
}

static inline void put_program_path(struct writer *w, struct scratch *s, struct task_struct *task)
{
	struct executed_file file;

	executed_file(&file);
	if (file.path[0])
		put_kernel_text(w, file.path);
	else
		put_empty(w);
}
