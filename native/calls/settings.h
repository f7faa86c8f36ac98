/* Settings of file systems and the kernel's key store. */
#pragma once

#include "writer.h"
#include "flags.h"
#include "data.h"

/* include/uapi/linux/quota.h and dqblk_xfs.h: the lowest 8 bits of the argument say whose quotas. */
#define Q_QUOTAON 0x800002
#define Q_GETFMT 0x800004
#define Q_GETINFO 0x800005
#define Q_SETINFO 0x800006
#define Q_GETQUOTA 0x800007
#define Q_SETQUOTA 0x800008
#define Q_XGETQUOTA 0x5803
#define Q_XSETQLIM 0x5804

static __always_inline u16 quota_command(u32 command)
{
	switch (command) {
	case 0x800001: return SAKER_QUOTA_Q_SYNC;
	case Q_QUOTAON: return SAKER_QUOTA_Q_QUOTAON;
	case 0x800003: return SAKER_QUOTA_Q_QUOTAOFF;
	case Q_GETFMT: return SAKER_QUOTA_Q_GETFMT;
	case Q_GETINFO: return SAKER_QUOTA_Q_GETINFO;
	case Q_SETINFO: return SAKER_QUOTA_Q_SETINFO;
	case Q_GETQUOTA: return SAKER_QUOTA_Q_GETQUOTA;
	case Q_SETQUOTA: return SAKER_QUOTA_Q_SETQUOTA;
	case 0x5801: return SAKER_QUOTA_Q_XQUOTAON;
	case 0x5802: return SAKER_QUOTA_Q_XQUOTAOFF;
	case Q_XGETQUOTA: return SAKER_QUOTA_Q_XGETQUOTA;
	case Q_XSETQLIM: return SAKER_QUOTA_Q_XSETQLIM;
	case 0x5805: return SAKER_QUOTA_Q_XGETQSTAT;
	case 0x5806: return SAKER_QUOTA_Q_XQUOTARM;
	case 0x5807: return SAKER_QUOTA_Q_XQUOTASYNC;
	default: return 0;
	}
}

static __always_inline u8 quota_format(u32 format)
{
	switch (format) {
	case 1: return SAKER_QUOTA_QFMT_VFS_OLD;
	case 2: return SAKER_QUOTA_QFMT_VFS_V0;
	case 4: return SAKER_QUOTA_QFMT_VFS_V1;
	default: return SAKER_QUOTA_QFMT_NOT_USED;
	}
}

static __always_inline u8 quota_type(u32 type)
{
	return type == 0 ? SAKER_QUOTA_USRQUOTA : type == 1 ? SAKER_QUOTA_GRPQUOTA : 0;
}

/* struct if_dqblk; `valid` says which members mean anything. */
struct quota_limits {
	u64 block_hard, block_soft, space, inode_hard, inode_soft, inodes, block_time, inode_time;
	u32 valid;
};

/* struct if_dqinfo */
struct quota_info {
	u64 block_grace, inode_grace;
	u32 flags, valid;
};

static __always_inline void put_quota_limits(struct writer *w, u32 command, u64 pointer)
{
	struct quota_limits q = {};

	if (command == Q_GETQUOTA || command == Q_SETQUOTA)
		bpf_probe_read_user(&q, sizeof(q), (const void *)pointer);
	put_u64(w, q.valid & 1 ? q.block_hard : 0);
	put_u64(w, q.valid & 1 ? q.block_soft : 0);
	put_u64(w, q.valid & 2 ? q.space : 0);
	put_u64(w, q.valid & 4 ? q.inode_hard : 0);
	put_u64(w, q.valid & 4 ? q.inode_soft : 0);
	put_u64(w, q.valid & 16 ? q.block_time : 0);
	put_u64(w, q.valid & 32 ? q.inode_time : 0);
}

static __always_inline void put_quota_info(struct writer *w, u32 command, u64 pointer)
{
	struct quota_info q = {};

	if (command == Q_GETINFO || command == Q_SETINFO)
		bpf_probe_read_user(&q, sizeof(q), (const void *)pointer);
	put_u64(w, q.valid & 1 ? q.block_grace : 0);
	put_u64(w, q.valid & 2 ? q.inode_grace : 0);
	put_u8(w, !(q.valid & 4) ? 0 : q.flags & 1 ? SAKER_QUOTA_V1_DQF_RSQUASH : SAKER_QUOTA_DQF_NONE);
}

