/* Calls that open, make, name and remove files, and change who may use them. */
#pragma once

#include "file.h"
#include "flags.h"

FILLER(open, SYSCALL_OPEN_X)
{
	struct opened o = opened_file(c->ret);

	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_u32(w, open_flags(c->args[1]) | o.flags);
	put_u32(w, open_mode(c->args[1], c->args[2]));
	put_u32(w, o.dev);
	put_u64(w, o.ino);
}

FILLER(openat, SYSCALL_OPENAT_2_X)
{
	struct opened o = opened_file(c->ret);

	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_user_text(w, c->args[1]);
	put_u32(w, open_flags(c->args[2]) | o.flags);
	put_u32(w, open_mode(c->args[2], c->args[3]));
	put_u32(w, o.dev);
	put_u64(w, o.ino);
}

FILLER(openat2, SYSCALL_OPENAT2_X)
{
	struct opened o = opened_file(c->ret);
	/* struct open_how */
	struct {
		u64 flags, mode, resolve;
	} how = {};

	bpf_probe_read_user(&how, sizeof(how), (const void *)c->args[2]);
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_user_text(w, c->args[1]);
	put_u32(w, open_flags(how.flags) | o.flags);
	put_u32(w, open_mode(how.flags, how.mode));
	put_u32(w, resolve_flags(how.resolve));
	put_u32(w, o.dev);
	put_u64(w, o.ino);
}

FILLER(creat, SYSCALL_CREAT_X)
{
	struct opened o = opened_file(c->ret);

	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_u32(w, c->args[1] & 07777);
	put_u32(w, o.dev);
	put_u64(w, o.ino);
	put_u16(w, (o.flags & SAKER_FILE_FD_UPPER_LAYER ? SAKER_CREAT_FD_UPPER_LAYER_CREAT : 0) |
			   (o.flags & SAKER_FILE_FD_LOWER_LAYER ? SAKER_CREAT_FD_LOWER_LAYER_CREAT : 0));
}

FILLER(open_by_handle_at, SYSCALL_OPEN_BY_HANDLE_AT_X)
{
	struct opened o = opened_file(c->ret);
	struct file *file = file_of(c->ret);

	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u32(w, open_flags(c->args[2]) | o.flags);
	if (file)
		put_file_path(w, s, file);
	else
		put_empty(w);
	put_u32(w, o.dev);
	put_u64(w, o.ino);
}

FILLER(rename, SYSCALL_RENAME_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_user_text(w, c->args[1]);
}

static __always_inline void put_two_places(struct writer *w, const struct call *c)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_user_text(w, c->args[1]);
	put_int(w, c->args[2]);
	put_user_text(w, c->args[3]);
}

FILLER(renameat, SYSCALL_RENAMEAT_X)
{
	put_two_places(w, c);
}

FILLER(renameat2, SYSCALL_RENAMEAT2_X)
{
	put_two_places(w, c);
	put_u32(w, c->args[4]);
}

FILLER(unlink, SYSCALL_UNLINK_2_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
}

FILLER(unlinkat, SYSCALL_UNLINKAT_2_X)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_user_text(w, c->args[1]);
	put_u32(w, c->args[2] & SAKER_UNLINKAT_AT_REMOVEDIR);
}

FILLER(link, SYSCALL_LINK_2_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_user_text(w, c->args[1]);
}

FILLER(linkat, SYSCALL_LINKAT_2_X)
{
	put_two_places(w, c);
	put_u32(w, c->args[4] & (SAKER_LINKAT_AT_SYMLINK_FOLLOW | SAKER_LINKAT_AT_EMPTY_PATH));
}

FILLER(symlink, SYSCALL_SYMLINK_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_user_text(w, c->args[1]);
}

FILLER(symlinkat, SYSCALL_SYMLINKAT_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_int(w, c->args[1]);
	put_user_text(w, c->args[2]);
}

FILLER(mkdir, SYSCALL_MKDIR_2_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_u32(w, c->args[1]);
}

FILLER(mkdirat, SYSCALL_MKDIRAT_X)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_user_text(w, c->args[1]);
	put_u32(w, c->args[2]);
}

FILLER(rmdir, SYSCALL_RMDIR_2_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
}

