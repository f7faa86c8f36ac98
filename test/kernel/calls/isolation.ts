/* oxlint-disable max-lines -- a table */
import { bits, bytes, type CallGroup, result, row, type Shown, shown, unset } from './kit.ts';

const clone = (...names: string[]): number => bits('clone_flags', ...names.map((name) => `CLONE_${name}`));
const mountFlags = (...names: string[]): number => bits('mount_flags', ...names);
const request = (name: string): number => bits('ptrace_requests', `PTRACE_${name}`);
const number = (value: number | bigint): string => `\0${bytes(8, value)}`;

const mounts: CallGroup = {
  name: 'mounts',
  declare: 'static char blob[] = "bin\\0ary"; static struct mount_attr attributes;',
  setup: `
	unshare(CLONE_NEWNS); mount("none", "/", 0, MS_REC | MS_PRIVATE, 0);
	mkdir("m", 0755); mkdir("n", 0755); mkdir("up", 0755); mkdir("work", 0755); mkdir("low", 0755); mkdir("over", 0755);
	close(make_file("low/below", "x"));
`,
  rows: [
    row('mount("saker", "m", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=1m")', 'SYSCALL_MOUNT_X', {
      res: 0,
      dev: 'saker',
      dir: 'm',
      type: 'tmpfs',
      flags: mountFlags('NOSUID', 'NODEV', 'NOEXEC'),
    }),
    row('mount(0, "m", 0, MS_REMOUNT | MS_RDONLY, 0)', 'SYSCALL_MOUNT_X', {
      res: 0,
      dev: null,
      type: null,
      flags: mountFlags('REMOUNT', 'RDONLY'),
    }),
    row('mount("m", "n", "", MS_BIND | MS_REC, 0)', 'SYSCALL_MOUNT_X', {
      res: 0,
      type: '',
      flags: mountFlags('BIND', 'REC'),
    }),
    row('mount(0, "n", 0, MS_SHARED, 0)', 'SYSCALL_MOUNT_X', { res: 0, flags: mountFlags('SHARED') }),
    row('mount("proc", "nowhere", "proc", 0xc0ed0001, 0)', 'SYSCALL_MOUNT_X', { res: -2, dir: 'nowhere', flags: 1 }),
    row('mount("x", "m", "no such type", 0, 0)', 'SYSCALL_MOUNT_X', { res: -19, type: 'no such type', flags: 0 }),
    row(
      'umount2("n", MNT_DETACH)',
      'SYSCALL_UMOUNT2_X',
      { res: 0, name: 'n', flags: bits('umount_flags', 'DETACH') },
      {
        before: '\n#define MNT_DETACH 2\n',
      },
    ),
    row('umount2("n", 12)', 'SYSCALL_UMOUNT2_X', { res: -22, flags: bits('umount_flags', 'EXPIRE', 'NOFOLLOW') }),
    row('umount2(0, 0)', 'SYSCALL_UMOUNT2_X', { res: -14, name: null, flags: 0 }),
    row('fsopen("tmpfs", 0)', 'GENERIC_X', { nativeID: 430 }, { after: 'show("fs", result);' }),
    row(
      'fsconfig(fs, FSCONFIG_SET_STRING, "source", "saker", 0)',
      'SYSCALL_FSCONFIG_X',
      {
        res: 0,
        fd: shown('fs2'),
        cmd: bits('fsconfig_cmds', 'FSCONFIG_SET_STRING'),
        key: 'source',
        value_bytebuf: null,
        value_charbuf: 'saker',
        aux: 0,
      },
      { before: 'int fs = syscall(SYS_fsopen, "tmpfs", 0); show("fs2", fs);', after: 'dup2(fs, 100);' },
    ),
    row('fsconfig(100, FSCONFIG_SET_FLAG, "ro", 0, 0)', 'SYSCALL_FSCONFIG_X', {
      res: result,
      cmd: 0,
      key: 'ro',
      value_bytebuf: null,
      value_charbuf: null,
    }),
    row('fsconfig(100, FSCONFIG_SET_BINARY, "data", blob, 7)', 'SYSCALL_FSCONFIG_X', {
      res: -22,
      cmd: bits('fsconfig_cmds', 'FSCONFIG_SET_BINARY'),
      key: 'data',
      value_bytebuf: 'bin\0ary',
      value_charbuf: null,
      aux: 7,
    }),
    row('fsconfig(100, FSCONFIG_SET_PATH, "path", "\\xfe/p", AT_FDCWD)', 'SYSCALL_FSCONFIG_X', {
      res: result,
      cmd: bits('fsconfig_cmds', 'FSCONFIG_SET_PATH'),
      key: 'path',
      value_charbuf: '\xfe/p',
      aux: -100,
    }),
    row('fsconfig(100, FSCONFIG_SET_FD, "fd", 0, 1)', 'SYSCALL_FSCONFIG_X', {
      cmd: bits('fsconfig_cmds', 'FSCONFIG_SET_FD'),
      key: 'fd',
      value_charbuf: null,
      aux: 1,
    }),
    row('fsconfig(100, FSCONFIG_CMD_CREATE, 0, 0, 0)', 'SYSCALL_FSCONFIG_X', {
      res: 0,
      cmd: bits('fsconfig_cmds', 'FSCONFIG_CMD_CREATE'),
      key: null,
      value_bytebuf: null,
      value_charbuf: null,
    }),
    row('fsconfig(970, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0)', 'SYSCALL_FSCONFIG_X', { res: -9, fd: 970, cmd: 7 }),
    row('fsmount(970, 0, 0)', 'GENERIC_X', { nativeID: 432 }),
    row('fspick(AT_FDCWD, "m", 0)', 'GENERIC_X', { nativeID: 433 }),
    row('open_tree(AT_FDCWD, "m", 0)', 'GENERIC_X', { nativeID: 428 }),
    row('move_mount(970, "", AT_FDCWD, "m", 4)', 'GENERIC_X', { nativeID: 429 }),
    row('mount_setattr(AT_FDCWD, "m", 0, &attributes, sizeof(attributes))', 'GENERIC_X', { nativeID: 442 }),
    row('pivot_root("m", "n")', 'GENERIC_X', { nativeID: 155 }),
    row(
      'open("over/below", O_RDONLY)',
      'SYSCALL_OPEN_X',
      {
        fd: result,
        flags: (s) => bits('file_flags', 'O_RDONLY') | (s.of('overlay') ? bits('file_flags', 'FD_LOWER_LAYER') : 0),
      },
      { before: 'show("overlay", mount("o", "over", "overlay", 0, "lowerdir=low,upperdir=up,workdir=work") == 0);' },
    ),
    row('openat(AT_FDCWD, "over/below", O_WRONLY)', 'SYSCALL_OPENAT_2_X', {
      flags: (s) => bits('file_flags', 'O_WRONLY') | (s.of('overlay') ? bits('file_flags', 'FD_UPPER_LAYER') : 0),
    }),
    row('creat("over/above", 0600)', 'SYSCALL_CREAT_X', {
      creat_flags: (s) => (s.of('overlay') ? bits('creat_flags', 'FD_UPPER_LAYER_CREAT') : 0),
    }),
    row('openat(AT_FDCWD, "over/above", O_RDONLY)', 'SYSCALL_OPENAT_2_X', {
      flags: (s) => bits('file_flags', 'O_RDONLY') | (s.of('overlay') ? bits('file_flags', 'FD_UPPER_LAYER') : 0),
    }),
  ],
};

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
    row('ptrace(PTRACE_GETREGS, child, 0, area)', 'SYSCALL_PTRACE_X', { request: request('GETREGS') }),
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
    row('kexec_load(0, 0, 0, 99)', 'GENERIC_X', { nativeID: 246 }),
    row(
      'seccomp(SECCOMP_SET_MODE_STRICT_, 5, 0)',
      'SYSCALL_SECCOMP_X',
      { res: -22, op: 0, flags: 5 },
      {
        before: '\n#define SECCOMP_SET_MODE_STRICT_ 0\n',
      },
    ),
    row('seccomp(1, 0, 0)', 'SYSCALL_SECCOMP_X', { res: -14, op: 1, flags: 0 }),
    row('landlock_create_ruleset(&ruleset, sizeof(ruleset), 0)', 'GENERIC_X', { nativeID: 444 }),
    row('landlock_add_rule(-1, 1, 0, 0)', 'GENERIC_X', { nativeID: 445 }),
    row('landlock_restrict_self(-1, 0)', 'GENERIC_X', { nativeID: 446 }),
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
    row('add_key("user", "saker", "payload", 7, -3)', 'GENERIC_X', { nativeID: 248 }),
    row('request_key("user", "saker", 0, -3)', 'GENERIC_X', { nativeID: 249 }),
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
    row('process_madvise(-1, 0, 0, 0, 0)', 'GENERIC_X', { nativeID: 440 }),
    row('kcmp(1, 1, 99, 0, 0)', 'GENERIC_X', { nativeID: 312 }),
    row('acct("/no such")', 'GENERIC_X', { nativeID: 163 }),
    row('reboot(0, 0, 0, 0)', 'GENERIC_X', { nativeID: 169 }),
    row('sethostname("x", -1)', 'GENERIC_X', { nativeID: 170 }),
  ],
};