FILLER(quotactl, SYSCALL_QUOTACTL_X)
{
	u32 command = (u32)c->args[0] >> 8, format = 0;
	bool has_id = command == Q_GETQUOTA || command == Q_SETQUOTA || command == Q_XGETQUOTA || command == Q_XSETQLIM;

	put_u64(w, c->ret);
	put_user_text(w, c->args[1]);
	put_user_text(w, command == Q_QUOTAON ? c->args[3] : 0);
	put_quota_limits(w, command, c->args[3]);
	put_quota_info(w, command, c->args[3]);
	if (command == Q_GETFMT)
		bpf_probe_read_user(&format, sizeof(format), (const void *)c->args[3]);
	put_u8(w, quota_format(format));
	put_u16(w, quota_command(command));
	put_u8(w, quota_type(c->args[0] & 0xff));
	put_u32(w, has_id ? c->args[2] : 0);
	put_u8(w, quota_format(command == Q_QUOTAON ? c->args[2] : 0));
}

enum keyctl_argument { KEYCTL_NUMBER, KEYCTL_TEXT };

#define JOIN_SESSION_KEYRING 1
#define SEARCH 10
#define PKEY_QUERY 24
#define PKEY_ENCRYPT 25
#define PKEY_VERIFY 28
#define RESTRICT_KEYRING 29

/* Which of the arguments, as bits, are texts. */
static __always_inline u32 keyctl_texts(u32 operation)
{
	switch (operation) {
	case JOIN_SESSION_KEYRING: return 1 << 1;
	case SEARCH:
	case RESTRICT_KEYRING: return 1 << 2 | 1 << 3;
	case PKEY_QUERY: return 1 << 3;
	default: return operation >= PKEY_ENCRYPT && operation <= PKEY_VERIFY ? 1 << 2 : 0;
	}
}

/* DYN: the index of the alternative, then the value. A text that is not given leaves the index alone. */
static __always_inline void put_keyctl_argument(struct writer *w, u64 value, bool is_text)
{
	u8 *to = here(w);
	long n = 0;

	if (!is_text) {
		UNALIGNED_STORE(u8, to, KEYCTL_NUMBER);
		UNALIGNED_STORE(u64, to + 1, value);
		take(w, 9);
	} else {
		UNALIGNED_STORE(u8, to, KEYCTL_TEXT);
		if (value)
			n = read_user_text(to + 1, TEXT_MAX - 1, (const void *)value);
		take_text(w, 1 + (n > 0 ? n : 0));
	}
	forget_position(w);
}

FILLER(keyctl, SYSCALL_KEYCTL_X)
{
	u32 texts = keyctl_texts(c->args[0]);

	put_u64(w, c->ret);
	put_u32(w, c->args[0]);
	put_keyctl_argument(w, c->args[1], texts & 1 << 1);
	put_keyctl_argument(w, c->args[2], texts & 1 << 2);
	put_keyctl_argument(w, c->args[3], texts & 1 << 3);
	put_keyctl_argument(w, c->args[4], texts & 1 << 4);
}

FILLER(fsconfig, SYSCALL_FSCONFIG_X)
{
	u32 command = c->args[1];
	bool is_text = command >= SAKER_FSCONFIG_FSCONFIG_SET_STRING && command <= SAKER_FSCONFIG_FSCONFIG_SET_PATH_EMPTY &&
		       command != SAKER_FSCONFIG_FSCONFIG_SET_BINARY;

	put_u64(w, c->ret);
	put_int(w, c->args[0]);
	put_u32(w, command);
	put_user_text(w, c->args[2]);
	put_user_bytes(w, command == SAKER_FSCONFIG_FSCONFIG_SET_BINARY ? c->args[3] : 0, snap((u32)c->args[4]), SNAP_MASK);
	put_user_text(w, is_text ? c->args[3] : 0);
	put_u32(w, c->args[4]);
}
