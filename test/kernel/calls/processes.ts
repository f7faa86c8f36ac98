/* oxlint-disable max-lines -- a table */
import path from 'node:path';
import { bits, type CallGroup, type CallRow, result, row, type Shown, shown } from './kit.ts';

const clone = (...names: string[]): number => bits('clone_flags', ...names.map((name) => `CLONE_${name}`));
const exe = (...names: string[]): number => bits('execve_flags', ...names.map((name) => `EXE_${name}`));
const workFolder = (s: Shown): string => path.dirname(s.folder);
const exec = 'SYSCALL_EXECVE_19_X';
const exit = 'PROCEXIT_1_E';

/** What the caller's side of a clone has. */
const parentSide = {
  res: result,
  exe: (s: Shown) => s.program,
  args: (s: Shown) => `${workFolder(s)}\0`,
  tid: shown('pid'),
  pid: shown('pid'),
  ptid: shown('main'),
  comm: (s: Shown) => `row ${s.row}`,
  uid: 0,
  gid: 0,
  vtid: shown('pid'),
  vpid: shown('pid'),
  pidns_init_start_ts: 0,
};
/** And that of a child, shown as `name`. */
const childSide = (name: string) => ({
  res: 0,
  exe: (s: Shown) => s.program,
  tid: shown(name),
  pid: shown(name),
  ptid: shown('pid'),
  vtid: shown(name),
  vpid: shown(name),
});

const after = (name: string): string => `show("${name}", result); reap(result);`;

const making: CallGroup = {
  name: 'making processes',
  declare: 'static struct clone_args args; static pthread_t thread; static char stack[65536];',
  functions: `
static void *thread_body(void *unused)
{
	show("thread", syscall(SYS_gettid));
	return 0;
}
static int thread_of_clone(void *unused)
{
	show("cloned-thread", syscall(SYS_gettid));
	return 0;
}
`,
  setup: 'show("main", getppid());',
  rows: [
    row('fork()', 'SYSCALL_FORK_20_X', { ...parentSide, flags: 0 }, { child: '', after: after('fork') }),
    row('~ the child of fork', 'SYSCALL_FORK_20_X', { ...childSide('fork'), flags: 0 }, { of: 'fork' }),
    row('vfork()', 'SYSCALL_VFORK_20_X', { ...parentSide, flags: 0 }, { child: '', after: after('vfork') }),
    row('~ the child of vfork', 'SYSCALL_VFORK_20_X', { ...childSide('vfork'), flags: 0 }, { of: 'vfork' }),
    row(
      'clone(SIGCHLD, 0, 0, 0, 0)',
      'SYSCALL_CLONE_20_X',
      { ...parentSide, flags: 0 },
      { child: '', after: after('plain') },
    ),
    row(
      'clone(SIGCHLD | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_IO, 0, 0, 0, 0)',
      'SYSCALL_CLONE_20_X',
      {
        ...parentSide,
        flags: clone('FS', 'FILES', 'SYSVSEM', 'IO'),
      },
      { child: '', after: after('sharing') },
    ),
    row(
      '~ the child of clone',
      'SYSCALL_CLONE_20_X',
      {
        ...childSide('sharing'),
        flags: clone('FS', 'FILES', 'SYSVSEM', 'IO'),
      },
      { of: 'sharing' },
    ),
    row(
      'clone(SIGCHLD | CLONE_VM | CLONE_VFORK, 0, 0, 0, 0)',
      'SYSCALL_CLONE_20_X',
      {
        ...parentSide,
        flags: clone('VM', 'VFORK'),
      },
      { child: '', after: after('spawned') },
    ),
    row(
      'clone(SIGCHLD | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC, 0, 0, 0, 0)',
      'SYSCALL_CLONE_20_X',
      {
        res: result,
        flags: clone('NEWPID', 'NEWNS', 'NEWUTS', 'NEWIPC'),
      },
      { child: '', after: after('first') },
    ),
    row(
      '~ the first process of a namespace',
      'SYSCALL_CLONE_20_X',
      {
        res: 0,
        tid: shown('first'),
        pid: shown('first'),
        ptid: shown('pid'),
        flags: clone('NEWPID', 'NEWNS', 'NEWUTS', 'NEWIPC', 'CHILD_IN_PIDNS'),
        vtid: 1,
        vpid: 1,
      },
      { of: 'first' },
    ),
    row('clone(CLONE_THREAD, 0, 0, 0, 0)', 'SYSCALL_CLONE_20_X', { res: -22, flags: clone('THREAD') }),
    row('clone(SIGCHLD | CLONE_NEWNS | CLONE_FS, 0, 0, 0, 0)', 'SYSCALL_CLONE_20_X', {
      res: -22,
      flags: clone('NEWNS', 'FS'),
    }),
    row(
      'clone3(&args, sizeof(args))',
      'SYSCALL_CLONE3_X',
      { ...parentSide, flags: clone('FS', 'NEWCGROUP') },
      {
        before: 'args = (struct clone_args){ .flags = CLONE_FS | CLONE_NEWCGROUP, .exit_signal = SIGCHLD };',
        child: '',
        after: after('third'),
      },
    ),
    row(
      '~ the child of clone3',
      'SYSCALL_CLONE3_X',
      { ...childSide('third'), flags: clone('FS', 'NEWCGROUP') },
      { of: 'third' },
    ),
    row('clone3(&args, 5)', 'SYSCALL_CLONE3_X', { res: -22 }),
    row('clone3(0, 64)', 'SYSCALL_CLONE3_X', { res: -14, flags: 0 }),
    row(
      '~ a thread of the library',
      'SYSCALL_CLONE3_X',
      { res: 0, tid: shown('thread'), pid: shown('pid'), ptid: shown('main') },
      {
        before: 'pthread_create(&thread, 0, thread_body, 0); pthread_join(thread, 0);',
        of: 'thread',
      },
    ),
    row(
      '~ a thread of clone',
      'SYSCALL_CLONE_20_X',
      {
        res: 0,
        pid: shown('pid'),
        flags: clone('VM', 'FS', 'FILES', 'SIGHAND', 'THREAD', 'SYSVSEM'),
      },
      {
        before: `int tid = clone(thread_of_clone, stack + sizeof(stack), CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, 0);
		show("cloned", tid); usleep(20000);`,
        of: 'cloned',
      },
    ),
    row('~ a thread ends', exit, { status: 0, ret: 0, sig: 0, core: 0, reaper_tid: 0 }, { of: 'thread' }),
  ],
};

