import { bits, type CallGroup, type CallRow, row, shown } from './kit.ts';

const exe = (...names: string[]): number => bits('execve_flags', ...names.map((name) => `EXE_${name}`));

const exec = 'SYSCALL_EXECVE_19_X';

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
    row(
      'execve(".", argv_, envp_)',
      exec,
      { res: -13, filename: '.', vm_size: shown('kilobytes') },
      {
        before: `static char pages[64]; int statm = open("/proc/self/statm", O_RDONLY); read(statm, pages, 63); close(statm);
		show("kilobytes", atol(pages) * (sysconf(_SC_PAGESIZE) / 1024));`,
      },
    ),
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
        since: [5, 17],
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

export const executingGroups: readonly CallGroup[] = [executing];