FILLER(chmod, SYSCALL_CHMOD_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_u32(w, c->args[1] & 07777);
}

FIXED_FILLER(fchmod, SYSCALL_FCHMOD_X, 8 + 8 + 4)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u32(w, c->args[1] & 07777);
}

static __always_inline void put_fchmodat(struct writer *w, const struct call *c)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_user_text(w, c->args[1]);
	put_u32(w, c->args[2] & 07777);
}

FILLER(fchmodat, SYSCALL_FCHMODAT_X)
{
	put_fchmodat(w, c);
}

/*
 * The event table has no event of its own for this call: it is told as the generic one. It is also told as the fchmodat
 * that it amounts to, since it only adds flags: else it would be a way round every rule on changed permissions.
 */
SEC("tp_btf/sys_exit") int f_fchmodat2(void *ctx)
{
	struct scratch *s = scratch_of(SCRATCH_SYSCALL);
	struct writer w;

	if (!s)
		return 0;
	start_event(&w, s->event, EV_GENERIC_X, EVN_GENERIC_X, (u32)bpf_get_current_pid_tgid());
	put_u16(&w, control.generic_code[SYS_fchmodat2]);
	put_u16(&w, SYS_fchmodat2);
	send_event(&w, EV_GENERIC_X);
	start_event(&w, s->event, EV_SYSCALL_FCHMODAT_X, EVN_SYSCALL_FCHMODAT_X, (u32)bpf_get_current_pid_tgid());
	put_fchmodat(&w, &s->call);
	send_event(&w, EV_SYSCALL_FCHMODAT_X);
	return 0;
}

FILLER(chown, SYSCALL_CHOWN_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_u32(w, c->args[1]);
	put_u32(w, c->args[2]);
}

FILLER(lchown, SYSCALL_LCHOWN_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_u32(w, c->args[1]);
	put_u32(w, c->args[2]);
}

FIXED_FILLER(fchown, SYSCALL_FCHOWN_X, 8 + 8 + 4 + 4)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u32(w, c->args[1]);
	put_u32(w, c->args[2]);
}

FILLER(fchownat, SYSCALL_FCHOWNAT_X)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_user_text(w, c->args[1]);
	put_u32(w, c->args[2]);
	put_u32(w, c->args[3]);
	put_u32(w, BIT_TO(c->args[4], 0x100, SAKER_FCHOWNAT_AT_SYMLINK_NOFOLLOW) |
			   BIT_TO(c->args[4], 0x1000, SAKER_FCHOWNAT_AT_EMPTY_PATH));
}

/* As the capture format has device numbers: 12 bits major, 20 bits minor. */
static __always_inline u32 capture_device(u32 dev)
{
	u32 major = (dev & 0xfff00) >> 8, minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);

	return major << 20 | minor;
}

FILLER(mknod, SYSCALL_MKNOD_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_u32(w, c->args[1]);
	put_u32(w, capture_device(c->args[2]));
}

FILLER(mknodat, SYSCALL_MKNODAT_X)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_user_text(w, c->args[1]);
	put_u32(w, c->args[2]);
	put_u32(w, capture_device(c->args[3]));
}

FILLER(chdir, SYSCALL_CHDIR_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
}

FIXED_FILLER(fchdir, SYSCALL_FCHDIR_X, 8 + 8)
{
	put_u64(w, c->ret);
	put_int(w, c->args[0]);
}

FILLER(chroot, SYSCALL_CHROOT_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
}

#define MS_MAGIC 0xc0ed0000u

FILLER(mount, SYSCALL_MOUNT_X)
{
	u32 flags = c->args[3];

	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_user_text(w, c->args[1]);
	put_user_text(w, c->args[2]);
	/* Programs from before 2.4 put a magic number into the upper half. */
	put_u32(w, (flags & 0xffff0000u) == MS_MAGIC ? flags & 0xffff : flags);
}

FILLER(umount2, SYSCALL_UMOUNT2_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
	put_u32(w, c->args[1]);
}

#if !defined(__TARGET_ARCH_arm64)
/* The 32-bit call of old. */
FILLER(umount, SYSCALL_UMOUNT_1_X)
{
	put_u64(w, c->ret);
	put_user_text(w, c->args[0]);
}
#endif