const texts = (count: number, size: number): string =>
  Array.from({ length: count }, () => `${'t'.repeat(size)}\0`).join('');

/** A child that executes a program. */
function execRow(title: string, child: string, params: CallRow['params'], name: string, code = exec): CallRow {
  return row(`~ ${title}`, code, params, {
    before: `fflush(0); long child = fork(); if (child == 0) { ${child} _exit(7); } show("${name}", child); reap(child);`,
    of: name,
  });
}

const executing: CallGroup = {
  name: 'executing programs',
  declare: `
static char *argv_[2000] = { "zero", "exec-ed", "\\xff\\xfe", "", "two words", 0 }; static char *envp_[] = { "A=1", "B=\\xf0", 0 };
static char *many[2000], *one[] = { "zero", "exec-ed", 0 }; static char big[5000], word[8]; static char path[300];
`,
  functions: `
static void *execute(void *arguments)
{
	char **a = arguments;

	execve(program, a, (char *[]){ "FROM=thread", 0 });
	return 0;
}
`,
  setup: `
	show("group", getpgrp());
	memset(big, 'b', 4999); memcpy(word, "ttttttt", 8); many[0] = "zero"; many[1] = "exec-ed";
	for (int i = 2; i < 1500; i++) many[i] = word;
	copy_program("own"); chmod("own", 0755); copy_program("foreign"); chmod("foreign", 0555); copy_program("gone");
	close(make_file("script", "#!/bin/sh\\nexit 0\\n")); chmod("script", 0755);
	close(make_file("text", "no program")); chmod("text", 0755); close(make_file("data", "no program")); chmod("data", 0644);
	mkdir("low", 0755); mkdir("up", 0755); mkdir("work", 0755); mkdir("over", 0755); copy_program("low/below");
	unshare(CLONE_NEWNS); mount("none", "/", 0, 0x44000, 0);
	show("overlay", mount("o", "over", "overlay", 0, "lowerdir=low,upperdir=up,workdir=work") == 0);
	copy_program("over/above"); chmod(".", 0777);
`,
  rows: [
    execRow(
      'arguments and environment',
      'execve(program, argv_, envp_);',
      {
        res: 0,
        exe: 'zero',
        args: 'exec-ed\0\xff\xfe\0\0two words\0',
        tid: shown('e1'),
        pid: shown('e1'),
        ptid: shown('pid'),
        comm: 'calls',
        env: 'A=1\0B=\xf0\0',
        tty: 0,
        flags: exe('WRITABLE'),
        uid: 0,
        gid: 0,
        trusted_exepath: (s) => s.program,
        filename: (s) => s.program,
        vpgid: shown('group'),
        pgid: shown('group'),
      },
      'e1',
    ),
    execRow(
      '1498 arguments: as much as an event holds',
      'execve(program, many, envp_);',
      {
        exe: 'zero',
        args: `exec-ed\0${texts(600, 7)}`.slice(0, 4094) + '\0',
        env: 'A=1\0B=\xf0\0',
      },
      'e2',
    ),
    execRow(
      'an argument longer than an event holds',
      'many[2] = big; many[3] = 0; execve(program, many, envp_);',
      {
        args: `exec-ed\0${'b'.repeat(4086)}\0`,
      },
      'e3',
    ),
    execRow(
      'a first argument longer than an event holds',
      'one[0] = big; execve(program, one, envp_);',
      { exe: 'b'.repeat(4095) },
      'e4',
    ),
    execRow('no environment', 'execve(program, one, (char *[]){ 0 });', { env: null }, 'e5'),
    execRow(
      'a relative name',
      'execve("./own", one, envp_);',
      {
        filename: './own',
        trusted_exepath: (s) => `${s.folder}/own`,
        comm: 'own',
      },
      'e6',
    ),
    execRow(
      'a script',
      'execve("script", one, envp_);',
      {
        res: 0,
        filename: 'script',
        exe: '/bin/sh',
        args: 'script\0exec-ed\0',
        comm: 'script',
      },
      'e7',
    ),
    execRow(
      'a program that the user can not write',
      'setgid(65534); setuid(65534); execve("foreign", one, envp_);',
      {
        res: 0,
        flags: 0,
        uid: 65534,
        gid: 65534,
        cap_permitted: 0,
        cap_effective: 0,
      },
      'e8',
    ),
    execRow(
      'a program that is gone',
      'int fd = open("gone", O_RDONLY); unlink("gone"); syscall(SYS_execveat, fd, "", one, envp_, AT_EMPTY_PATH);',
      {
        res: 0,
        trusted_exepath: (s) => `${s.folder}/gone`,
      },
      'e9',
    ),
    execRow(
      'a program in memory',
      `int to = syscall(SYS_memfd_create, "hidden", 0); snprintf(path, 300, "/proc/self/fd/%d", to); copy_program(path); execve(path, one, envp_);`,
      {
        res: 0,
        trusted_exepath: 'memfd:hidden',
        flags: exe('WRITABLE', 'FROM_MEMFD'),
      },
      'e10',
    ),
    execRow(
      'a program of the lower layer',
      'execve("over/below", one, envp_);',
      {
        res: 0,
        flags: (s) => exe('WRITABLE') | (s.of('overlay') ? exe('LOWER_LAYER') : 0),
      },
      'e11',
    ),
    execRow(
      'a program of the upper layer',
      'execve("over/above", one, envp_);',
      {
        res: 0,
        flags: (s) => exe('WRITABLE') | (s.of('overlay') ? exe('UPPER_LAYER') : 0),
      },
      'e12',
    ),
    execRow(
      'a thread that is not the leader executes',
      'pthread_t thread; pthread_create(&thread, 0, execute, one); for (;;) pause();',
      {
        res: 0,
        tid: shown('e13'),
        pid: shown('e13'),
        ptid: shown('pid'),
        env: 'FROM=thread\0',
        trusted_exepath: (s) => s.program,
      },
      'e13',
    ),
    execRow(
      'in a session of its own',
      'setsid(); execve(program, one, envp_);',
      { res: 0, pgid: shown('e14'), vpgid: shown('e14') },
      'e14',
    ),
    row('execve("none", argv_, envp_)', exec, {
      res: -2,
      exe: 'zero',
      args: 'exec-ed\0\xff\xfe\0\0two words\0',
      env: 'A=1\0B=\xf0\0',
      filename: 'none',
      tid: shown('pid'),
      comm: (s) => `row ${s.row}`,
      trusted_exepath: (s) => s.program,
    }),
    row('execve(".", argv_, envp_)', exec, { res: -13, filename: '.' }),
    row('execve("data", argv_, envp_)', exec, { res: -13, filename: 'data' }),
    row('execve("text", argv_, envp_)', exec, { res: -8, filename: 'text' }),
    row('execve(0, argv_, envp_)', exec, { res: -14, filename: null }),
    row('execve(program, 8, envp_)', exec, { res: -14, exe: null, args: null }),
    row('execve("none", 0, 0)', exec, { res: -2, exe: null, args: null, env: null, filename: 'none' }),
    row(
      'execve("none", many, envp_)',
      exec,
      { res: -2, args: `${texts(600, 7).slice(0, 4094)}\0` },
      {
        before: 'many[1] = word; many[2] = word; many[3] = word;',
      },
    ),
    row('execveat(AT_FDCWD, "none", argv_, envp_, 0)', 'SYSCALL_EXECVEAT_X', {
      res: -2,
      exe: 'zero',
      args: 'exec-ed\0\xff\xfe\0\0two words\0',
      env: 'A=1\0B=\xf0\0',
    }),
    row('execveat(999, "none", argv_, envp_, AT_SYMLINK_NOFOLLOW)', 'SYSCALL_EXECVEAT_X', { res: -9 }),
    row('execveat(AT_FDCWD, "own", argv_, envp_, 0x40)', 'SYSCALL_EXECVEAT_X', { res: -22 }),
  ],
};

