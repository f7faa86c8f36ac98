/* Files and sockets of the stopped thread. */
#define _GNU_SOURCE
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif
#define OVERLAYFS_MAGIC 0x794c7630
#define OVERLAY_HANDLE 0xf8
#define DEVICES 64

/* Whether a device is that of an overlay, found once for each. */
static bool is_overlay(dev_t device, const char *path)
{
	static struct {
		dev_t device;
		bool is_known, is_overlay;
	} seen[DEVICES], *one;
	struct statfs fs;

	one = &seen[(minor(device) + major(device)) % DEVICES];
	if (!one->is_known || one->device != device) {
		one->is_overlay = statfs(path, &fs) == 0 && fs.f_type == OVERLAYFS_MAGIC;
		one->device = device;
		one->is_known = true;
	}
	return one->is_overlay;
}

/*
 * The name by which an overlay knows a file begins with struct ovl_fb (fs/overlayfs/overlayfs.h), three bytes in: version,
 * magic, length, flags, of which 4 says that the file is in the upper layer. A file of a lower layer that was changed
 * has the name of the one that it was copied from.
 */
static enum overlay_layer layer_of(dev_t device, const char *path)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle;
	int mount;

	if (!is_overlay(device, path))
		return LAYER_NONE;
	handle.head.handle_bytes = sizeof(handle.bytes);
	if (name_to_handle_at(AT_FDCWD, path, &handle.head, &mount, AT_SYMLINK_FOLLOW | AT_HANDLE_FID) != 0 ||
	    handle.head.handle_type != OVERLAY_HANDLE || handle.head.handle_bytes < 7 || handle.bytes[4] != 0xfb)
		return LAYER_NONE;
	return handle.bytes[6] & 4 ? LAYER_UPPER : LAYER_LOWER;
}

/* Whether the stopped process could write the file it executes. */
static bool can_write(const char *path, const struct stat *st)
{
	struct task_struct *task = thread_facts();
	struct statx attributes;
	struct statvfs mount;
	char group[16];

	if (statvfs(path, &mount) == 0 && mount.f_flag & ST_RDONLY)
		return false;
	if (statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &attributes) == 0 &&
	    attributes.stx_attributes & STATX_ATTR_IMMUTABLE)
		return false;
	/* CAP_DAC_OVERRIDE */
	if (task->effective & 2)
		return true;
	if (st->st_uid == task->fsuid)
		return st->st_mode & S_IWUSR;
	snprintf(group, sizeof(group), " %u ", st->st_gid);
	if (st->st_gid == task->fsgid || strstr(task->groups, group))
		return st->st_mode & S_IWGRP;
	return st->st_mode & S_IWOTH;
}

void executed_file(struct executed_file *out)
{
	static const char deleted[] = " (deleted)", memfd[] = "/memfd:";
	char path[64];
	struct stat st;
	ssize_t size;

	memset(out, 0, offsetof(struct executed_file, path) + 1);
	snprintf(path, sizeof(path), "/proc/%d/exe", stopped_pid);
	size = readlink(path, out->path, sizeof(out->path) - 1);
	out->path[size > 0 ? size : 0] = 0;
	if (stat(path, &st) != 0)
		return;
	out->is_known = true;
	out->ino = st.st_ino;
	out->ctime = st.st_ctim.tv_sec * 1000000000ull + st.st_ctim.tv_nsec;
	out->mtime = st.st_mtim.tv_sec * 1000000000ull + st.st_mtim.tv_nsec;
	out->is_writable = can_write(path, &st);
	out->layer = layer_of(st.st_dev, path);
	if (st.st_nlink == 0 && size > (ssize_t)sizeof(deleted) &&
	    strcmp(out->path + size - (sizeof(deleted) - 1), deleted) == 0)
		out->path[size - (sizeof(deleted) - 1)] = 0;
	out->is_memfd = strncmp(out->path, memfd, sizeof(memfd) - 1) == 0;
	/* Files outside any tree have a bare name. */
	if (out->is_memfd)
		memmove(out->path, out->path + 1, strlen(out->path));
}

