/*
 * The kernel's structures as far as Saker reads them. Only names matter: every access is relocated against the BTF of
 * the running kernel (preserve_access_index), so order, offsets and missing members here mean nothing. Members that
 * were renamed over time appear in a variant of the structure with a ___ suffix, which the relocation ignores.
 */
#pragma once

#include <stdbool.h>
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

/*
 * The programs are built for several ranges of kernels: SAKER_KERNEL is the oldest that these are for. What other kernels of
 * the range lack is asked for when the programs are loaded.
 */
#define KERNEL(major, minor) ((major) * 1000 + (minor))

/* A mask where the verifier has to see it: the compiler drops one that it has proved to change nothing. `value` has 64 bits. */
#define BOUND(value, mask) asm volatile("%0 &= %1" : "+r"(value) : "i"(mask))

#define UNALIGNED_STORE(type, at, value) (*(volatile type *)(at) = (value))

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_arm64)
struct pt_regs {
	u64 regs[31];
	u64 orig_x0;
	s32 syscallno;
};
#else
struct pt_regs {
	unsigned long bx, cx, dx, si, di, bp, r8, r9, r10, orig_ax, ip;
};
#endif

struct thread_info {
	unsigned long flags;
	u32 status;
};

struct list_head {
	struct list_head *next;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct pid_namespace {
	unsigned int level;
	struct task_struct *child_reaper;
};

struct nsproxy {
	struct pid_namespace *pid_ns_for_children;
};

struct rlimit {
	unsigned long rlim_cur;
	unsigned long rlim_max;
};

struct tty_driver {
	int major;
	int minor_start;
};

struct tty_struct {
	struct tty_driver *driver;
	int index;
};

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID };

struct signal_struct {
	struct pid *pids[4];
	struct tty_struct *tty;
	struct rlimit rlim[16];
	struct list_head thread_head;
	int group_exit_code;
	unsigned int is_child_subreaper : 1;
	unsigned int has_child_subreaper : 1;
};

typedef struct {
	u32 val;
} kuid_t;
typedef struct {
	u32 val;
} kgid_t;

typedef struct {
	u64 val;
} kernel_cap_t;

struct cred {
	kuid_t uid, euid, fsuid;
	kgid_t gid, egid, fsgid;
	kernel_cap_t cap_inheritable, cap_permitted, cap_effective;
	struct group_info *group_info;
};

struct group_info {
	int ngroups;
	kgid_t gid[1];
};

struct qstr {
	u32 len;
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct fs_struct {
	struct path root, pwd;
};

struct super_block {
	u32 s_dev;
	unsigned long s_flags;
	unsigned long s_magic;
};

struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};

struct inode {
	u16 i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	unsigned int i_flags;
	unsigned long i_ino;
	struct super_block *i_sb;
	/* 6.11 and later */
	s64 i_ctime_sec, i_mtime_sec;
	u32 i_ctime_nsec, i_mtime_nsec;
};

/* Up to 6.5 (ctime) and 6.6 (mtime). */
struct inode___plain_times {
	struct timespec64 i_ctime, i_mtime;
};

/* 6.6 and 6.7 to 6.10. */
struct inode___hidden_times {
	struct timespec64 __i_ctime, __i_mtime;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_mode;
	unsigned int f_flags;
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct atomic_count {
	int counter;
};

struct files_struct {
	struct atomic_count count;
	struct fdtable *fdt;
};

struct percpu_counter {
	s64 count;
};

struct atomic_long {
	s64 counter;
};

struct mm_rss_stat___old {
	struct atomic_long count[4];
};

struct mm_struct {
	unsigned long arg_start, arg_end, env_start, env_end, total_vm;
	struct file *exe_file;
	/* 6.2 and later; before it was a struct mm_rss_stat. */
	struct percpu_counter rss_stat[4];
};

struct mm_struct___old {
	struct mm_rss_stat___old rss_stat;
};

struct kernfs_node {
	const char *name;
	u64 id;
	/* 6.15 and later */
	struct kernfs_node *__parent;
};

struct kernfs_node___old {
	struct kernfs_node *parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct css_set {
	struct cgroup_subsys_state *subsys[1];
};

enum cgroup_subsys_id { cpuset_cgrp_id, cpu_cgrp_id, cpuacct_cgrp_id, io_cgrp_id, memory_cgrp_id };

struct task_struct {
	struct thread_info thread_info;
	void *stack;
	unsigned int flags;
	int exit_code;
	int pid, tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct list_head children, thread_node;
	struct mm_struct *mm;
	struct pid *thread_pid;
	u64 start_boottime;
	unsigned long min_flt, maj_flt;
	struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct css_set *cgroups;
	kuid_t loginuid;
};

struct linux_binprm {
	const char *filename;
};

struct in6_addr {
	u8 bytes[16];
};

struct sock_common {
	u32 skc_daddr, skc_rcv_saddr;
	u16 skc_dport, skc_num;
	u16 skc_family;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	u32 sk_ack_backlog, sk_max_ack_backlog;
};

struct socket {
	struct sock *sk;
};

struct sockaddr_un_kernel {
	u16 sun_family;
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un_kernel name[1];
};

struct unix_sock {
	struct sock sk;
	struct unix_address *addr;
	struct sock *peer;
};

#pragma clang attribute pop

/*
 * READ(pointer, member, member...) is pointer->member->member...; 0 where a pointer on the way leads nowhere. Where the
 * kernel gives plain pointers a type on request, each member costs one load, else a call of a helper: what is told of a
 * new process are some hundred of them.
 */
#define MEMBERS_1(p, a) (p)->a
#define MEMBERS_2(p, a, b) (p)->a->b
#define MEMBERS_3(p, a, b, c) (p)->a->b->c
#define MEMBERS_4(p, a, b, c, d) (p)->a->b->c->d
#define MEMBERS_OF(a, b, c, d, chosen, ...) chosen
#define MEMBERS(p, ...) MEMBERS_OF(__VA_ARGS__, MEMBERS_4, MEMBERS_3, MEMBERS_2, MEMBERS_1)(p, __VA_ARGS__)

#if SAKER_KERNEL < KERNEL(6, 4)
#define READ(p, ...) BPF_CORE_READ(p, __VA_ARGS__)
#else
/* Not weak: where it is missing, libbpf would look through the types of all modules, for which it needs more rights than we have. */
extern void *bpf_rdonly_cast(const void *pointer, u32 type) __ksym;
#define TYPED(p) ((typeof(p))bpf_rdonly_cast(p, bpf_core_type_id_kernel(typeof(*(p)))))

#define READ(p, ...) MEMBERS(TYPED(p), __VA_ARGS__)
#endif
