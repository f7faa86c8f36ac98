import { bits, type CallGroup, ownNumber, result, row, shown, unset } from './kit.ts';

const identity: CallGroup = {
  name: 'identity',
  declare: `
static struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 }; static struct __user_cap_data_struct sets[2];
static unsigned ids[3]; static gid_t groups_[3] = { 1, 2, 3 };
`,
  rows: [
    row('getuid()', 'SYSCALL_GETUID_X', { uid: 0 }),
    row('geteuid()', 'SYSCALL_GETEUID_X', { euid: 0 }),
    row('getgid()', 'SYSCALL_GETGID_X', { gid: 0 }),
    row('getegid()', 'SYSCALL_GETEGID_X', { egid: 0 }),
    row('setpgid(0, 0)', 'SYSCALL_SETPGID_X', { res: 0, pid: 0, pgid: 0 }),
    row('setpgid(99999999, -1)', 'SYSCALL_SETPGID_X', { res: -22, pid: 99999999, pgid: -1 }),
    row('setsid()', 'SYSCALL_SETSID_X', { res: -1 }),
    row('setgroups(3, groups_)', 'GENERIC_X', { nativeID: ownNumber }),
    row(
      'capset(&header, sets)',
      'SYSCALL_CAPSET_X',
      {
        res: 0,
        cap_inheritable: 0,
        cap_permitted: 0xc5,
        cap_effective: 0xc1,
      },
      { before: 'sets[0].permitted = 0xc5; sets[0].effective = 0xc1;' },
    ),
    row(
      'capset(&header, sets)',
      'SYSCALL_CAPSET_X',
      { res: -1, cap_permitted: 0xc5, cap_effective: 0xc1 },
      {
        before: 'sets[0].permitted = 0xffff;',
      },
    ),
    row('capget(&header, sets)', 'GENERIC_X', { nativeID: ownNumber }),
    row('setregid(5, 6)', 'SYSCALL_SETREGID_X', { res: 0, rgid: 5, egid: 6 }),
    row('setresgid(-1, 7, -1)', 'SYSCALL_SETRESGID_X', { res: 0, rgid: unset, egid: 7, sgid: unset }),
    row('setgid(8)', 'SYSCALL_SETGID_X', { res: 0, gid: 8 }),
    row('getresgid(ids, ids + 1, ids + 2)', 'SYSCALL_GETRESGID_X', { res: 0, rgid: 8, egid: 8, sgid: 8 }),
    row('setreuid(100000, -1)', 'SYSCALL_SETREUID_X', { res: 0, ruid: 100000, euid: unset }),
    row('setresuid(-1, 200000, 300000)', 'SYSCALL_SETRESUID_X', { res: 0, ruid: unset, euid: 200000, suid: 300000 }),
    row('getresuid(ids, ids + 1, ids + 2)', 'SYSCALL_GETRESUID_X', {
      res: 0,
      ruid: 100000,
      euid: 200000,
      suid: 300000,
    }),
    row('getresuid(0, 0, 0)', 'SYSCALL_GETRESUID_X', { res: -14, ruid: 0, euid: 0, suid: 0 }),
    row('geteuid()', 'SYSCALL_GETEUID_X', { euid: 200000 }),
    row('setuid(4294967294)', 'SYSCALL_SETUID_X', { res: -1, uid: 4294967294 }),
    row('setuid(100000)', 'SYSCALL_SETUID_X', { res: 0, uid: 100000 }),
    row('setresuid(0, 0, 0)', 'SYSCALL_SETRESUID_X', { res: -1, ruid: 0, euid: 0, suid: 0 }),
    row('setreuid(0, 0)', 'SYSCALL_SETREUID_X', { res: -1, ruid: 0, euid: 0 }),
    row('setregid(0, 0)', 'SYSCALL_SETREGID_X', { res: -1, rgid: 0, egid: 0 }),
    row('setfsuid(0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('setfsgid(0)', 'GENERIC_X', { nativeID: ownNumber }),
  ],
};

const memory: CallGroup = {
  name: 'memory and signals',
  declare: 'static char page[16384] __attribute__((aligned(4096)));',
  functions: `
static void on_signal(int number)
{
}
`,
  setup: `
	signal(SIGUSR1, on_signal); signal(SIGRTMIN, on_signal);
	show("page", (long)page);
	int fd = make_file("f", "content"); ftruncate(fd, 8192); show("fd", fd);
	char *area = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); show("area", (long)area);
`,
  rows: [
    row('mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)', 'SYSCALL_MMAP_X', {
      res: result,
      addr: 0,
      length: 8192,
      prot: bits('prot_flags', 'PROT_READ', 'PROT_WRITE'),
      flags: bits('mmap_flags', 'MAP_PRIVATE', 'MAP_ANONYMOUS', 'MAP_NORESERVE'),
      fd: -1,
      offset: 0,
    }),
    row('mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_POPULATE, fd, 4096)', 'SYSCALL_MMAP_X', {
      res: result,
      prot: bits('prot_flags', 'PROT_READ', 'PROT_EXEC'),
      flags: bits('mmap_flags', 'MAP_SHARED', 'MAP_POPULATE'),
      fd: shown('fd'),
      offset: 4096,
    }),
    row('mmap(0, 0, 0, MAP_PRIVATE, 968, 0)', 'SYSCALL_MMAP_X', { res: -9, length: 0, prot: 0, fd: 968 }),
    row('mprotect(area, 4096, PROT_READ | PROT_WRITE | PROT_EXEC)', 'SYSCALL_MPROTECT_X', {
      res: 0,
      addr: shown('area'),
      length: 4096,
      prot: bits('prot_flags', 'PROT_READ', 'PROT_WRITE', 'PROT_EXEC'),
    }),
    row('mprotect(1, 4096, 0)', 'SYSCALL_MPROTECT_X', { res: -22, addr: 1, prot: 0 }),
    row('mlock(area, 4096)', 'SYSCALL_MLOCK_X', { res: result, addr: shown('area'), len: 4096 }),
    row('mlock2(area, 8192, 1)', 'SYSCALL_MLOCK2_X', { res: result, addr: shown('area'), len: 8192, flags: 1 }),
    row('mlock2(area, 8192, 6)', 'SYSCALL_MLOCK2_X', { res: -22, flags: 0 }),
    row('munlock(area, 4096)', 'SYSCALL_MUNLOCK_X', { res: 0, addr: shown('area'), len: 4096 }),
    row('mlockall(7)', 'SYSCALL_MLOCKALL_X', {
      res: result,
      flags: bits('mlockall_flags', 'MCL_CURRENT', 'MCL_FUTURE', 'MCL_ONFAULT'),
    }),
    row('mlockall(0)', 'SYSCALL_MLOCKALL_X', { res: -22, flags: 0 }),
    row('munlockall()', 'SYSCALL_MUNLOCKALL_X', { res: 0 }),
    row('munmap(area, 4096)', 'SYSCALL_MUNMAP_X', { res: 0, addr: shown('area'), length: 4096 }),
    row('munmap(1, 1)', 'SYSCALL_MUNMAP_X', { res: -22, addr: 1, length: 1 }),
    row('brk(0)', 'SYSCALL_BRK_4_X', { res: result, addr: 0 }),
    row('madvise(page, 4096, 4)', 'GENERIC_X', { nativeID: ownNumber }),
    row('mremap(page, 4096, 4096, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('msync(page, 4096, 1)', 'GENERIC_X', { nativeID: ownNumber }),
    row('kill(own, 0)', 'SYSCALL_KILL_X', { res: 0, pid: shown('pid'), sig: 0 }, { before: 'int own = getpid();' }),
    row('kill(-99999999, SIGKILL)', 'SYSCALL_KILL_X', { res: -3, pid: -99999999, sig: 9 }),
    row('kill(1, 99)', 'SYSCALL_KILL_X', { res: -22, pid: 1, sig: 99 }),
    row(
      'tkill(own, SIGUSR1)',
      'SYSCALL_TKILL_X',
      { res: 0, tid: shown('pid'), sig: 10 },
      { before: 'int own = getpid();' },
    ),
    row('tkill(-1, SIGUSR1)', 'SYSCALL_TKILL_X', { res: -22, tid: -1, sig: 10 }),
    row(
      'tgkill(own, own, SIGRTMIN)',
      'SYSCALL_TGKILL_X',
      { res: 0, pid: shown('pid'), tid: shown('pid'), sig: shown('rtmin') },
      {
        before: 'int own = getpid(); show("rtmin", SIGRTMIN);',
      },
    ),
    row('tgkill(1, 99999999, SIGTERM)', 'SYSCALL_TGKILL_X', { res: -3, pid: 1, tid: 99999999, sig: 15 }),
    row('rt_sigqueueinfo(1, 0, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('rt_sigprocmask(0, 0, 0, 8)', 'GENERIC_X', { nativeID: ownNumber }),
    row('wait4(-1, 0, WNOHANG, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('waitid(P_ALL, 0, 0, WNOHANG, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('sched_yield()', 'GENERIC_X', { nativeID: ownNumber }),
  ],
};

export const identityGroups: readonly CallGroup[] = [identity, memory];
