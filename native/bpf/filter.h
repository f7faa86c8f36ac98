/*
 * Leaves out, before anything is made of them, opens that no rule can match, and the closes that belong to them. User
 * space says which: it has judged such an open before (struct saker_boring is all that its judgement may rest on).
 *
 * User space then has no descriptor for the opened file. A note is kept here instead, and the open is told belatedly
 * before anything happens for which the descriptor could matter: a call with its number as an argument, one that hands
 * on descriptors, a fork, an exec. Only processes whose descriptors are their own get notes, so that all that happens to
 * these passes by here; not those that use io_uring, which opens and closes unseen.
 */
#pragma once

#include "../include/saker_boring.h"
#include "../calls/writer.h"
#include "file.h"
#include "../calls/flags.h"

#define S_IFREG 0100000
#define PR_SET_NAME 15
/* Notes and programs of all processes; powers of two. */
#define NOTES 16384
#define PROGRAMS 32768
/* Descriptors with higher numbers are always told. */
#define NOTED_FDS 256
#define HERE_FD (-100)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SAKER_BORING_SETS);
	__type(key, u32);
	__type(value, struct saker_boring_set);
} boring SEC(".maps");

/* A descriptor that user space has not heard of. */
struct note {
	/* When the process was started; 0: no note. */
	u64 owner;
	u32 pid, fd;
	u64 ino;
	u32 dev;
	struct saker_boring is;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NOTES);
	__type(key, u32);
	__type(value, struct note);
} notes SEC(".maps");

/*
 * The name of a process as user space knows it: that of its last exec, or of its fork. It may call itself something else
 * by now. Processes that were there before have the name that they have when they are first seen, unless they change it.
 */
struct program {
	/* 0: nobody's yet. */
	u64 owner;
	/* 0: its owner has ended. */
	u32 pid;
	/* How many notes it has. */
	u32 untold;
	/* Beginning with NUL: nothing is to be left out. */
	char name[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PROGRAMS);
	__type(key, u32);
	__type(value, struct program);
} programs SEC(".maps");

static __always_inline struct program *program_slot(u32 pid)
{
	u32 slot = pid & (PROGRAMS - 1);

	return bpf_map_lookup_elem(&programs, &slot);
}

/* The entry of the current process; NULL: there is none. */
static __always_inline struct program *program_of_task(struct task_struct *task)
{
	struct program *program = program_slot(task->pid);

	return program && program->owner == task->start_boottime && program->pid == task->pid ? program : NULL;
}

/* Whether a process can have this entry: no other one that runs has it. */
static __always_inline bool is_free_for(const struct program *program, struct task_struct *task)
{
	return program->owner == 0 || program->pid == 0 || program->pid == task->pid;
}

/* Notes the name of a process, which is the one that the current process has now: it, or its new child. */
static __always_inline void note_program(struct task_struct *task)
{
	struct program *program = program_slot(task->pid);

	if (!program || task->pid != task->tgid || !is_free_for(program, task))
		return;
	program->owner = 0;
	program->pid = task->pid;
	program->untold = 0;
	bpf_get_current_comm(program->name, sizeof(program->name));
	program->owner = task->start_boottime;
}

/* Nothing of the current process is left out from now on. */
static __always_inline void exclude_program(struct task_struct *task)
{
	struct program *program = program_slot(task->pid);

	if (!program || !is_free_for(program, task))
		return;
	program->pid = task->pid;
	program->name[0] = 0;
	program->owner = task->start_boottime;
}

static __always_inline struct note *note_slot(u32 pid, u32 fd)
{
	u32 slot = (pid * 37 + fd) & (NOTES - 1);

	return bpf_map_lookup_elem(&notes, &slot);
}

static __always_inline bool is_note_of(const struct note *note, struct task_struct *task, u32 fd)
{
	return note->owner == task->start_boottime && note->pid == task->pid && note->fd == fd;
}