struct opened_facts opened_facts(s64 fd)
{
	struct opened_facts out = { 0 };
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%lld", stopped_tid, fd);
	if (stat(path, &st) != 0)
		return out;
	/* As stat(2) encodes it in 32 bits. */
	out.dev = (minor(st.st_dev) & 0xff) | major(st.st_dev) << 8 | (minor(st.st_dev) & ~0xffu) << 12;
	out.ino = st.st_ino;
	out.layer = layer_of(st.st_dev, path);
	return out;
}

u32 descriptor_path(s64 fd, char *to, u32 room)
{
	char path[64];
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/%d/fd/%lld", stopped_tid, fd);
	size = readlink(path, to, room - 1);
	to[size > 0 ? size : 0] = 0;
	return size > 0 ? size : 0;
}

bool path_exists(s64 dirfd, const char *path)
{
	char place[TEXT_MAX + 64];
	struct stat st;

	if (path[0] == '/')
		snprintf(place, sizeof(place), "/proc/%d/root%s", stopped_tid, path);
	else if (dirfd == AT_FDCWD)
		snprintf(place, sizeof(place), "/proc/%d/cwd/%s", stopped_tid, path);
	else
		snprintf(place, sizeof(place), "/proc/%d/fd/%lld/%s", stopped_tid, dirfd, path);
	return stat(place, &st) == 0 || errno != ENOENT;
}

/* Sockets ---------------------------------------------------------------------------------------------------------- */

/* The process whose descriptors were copied last. */
static int kept_pid, kept_pidfd = -1;

void forget_process(int pid)
{
	if (pid != kept_pid)
		return;
	kept_pid = 0;
	if (kept_pidfd >= 0)
		close(kept_pidfd);
	kept_pidfd = -1;
}

/* A copy of a descriptor of the stopped process, to be closed. @returns -1 when there is none to be had. */
static int copy_descriptor(s64 fd)
{
	if (kept_pid != stopped_pid) {
		forget_process(kept_pid);
		kept_pid = stopped_pid;
		kept_pidfd = syscall(SYS_pidfd_open, stopped_pid, 0);
	}
	return kept_pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, kept_pidfd, (int)fd, 0);
}

static void take_address(const struct sockaddr_storage *from, socklen_t size, u16 *port, u8 address[16], u8 path[108],
			 u32 *path_size)
{
	const struct sockaddr_in6 *six = (const void *)from;
	const struct sockaddr_in *four = (const void *)from;
	const struct sockaddr_un *local = (const void *)from;

	switch (from->ss_family) {
	case AF_INET:
		memcpy(address, &four->sin_addr, 4);
		*port = ntohs(four->sin_port);
		break;
	case AF_INET6:
		memcpy(address, &six->sin6_addr, 16);
		*port = ntohs(six->sin6_port);
		break;
	case AF_UNIX:
		if (size <= offsetof(struct sockaddr_un, sun_path))
			break;
		*path_size = size - offsetof(struct sockaddr_un, sun_path);
		if (*path_size > 108)
			*path_size = 108;
		memcpy(path, local->sun_path, *path_size);
		break;
	default:
		break;
	}
}

bool socket_ends(s64 fd, struct socket_ends *out)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	struct stat st;
	int copy;

	memset(out, 0, sizeof(*out));
	if (fd < 0 || (copy = copy_descriptor(fd)) < 0)
		return false;
	if (getsockname(copy, (struct sockaddr *)&address, &size) != 0) {
		close(copy);
		return false;
	}
	out->family = address.ss_family;
	take_address(&address, size, &out->local_port, out->local, out->local_path, &out->local_path_size);
	size = sizeof(address);
	if (getpeername(copy, (struct sockaddr *)&address, &size) == 0)
		take_address(&address, size, &out->remote_port, out->remote, out->remote_path, &out->remote_path_size);
	if (fstat(copy, &st) == 0)
		out->ino = st.st_ino;
	close(copy);
	return true;
}

bool socket_backlog(s64 fd, u32 *length, u32 *maximum)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);
	int copy = copy_descriptor(fd);
	bool ok;

	if (copy < 0)
		return false;
	/* Of a socket that listens, these two have another meaning. */
	ok = getsockopt(copy, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_LISTEN;
	*length = info.tcpi_unacked;
	*maximum = info.tcpi_sacked;
	close(copy);
	return ok;
}
