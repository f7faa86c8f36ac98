import { bits, type CallGroup, number, ownNumber, result, row, type Shown, shown } from './kit.ts';

const clone = (...names: string[]): number => bits('clone_flags', ...names.map((name) => `CLONE_${name}`));

const request = (name: string): number => bits('ptrace_requests', `PTRACE_${name}`);

const namespaces: CallGroup = {
  name: 'namespaces and the kernel',
  declare: `
static char image[200], text[64]; static struct rlimit limit; static struct rlimit old_limit; static union bpf_attr attr; static long word;
static struct if_dqblk quota; static struct if_dqinfo quota_info; static struct landlock_ruleset_attr ruleset = { .handled_access_fs = 1 };
static struct iovec here, there; static char area[1024];
`,
  setup: `
	memset(image, 'i', sizeof(image));
	int ns = open("/proc/self/ns/uts", O_RDONLY); show("ns", ns);
	long child = fork();
	if (child == 0) rest();
	show("child", child);
`,
  rows: [
    row('setns(ns, CLONE_NEWUTS)', 'SYSCALL_SETNS_X', { res: 0, fd: shown('ns'), nstype: clone('NEWUTS') }),
    row('setns(ns, 0)', 'SYSCALL_SETNS_X', { res: 0, nstype: 0 }),
    row('setns(969, CLONE_NEWPID | CLONE_NEWNET)', 'SYSCALL_SETNS_X', {
      res: -9,
      fd: 969,
      nstype: clone('NEWPID', 'NEWNET'),
    }),
    row('unshare(CLONE_NEWUTS | CLONE_NEWIPC)', 'SYSCALL_UNSHARE_X', { res: 0, flags: clone('NEWUTS', 'NEWIPC') }),
    row('unshare(CLONE_NEWCGROUP | CLONE_NEWNS | CLONE_FS | CLONE_FILES)', 'SYSCALL_UNSHARE_X', {
      res: 0,
      flags: clone('NEWCGROUP', 'NEWNS', 'FS', 'FILES'),
    }),
    row('unshare(CLONE_SIGHAND)', 'SYSCALL_UNSHARE_X', { res: result, flags: clone('SIGHAND') }),
    row('unshare(0x1)', 'SYSCALL_UNSHARE_X', { res: -22, flags: 0 }),
    row('chroot("/no such")', 'SYSCALL_CHROOT_X', { res: -2, path: '/no such' }),
    row('chroot("\\xf0\\x9f")', 'SYSCALL_CHROOT_X', { res: -2, path: '\xf0\x9f' }),
    row('ptrace(PTRACE_SEIZE, child, 0, 0)', 'SYSCALL_PTRACE_X', {
      res: 0,
      addr: number(0),
      data: number(0),
      request: request('SEIZE'),
      pid: shown('child'),
    }),
    row(
      'ptrace(PTRACE_INTERRUPT, child, 0, 0)',
      'SYSCALL_PTRACE_X',
      { res: 0, request: request('INTERRUPT') },
      {
        after: 'waitpid(child, 0, __WALL);',
      },
    ),
    row(
      'ptrace(PTRACE_PEEKDATA, child, image, &word)',
      'SYSCALL_PTRACE_X',
      {
        res: 0,
        addr: (s) => number(s.of('image')),
        data: number(0x6969696969696969n),
        request: request('PEEKDATA'),
      },
      { before: 'show("image", (long)image);' },
    ),
    row('ptrace(PTRACE_POKEDATA, child, image, 77)', 'SYSCALL_PTRACE_X', {
      res: 0,
      data: number(77),
      request: request('POKEDATA'),
    }),
    // The C library of arm64 doesn't know it.
    ...(process.arch === 'x64'
      ? [row('ptrace(PTRACE_GETREGS, child, 0, area)', 'SYSCALL_PTRACE_X', { request: request('GETREGS') })]
      : []),
    row('ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_EXITKILL)', 'SYSCALL_PTRACE_X', {
      request: request('SETOPTIONS'),
    }),
    row('ptrace(PTRACE_CONT, child, 0, 0)', 'SYSCALL_PTRACE_X', { res: 0, data: '\x01\0', request: request('CONT') }),
    row('ptrace(PTRACE_KILL, child, 0, 0)', 'SYSCALL_PTRACE_X', { request: request('KILL') }),
    row('ptrace(PTRACE_ATTACH, 99999999, 0, 0)', 'SYSCALL_PTRACE_X', {
      res: -3,
      addr: null,
      data: null,
      request: request('ATTACH'),
      pid: 99999999,
    }),
    row('ptrace(0x9999, child, 0, 0)', 'SYSCALL_PTRACE_X', { request: request('UNKNOWN') }),
    row('init_module(image, 200, "a=1 b=\\xff")', 'SYSCALL_INIT_MODULE_X', {
      res: result,
      img: 'i'.repeat(80),
      length: 200,
      uargs: 'a=1 b=\xff',
    }),
    row('init_module(0, 0, 0)', 'SYSCALL_INIT_MODULE_X', { res: result, img: null, length: 0, uargs: null }),
    row('finit_module(ns, "opt", 3)', 'SYSCALL_FINIT_MODULE_X', {
      res: result,
      fd: shown('ns'),
      uargs: 'opt',
      flags: bits('finit_module_flags', 'MODULE_INIT_IGNORE_MODVERSIONS', 'MODULE_INIT_IGNORE_VERMAGIC'),
    }),
    row('delete_module("no_such_module", O_NONBLOCK)', 'SYSCALL_DELETE_MODULE_X', {
      res: result,
      name: 'no_such_module',
      flags: bits('delete_module_flags', 'O_NONBLOCK'),
    }),
    row('delete_module(0, O_TRUNC)', 'SYSCALL_DELETE_MODULE_X', {
      res: result,
      name: null,
      flags: bits('delete_module_flags', 'O_TRUNC'),
    }),
    row('kexec_load(0, 0, 0, 99)', 'GENERIC_X', { nativeID: ownNumber }),
    row(
      'seccomp(SECCOMP_SET_MODE_STRICT_, 5, 0)',
      'SYSCALL_SECCOMP_X',
      { res: -22, op: 0, flags: 5 },
      {
        before: '\n#define SECCOMP_SET_MODE_STRICT_ 0\n',
      },
    ),
    row('seccomp(1, 0, 0)', 'SYSCALL_SECCOMP_X', { res: -14, op: 1, flags: 0 }),
    row('landlock_create_ruleset(&ruleset, sizeof(ruleset), 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('landlock_add_rule(-1, 1, 0, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('landlock_restrict_self(-1, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('prctl(PR_SET_NAME, "\\xe4 name of 20 bytes", 0, 0, 0)', 'SYSCALL_PRCTL_X', {
      res: 0,
      option: bits('prctl_options', 'PR_SET_NAME'),
      arg2_str: '\xe4 name of 20 bytes',
      arg2_int: 0,
    }),
    row('prctl(PR_GET_NAME, text, 0, 0, 0)', 'SYSCALL_PRCTL_X', { res: 0, option: 16, arg2_str: shownRowName }),
    row('prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)', 'SYSCALL_PRCTL_X', {
      res: 0,
      option: 36,
      arg2_str: null,
      arg2_int: 1,
    }),
    row(
      'prctl(PR_GET_CHILD_SUBREAPER, &word, 0, 0, 0)',
      'SYSCALL_PRCTL_X',
      { res: 0, option: 37, arg2_int: 1 },
      {
        before: 'word = 0;',
        after: 'prctl(PR_SET_CHILD_SUBREAPER, 0);',
      },
    ),
    row('prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)', 'SYSCALL_PRCTL_X', { res: 0, option: 38, arg2_int: 1 }),
    row('prctl(PR_CAPBSET_DROP, 5, 0, 0, 0)', 'SYSCALL_PRCTL_X', { res: 0, option: 24, arg2_int: 5 }),
    row('prctl(12345, -1, 0, 0, 0)', 'SYSCALL_PRCTL_X', { res: -22, option: 12345, arg2_int: -1 }),
    row(
      'prlimit64(0, RLIMIT_NOFILE, &limit, &old_limit)',
      'SYSCALL_PRLIMIT_X',
      {
        res: 0,
        newcur: 77,
        newmax: 99,
        oldcur: shown('soft'),
        oldmax: shown('hard'),
        pid: 0,
        resource: 7,
      },
      {
        before: 'limit = (struct rlimit){ 77, 99 };',
        after: 'show("soft", old_limit.rlim_cur); show("hard", old_limit.rlim_max);',
      },
    ),
    row('prlimit64(99999999, 1, 0, &old_limit)', 'SYSCALL_PRLIMIT_X', {
      res: -3,
      newcur: 0,
      newmax: 0,
      oldcur: -1,
      oldmax: -1,
      pid: 99999999,
      resource: 1,
    }),
    row('prlimit64(0, 99, 0, 0)', 'SYSCALL_PRLIMIT_X', { res: -22, resource: 255 }),
    row(
      'setrlimit(RLIMIT_CORE, &limit)',
      'SYSCALL_SETRLIMIT_X',
      { res: 0, cur: 5, max: -1, resource: 4 },
      {
        before: 'limit = (struct rlimit){ 5, RLIM_INFINITY };',
      },
    ),
    row('setrlimit(RLIMIT_CORE, 0)', 'SYSCALL_SETRLIMIT_X', { res: -14, cur: 0, max: 0 }),
    row('getrlimit(RLIMIT_CORE, &limit)', 'SYSCALL_GETRLIMIT_X', { res: 0, cur: 5, max: -1, resource: 4 }),
    row('getrlimit(RLIMIT_STACK, 0)', 'SYSCALL_GETRLIMIT_X', { res: -14, cur: -1, max: -1, resource: 3 }),
    row(
      'quotactl(QCMD(Q_GETQUOTA, USRQUOTA), "/dev/none", 1000, &quota)',
      'SYSCALL_QUOTACTL_X',
      {
        res: result,
        special: '/dev/none',
        quotafilepath: null,
        dqb_bhardlimit: 11,
        dqb_bsoftlimit: 12,
        dqb_curspace: 13,
        dqb_ihardlimit: 14,
        dqb_isoftlimit: 15,
        dqb_btime: 16,
        dqb_itime: 17,
        dqi_bgrace: 0,
        dqi_igrace: 0,
        dqi_flags: 0,
        quota_fmt_out: bits('quotactl_quota_fmts', 'QFMT_NOT_USED'),
        cmd: bits('quotactl_cmds', 'Q_GETQUOTA'),
        type: bits('quotactl_types', 'USRQUOTA'),
        id: 1000,
        quota_fmt: bits('quotactl_quota_fmts', 'QFMT_NOT_USED'),
      },
      {
        before: `quota = (struct if_dqblk){ .dqb_bhardlimit = 11, .dqb_bsoftlimit = 12, .dqb_curspace = 13, .dqb_ihardlimit = 14, .dqb_isoftlimit = 15,
			.dqb_btime = 16, .dqb_itime = 17, .dqb_valid = QIF_ALL };`,
      },
    ),
    row(
      'quotactl(QCMD(Q_SETQUOTA, GRPQUOTA), "/dev/none", 7, &quota)',
      'SYSCALL_QUOTACTL_X',
      {
        dqb_bhardlimit: 11,
        dqb_curspace: 0,
        dqb_ihardlimit: 0,
        dqb_btime: 0,
        cmd: bits('quotactl_cmds', 'Q_SETQUOTA'),
        type: bits('quotactl_types', 'GRPQUOTA'),
        id: 7,
      },
      { before: 'quota.dqb_valid = QIF_BLIMITS;' },
    ),
    row(
      'quotactl(QCMD(Q_SETINFO, USRQUOTA), "/dev/none", 0, &quota_info)',
      'SYSCALL_QUOTACTL_X',
      {
        dqi_bgrace: 21,
        dqi_igrace: 22,
        dqi_flags: bits('quotactl_dqi_flags', 'V1_DQF_RSQUASH'),
        cmd: bits('quotactl_cmds', 'Q_SETINFO'),
      },
      {
        before:
          'quota_info = (struct if_dqinfo){ .dqi_bgrace = 21, .dqi_igrace = 22, .dqi_flags = 1, .dqi_valid = IIF_ALL };',
      },
    ),
    row(
      'quotactl(QCMD(Q_QUOTAON, USRQUOTA), "/dev/none", QFMT_VFS_V1_, "/aquota.user")',
      'SYSCALL_QUOTACTL_X',
      {
        special: '/dev/none',
        quotafilepath: '/aquota.user',
        cmd: bits('quotactl_cmds', 'Q_QUOTAON'),
        id: 0,
        quota_fmt: bits('quotactl_quota_fmts', 'QFMT_VFS_V1'),
      },
      { before: '\n#define QFMT_VFS_V1_ 4\n' },
    ),
    row(
      'quotactl(QCMD(Q_GETFMT, USRQUOTA), "/dev/none", 0, &word)',
      'SYSCALL_QUOTACTL_X',
      {
        quota_fmt_out: bits('quotactl_quota_fmts', 'QFMT_VFS_V0'),
        cmd: bits('quotactl_cmds', 'Q_GETFMT'),
      },
      { before: 'word = 2;' },
    ),
    ...(
      [
        ['Q_SYNC', 'Q_SYNC'],
        ['Q_QUOTAOFF', 'Q_QUOTAOFF'],
        ['0x5801', 'Q_XQUOTAON'],
        ['0x5802', 'Q_XQUOTAOFF'],
        ['0x5803', 'Q_XGETQUOTA'],
        ['0x5804', 'Q_XSETQLIM'],
        ['0x5805', 'Q_XGETQSTAT'],
        ['0x5806', 'Q_XQUOTARM'],
        ['0x5807', 'Q_XQUOTASYNC'],
      ] as const
    ).map(([command, name]) =>
      row(`quotactl(QCMD(${command}, 1), 0, 5, 0)`, 'SYSCALL_QUOTACTL_X', {
        res: result,
        special: null,
        cmd: bits('quotactl_cmds', name),
        type: bits('quotactl_types', 'GRPQUOTA'),
        id: name === 'Q_XGETQUOTA' || name === 'Q_XSETQLIM' ? 5 : 0,
      }),
    ),
    row('quotactl(0x7fffff05, "x", 1, 0)', 'SYSCALL_QUOTACTL_X', { res: result, cmd: 0, type: 0 }),
    row('add_key("user", "saker", "payload", 7, -3)', 'GENERIC_X', { nativeID: ownNumber }),
    row('request_key("user", "saker", 0, -3)', 'GENERIC_X', { nativeID: ownNumber }),
    row('keyctl(KEYCTL_JOIN_SESSION_KEYRING, "saker\\xff", 0, 0, 0)', 'SYSCALL_KEYCTL_X', {
      res: result,
      operation: bits('keyctl_operations', 'KEYCTL_JOIN_SESSION_KEYRING'),
      arg2: '\x01saker\xff\0',
      arg3: number(0),
      arg4: number(0),
      arg5: number(0),
    }),
    row('keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0)', 'SYSCALL_KEYCTL_X', { res: result, arg2: '\x01' }),
    row('keyctl(KEYCTL_SEARCH, -3, "user", "none", 0)', 'SYSCALL_KEYCTL_X', {
      res: result,
      operation: bits('keyctl_operations', 'KEYCTL_SEARCH'),
      arg2: number(-3),
      arg3: '\x01user\0',
      arg4: '\x01none\0',
      arg5: number(0),
    }),
    row('keyctl(KEYCTL_GET_KEYRING_ID, -4, 0, 0, 0)', 'SYSCALL_KEYCTL_X', {
      operation: 0,
      arg2: number(-4),
      arg3: number(0),
    }),
    row(
      'keyctl(KEYCTL_UPDATE, 1, text, 5, 0)',
      'SYSCALL_KEYCTL_X',
      {
        operation: 2,
        arg2: number(1),
        arg3: (s) => number(s.of('text')),
        arg4: number(5),
      },
      { before: 'show("text", (long)text);' },
    ),
    row('keyctl(KEYCTL_RESTRICT_KEYRING, -3, "asymmetric", "builtin_trusted", 0)', 'SYSCALL_KEYCTL_X', {
      operation: bits('keyctl_operations', 'KEYCTL_RESTRICT_KEYRING'),
      arg3: '\x01asymmetric\0',
      arg4: '\x01builtin_trusted\0',
    }),
    row('keyctl(KEYCTL_PKEY_QUERY, 1, 0, "enc=raw", text)', 'SYSCALL_KEYCTL_X', {
      operation: 24,
      arg4: '\x01enc=raw\0',
    }),
    row('keyctl(KEYCTL_PKEY_SIGN, text, "hash=sha1", text, text)', 'SYSCALL_KEYCTL_X', {
      operation: 27,
      arg3: '\x01hash=sha1\0',
    }),
    row('keyctl(4242, 1, 2, 3, 4)', 'SYSCALL_KEYCTL_X', {
      res: result,
      operation: 4242,
      arg2: number(1),
      arg3: number(2),
      arg4: number(3),
      arg5: number(4),
    }),
    row(
      'process_vm_readv(child2, &here, 1, &there, 1, 0)',
      'SYSCALL_PROCESS_VM_READV_X',
      {
        res: 4,
        pid: shown('child2'),
        data: 'iiii',
      },
      {
        before: `long child2 = fork(); if (child2 == 0) rest(); show("child2", child2);
		memset(image, 'i', 8); here = (struct iovec){ text, 4 }; there = (struct iovec){ image, 4 };`,
      },
    ),
    row(
      'process_vm_writev(own, &here, 1, &there, 1, 0)',
      'SYSCALL_PROCESS_VM_WRITEV_X',
      { res: 4, pid: shown('pid'), data: 'iiii' },
      {
        before: 'int own = getpid();',
      },
    ),
    row('process_vm_readv(99999999, &here, 1, &there, 1, 0)', 'SYSCALL_PROCESS_VM_READV_X', {
      res: -3,
      pid: 99999999,
      data: null,
    }),
    row('process_madvise(-1, 0, 0, 0, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('kcmp(1, 1, 99, 0, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('acct("/no such")', 'GENERIC_X', { nativeID: ownNumber }),
    row('reboot(0, 0, 0, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('sethostname("x", -1)', 'GENERIC_X', { nativeID: ownNumber }),
  ],
};

/** The name that the test gives to the thread before the call. */
function shownRowName(s: Shown): string {
  return `row ${s.row}`;
}

export const namespaceGroups: readonly CallGroup[] = [namespaces];