static __always_inline void send_note(struct note *note)
{
	struct scratch *s = scratch_of(SCRATCH_FORK);
	struct writer w;

	if (!s)
		return;
#if !defined(__TARGET_ARCH_arm64)
	if (note->is.syscall == SYS_open) {
		start_event(&w, s->event, EV_SYSCALL_OPEN_X, EVN_SYSCALL_OPEN_X, note->pid);
		put_u64(&w, note->fd);
		put_kernel_text(&w, note->is.path);
		put_u32(&w, note->is.flags);
		put_u32(&w, note->is.mode);
		put_u32(&w, note->dev);
		put_u64(&w, note->ino);
		send_event(&w, EV_SYSCALL_OPEN_X);
		return;
	}
#endif
	start_event(&w, s->event, EV_SYSCALL_OPENAT_2_X, EVN_SYSCALL_OPENAT_2_X, note->pid);
	put_u64(&w, note->fd);
	put_u64(&w, (s64)HERE_FD);
	put_kernel_text(&w, note->is.path);
	put_u32(&w, note->is.flags);
	put_u32(&w, note->is.mode);
	put_u32(&w, note->dev);
	put_u64(&w, note->ino);
	send_event(&w, EV_SYSCALL_OPENAT_2_X);
}

enum ending { TELL, TELL_IF_OPEN, DROP };

/* Ends a note of the current process, if there is one for this descriptor. */
static __noinline int end_note(u32 fd, enum ending how)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct program *program = program_of_task(task);
	struct note *note = note_slot(task->pid, fd);

	if (!note || !program || !is_note_of(note, task, fd))
		return 0;
	note->owner = 0;
	program->untold--;
	if (how == TELL || (how == TELL_IF_OPEN && file_of(fd)))
		send_note(note);
	return 0;
}

static long end_round(u32 fd, void *how)
{
	end_note(fd, *(enum ending *)how);
	return 0;
}

/* Ends all notes of the current process. */
static __always_inline void end_notes(struct task_struct *task, enum ending how)
{
	struct program *program = program_of_task(task);

	if (program && program->untold > 0)
		repeat(NOTED_FDS, end_round, &how, 0);
}

/*
 * The current thread ends: another process can have its entry, from its fork or exec on. One that was there before can't: it may
 * have changed its name while there was no entry to say so.
 */
static __always_inline void end_program(struct task_struct *task)
{
	struct program *program = program_of_task(task);

	if (!program)
		return;
	end_notes(task, DROP);
	program->pid = 0;
}

/* A call that is going to be told of: tells of opens before that it may be about. */
static __always_inline void follow(struct task_struct *task, const struct call *c)
{
	struct program *program;

	switch (c->nr) {
	case SYS_prctl:
		if (c->args[0] == PR_SET_NAME && !program_of_task(task))
			exclude_program(task);
		return;
#if !defined(__TARGET_ARCH_arm64)
	case SYS_fork:
	case SYS_vfork:
#endif
	case SYS_clone:
	case SYS_clone3:
		/* On arm64 process_fork does it. */
		if (c->ret == 0)
			note_program(task);
		return;
	case SYS_io_uring_setup:
		end_notes(task, TELL);
		exclude_program(task);
		return;
	case SYS_close_range:
	case SYS_sendmsg:
	case SYS_sendmmsg:
		end_notes(task, TELL);
		return;
	default:
		break;
	}
	program = program_of_task(task);
	if (!program || program->untold == 0)
		return;
	if (c->args[0] < NOTED_FDS)
		end_note(c->args[0], TELL);
	if (c->args[1] < NOTED_FDS)
		end_note(c->args[1], TELL);
	if (c->args[2] < NOTED_FDS)
		end_note(c->args[2], TELL);
	if (c->args[4] < NOTED_FDS)
		end_note(c->args[4], TELL);
	/* A new descriptor under a number whose close was not seen. */
	if (c->ret >= 0 && c->ret < NOTED_FDS)
		end_note(c->ret, DROP);
}

