/* Open files. */
#pragma once

#include "../calls/writer.h"
#include "facts.h"

struct file {
	s64 fd;
};

/* Lives until the next call; NULL: there is no such file. */
static inline struct file *file_of(s64 fd)
{
	static struct file file;

	file.fd = fd;
	return fd < 0 ? NULL : &file;
}

static inline u64 inode_number(struct file *file)
{
	return opened_facts(file->fd).ino;
}

struct opened {
	u64 ino;
	u32 dev;
	u32 flags;
};

static inline struct opened opened_file(s64 fd)
{
	struct opened out = { 0 };
	struct opened_facts facts;

	if (fd < 0)
		return out;
	facts = opened_facts(fd);
	out.ino = facts.ino;
	out.dev = facts.dev;
	out.flags = stopped_creates ? SAKER_FILE_O_F_CREATED : 0;
	if (facts.layer == LAYER_UPPER)
		out.flags |= SAKER_FILE_FD_UPPER_LAYER;
	if (facts.layer == LAYER_LOWER)
		out.flags |= SAKER_FILE_FD_LOWER_LAYER;
	return out;
}

static inline void put_file_path(struct writer *w, struct scratch *s, struct file *file)
{
	u32 size = descriptor_path(file->fd, here(w), TEXT_MAX);

	take(w, size ? size + 1 : 0);
}
