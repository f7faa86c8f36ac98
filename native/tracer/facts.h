/* What /proc and copies of descriptors say of a stopped thread. It can't change while it is stopped. */
#pragma once

#include "sensor.h"

struct task_struct {
	int tid, pid, parent, pgid, vtid, vpid, vpgid;
	u32 tty, loginuid, euid, egid, fsuid, fsgid;
	u64 fd_limit, major_faults, minor_faults;
	/* kB */
	u32 vm_size, vm_rss, vm_swap;
	char comm[16];
	u64 inheritable, permitted, effective;
	/* Where arguments and environment lie. */
	u64 arg_start, arg_end, env_start, env_end;
	/* Its ids mean something else in its pid namespace, or in that of its children. */
	bool in_pidns;
	/* Its supplementary groups as /proc/PID/status has them: blanks between numbers. */
	char groups[1024];
};

/* Where a file lies in an overlay of file systems; LAYER_NONE also when the kernel does not say (before 6.6). */
enum overlay_layer { LAYER_NONE, LAYER_UPPER, LAYER_LOWER };

struct executed_file {
	bool is_known, is_writable, is_memfd;
	enum overlay_layer layer;
	u64 ino, ctime, mtime;
	char path[TEXT_MAX];
};

struct opened_facts {
	u32 dev;
	u64 ino;
	enum overlay_layer layer;
};

/* Both ends of a socket. Ports in the order of the machine; a path of unix sockets may begin with a NUL (abstract). */
struct socket_ends {
	u16 family, local_port, remote_port;
	u8 local[16], remote[16];
	u8 local_path[108], remote_path[108];
	u32 local_path_size, remote_path_size;
	/* Inode of the socket, which stands for its address in the kernel. */
	u64 ino;
};

/* From now on, everything is about this thread. */
void select_thread(int tid, int pid);
/* Of the selected thread; never NULL, all zero when nothing can be known. */
struct task_struct *thread_facts(void);
void executed_file(struct executed_file *out);
struct opened_facts opened_facts(s64 fd);
/* Link text of a descriptor. @returns its length; 0: unknown. */
u32 descriptor_path(s64 fd, char *to, u32 room);
/* @returns false for what is no socket, or can't be looked at. */
bool socket_ends(s64 fd, struct socket_ends *out);
/* Waiting connections of a TCP socket that listens. */
bool socket_backlog(s64 fd, u32 *length, u32 *maximum);
/* `subsystem=path` texts, each with a NUL. @returns the size. */
u32 control_groups(char *to, u32 room);
/* Start of the first process of the pid namespace, ns since boot; 0: unknown. */
u64 namespace_start(void);
/* A child of the selected thread; 0: it has none. */
int first_child(void);
/* Parent of a process; 0: unknown. */
int parent_process(int pid);
/* Process id of a thread; 0: it is gone. */
int process_of(int tid);
/* Whether a signal does something to the selected thread: without a tracer the kernel would not even deliver others. */
bool is_signal_heeded(int sig);
/* Whether a path, as the selected thread names it, leads to a file. */
bool path_exists(s64 dirfd, const char *path);
/* Closes what was kept of a process that has ended. */
void forget_process(int pid);