#if !defined(__TARGET_ARCH_arm64)
/* In the parent, before the child runs, which will have the same descriptors or share them. On arm64 process_fork does it. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(notes_before_fork, struct task_struct *parent, struct task_struct *child)
{
	if (control.filtering)
		end_notes(bpf_get_current_task_btf(), TELL);
	return 0;
}
#endif

static __always_inline void count_left_out(void)
{
	control.left_out[bpf_get_smp_processor_id() & (SAKER_FILTER_CPUS - 1)].events++;
}

/* Whether the open can be left out that the current process made of a file that is to have a note. */
static __always_inline bool make_note(struct task_struct *task, struct program *program, u32 fd, const struct saker_boring *is,
				      const struct file_facts *facts)
{
	struct note *note = note_slot(task->pid, fd);

	/* The place may be taken by another process, or by a descriptor whose close was not seen. */
	if (!note || (note->owner != 0 && !is_note_of(note, task, fd)))
		return false;
	if (note->owner == 0)
		program->untold++;
	note->pid = task->pid;
	note->fd = fd;
	note->ino = facts->ino;
	note->dev = encode_dev(facts->dev);
	note->is = *is;
	note->owner = task->start_boottime;
	return true;
}

/* Flags that the kernel adds to those of the caller. @returns false: such an open has to be told. */
static __always_inline bool look_at_file(s64 fd, struct file_facts *facts, u32 *flags)
{
	struct file *file = file_of(fd);
	enum overlay_layer layer;

	if (!file || fd >= NOTED_FDS)
		return false;
	read_facts(file, facts);
	if ((facts->type & S_IFMT) != S_IFREG || facts->mode & FMODE_CREATED)
		return false;
	layer = layer_of(facts->inode, facts->magic);
	if (layer == LAYER_UPPER)
		*flags |= SAKER_FILE_FD_UPPER_LAYER;
	if (layer == LAYER_LOWER)
		*flags |= SAKER_FILE_FD_LOWER_LAYER;
	return true;
}

/* Whether user space has said that such opens need not be told. */
static __always_inline bool is_boring(const struct saker_boring *open)
{
	u64 hash = saker_boring_hash(open, control.boring_key);
	u32 index = saker_boring_set(hash);
	const struct saker_boring_set *set = bpf_map_lookup_elem(&boring, &index);

	if (!set)
		return false;
#pragma unroll
	for (u32 i = 0; i < SAKER_BORING_WAYS; i++)
		if (set->hashes[i] == hash)
			return true;
	return false;
}

/* Whether an open need not be told. */
static __always_inline bool is_boring_open(struct task_struct *task, u32 nr, u64 path, u64 flags, u64 mode, s64 ret)
{
	struct program *program = program_slot(task->pid);
	struct file_facts facts = {};
	struct saker_boring key = {};
	long size;

	if (!program || task->pid != task->tgid || task->files->count.counter != 1)
		return false;
	if (program->owner == 0)
		note_program(task);
	if (program->owner != task->start_boottime || program->pid != task->pid || program->name[0] == 0)
		return false;
	__builtin_memcpy(key.program, program->name, sizeof(key.program));
	key.syscall = nr;
	key.flags = open_flags(flags);
	key.mode = open_mode(flags, mode);
	if (ret < 0)
		key.error = ret;
	else if (!look_at_file(ret, &facts, &key.flags))
		return false;
	size = read_user_text(key.path, sizeof(key.path), (const void *)path);
	/* A longer path is cut and ends in the last byte. Relative ones mean something else in each directory. */
	if (size <= 1 || size >= sizeof(key.path) || key.path[0] != '/' || !is_boring(&key))
		return false;
	if (ret >= 0 && !make_note(task, program, ret, &key, &facts))
		return false;
	count_left_out();
	return true;
}

/* Whether the close of a descriptor need not be told. */
static __always_inline bool is_boring_close(struct task_struct *task, u64 fd, s64 ret)
{
	struct program *program;
	struct note *note;

	if (fd >= NOTED_FDS)
		return false;
	note = note_slot(task->pid, fd);
	if (!note || !is_note_of(note, task, fd))
		return false;
	program = program_of_task(task);
	note->owner = 0;
	if (program)
		program->untold--;
	/* A failed close leaves no descriptor either, but rules may look at it. */
	if (ret != 0)
		return false;
	count_left_out();
	return true;
}