/** The name that the test gives to the thread before the call. */
function shownRowName(s: Shown): string {
  return `row ${s.row}`;
}

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
    row('setgroups(3, groups_)', 'GENERIC_X', { nativeID: 116 }),
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
    row('capget(&header, sets)', 'GENERIC_X', { nativeID: 125 }),
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
    row('setfsuid(0)', 'GENERIC_X', { nativeID: 122 }),
    row('setfsgid(0)', 'GENERIC_X', { nativeID: 123 }),
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
    row('madvise(page, 4096, 4)', 'GENERIC_X', { nativeID: 28 }),
    row('mremap(page, 4096, 4096, 0)', 'GENERIC_X', { nativeID: 25 }),
    row('msync(page, 4096, 1)', 'GENERIC_X', { nativeID: 26 }),
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
    row('rt_sigqueueinfo(1, 0, 0)', 'GENERIC_X', { nativeID: 129 }),
    row('rt_sigprocmask(0, 0, 0, 8)', 'GENERIC_X', { nativeID: 14 }),
    row('wait4(-1, 0, WNOHANG, 0)', 'GENERIC_X', { nativeID: 61 }),
    row('waitid(P_ALL, 0, 0, WNOHANG, 0)', 'GENERIC_X', { nativeID: 247 }),
    row('sched_yield()', 'GENERIC_X', { nativeID: 24 }),
  ],
};

export const isolationGroups: readonly CallGroup[] = [mounts, namespaces, identity, memory];
