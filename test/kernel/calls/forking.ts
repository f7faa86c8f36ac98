import path from 'node:path';
import { bits, type CallGroup, type CallRow, result, row, type Shown, shown } from './kit.ts';

const clone = (...names: string[]): number => bits('clone_flags', ...names.map((name) => `CLONE_${name}`));

const workFolder = (s: Shown): string => path.dirname(s.folder);

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
    row(
      'clone(SIGCHLD | CLONE_NEWPID, 0, 0, 0, 0)',
      'SYSCALL_CLONE_20_X',
      { res: result },
      {
        child: 'char *words[] = { "zero", "exec-ed", 0 }; execv(program, words);',
        after: `${after('inner')} show("outer", getpgrp());`,
      },
    ),
    row(
      '~ a process whose process group is outside of its pid namespace',
      'SYSCALL_EXECVE_19_X',
      { res: 0, vpgid: 0, pgid: shown('outer') },
      { of: 'inner' },
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
    // Of arm64, only newer C libraries make it by this call.
    ...(process.arch === 'x64'
      ? [
          row(
            '~ a thread of the library',
            'SYSCALL_CLONE3_X',
            { res: 0, tid: shown('thread'), pid: shown('pid'), ptid: shown('main') },
            { of: 'thread' },
          ),
        ]
      : []),
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
    row(
      '~ a thread ends',
      exit,
      { status: 0, ret: 0, sig: 0, core: 0, reaper_tid: 0 },
      { before: 'pthread_create(&thread, 0, thread_body, 0); pthread_join(thread, 0);', of: 'thread' },
    ),
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

export const forkingGroups: readonly CallGroup[] = [making, ending];