function exitRow(title: string, child: string, params: CallRow['params'], name: string): CallRow {
  return row(
    `~ ${title}`,
    exit,
    { reaper_tid: 0, ...params },
    {
      before: `fflush(0); long child = fork(); if (child == 0) { ${child} } show("${name}", child); reap(child);`,
      of: name,
    },
  );
}

const ending: CallGroup = {
  name: 'ends of processes',
  functions: `
static void *leave(void *unused)
{
	_exit(66);
}
static void *linger(void *unused)
{
	show("lingering", syscall(SYS_gettid));
	usleep(30000);
	return 0;
}
`,
  setup: 'setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });',
  rows: [
    exitRow('exit 0', '_exit(0);', { status: 0, ret: 0, sig: 0, core: 0 }, 'x1'),
    exitRow('exit 1', '_exit(1);', { status: 0x100, ret: 1, sig: 0, core: 0 }, 'x2'),
    exitRow('exit 255', 'syscall(SYS_exit, -1);', { status: 0xff00, ret: 255, sig: 0, core: 0 }, 'x3'),
    ...(['SIGKILL', 'SIGTERM', 'SIGPIPE', 'SIGALRM', 'SIGUSR2'] as const).map((signal, i) =>
      exitRow(
        `killed by ${signal}`,
        `kill(getpid(), ${signal}); pause();`,
        {
          ret: 0,
          status: [9, 15, 13, 14, 12][i]!,
          sig: [9, 15, 13, 14, 12][i]!,
          core: 0,
        },
        `k${i}`,
      ),
    ),
    exitRow('a segmentation fault', '*(volatile int *)8 = 1;', { ret: 0, sig: 11 }, 'x4'),
    exitRow('abort', 'abort();', { ret: 0, sig: 6 }, 'x5'),
    exitRow('a bad instruction', '__builtin_trap();', { ret: 0 }, 'x6'),
    exitRow(
      'exit of all by another thread',
      'pthread_t thread; pthread_create(&thread, 0, leave, 0); for (;;) pause();',
      {
        status: 66 << 8,
        ret: 66,
        sig: 0,
      },
      'x7',
    ),
    exitRow(
      'the leader ends first',
      'pthread_t thread; pthread_create(&thread, 0, linger, 0); syscall(SYS_exit, 5);',
      {
        ret: 5,
      },
      'x8',
    ),
    row('~ its thread ends', exit, { sig: 0 }, { of: 'lingering' }),
    row(
      '~ a child is left to a subreaper',
      exit,
      { reaper_tid: shown('pid') },
      {
        before: `prctl(PR_SET_CHILD_SUBREAPER, 1); long middle = fork();
		if (middle == 0) { if (fork() == 0) { close(1); usleep(40000); _exit(0); } _exit(0); }
		show("middle", middle); reap(middle); wait(0);`,
        of: 'middle',
      },
    ),
  ],
};

export const processGroups: readonly CallGroup[] = [making, executing, ending];
