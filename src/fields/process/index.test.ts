import { describe, expect, it } from 'vitest';
import { type Scenario, scenario } from '../../../test/kit/events.ts';
import { shownLike } from '../../../test/kit/fields.ts';

const init = { tid: 1, exepath: '/usr/lib/systemd/systemd', exe: '/sbin/init' };
const shell = {
  tid: 100,
  exepath: '/usr/bin/bash',
  exe: 'bash',
  comm: 'bash',
  args: ['-l'],
  cwd: '/root',
  tty: 34816,
  envBytes: 'HOME=/root\0LANG=C\0',
};

function cat(): Scenario {
  const run = scenario({ threads: [init, shell] })
    .clone({ child: 200 })
    .as(200);
  return run
    .execve('/usr/bin/cat', {
      exe: 'cat',
      args: ['-n', '/etc/shadow'],
      env: ['PATH=/bin', 'PAD=  x '],
      values: { flags: 'EXE_WRITABLE|EXE_UPPER_LAYER', cap_effective: 0x21, exe_ino_ctime: 5n, exe_ino: 77 },
    })
    .openat('/etc/shadow');
}

interface Example {
  readonly title: string;
  readonly run: Scenario;
  readonly expected: Readonly<Record<string, unknown>>;
}

const examples: readonly Example[] = [
  {
    title: 'a thread that nothing is known of',
    run: scenario({ threads: [init, shell] }).openat('/a', { tid: 777 }),
    expected: {
      'proc.name': '<NA>',
      'proc.aname[0]': null,
      'proc.apid[0]': null,
      'proc.aenv[1]': '',
      'proc.pname': null,
      'proc.ppid': null,
      'proc.cwd': './',
      'proc.fdlimit': 0,
      'proc.fdopencount': 0,
    },
  },
  {
    title: 'a program of which only its start is known',
    run: scenario({ threads: [init, shell] }).execve('/bin/a', { tid: 777 }),
    expected: { 'proc.aname[0]': 'a', 'proc.cwd': '' },
  },
  {
    title: 'command line and environment',
    run: cat(),
    expected: {
      'proc.name': 'cat',
      'proc.exe': 'cat',
      'proc.exepath': '/usr/bin/cat',
      'proc.args': '-n /etc/shadow',
      'proc.args[0]': '-n',
      'proc.args[5]': '',
      'proc.cmdline': 'cat -n /etc/shadow',
      'proc.exeline': 'cat -n /etc/shadow',
      'proc.cmdnargs': 2,
      'proc.cmdlenargs': 13,
      'proc.cwd': '/root/',
      'proc.env': 'PATH=/bin PAD=  x ',
      'proc.env[PATH]': '/bin',
      'proc.env[PAD]': 'x',
      'proc.env[HOME]': '',
      'proc.aenv': 'PATH=/bin PAD=  x ',
      'proc.aenv[1]': 'HOME=/root LANG=C',
      'proc.aenv[HOME]': '/root',
      'proc.aenv[NONE]': '',
      'proc.aenv[9]': null,
      // Numbers that are none of an argument or a generation.
      'proc.args[-1]': '-n /etc/shadow',
      'proc.args[-7]': '-n /etc/shadow',
      'proc.args[4294967296]': '-n',
      'proc.env[1]': 'PATH=/bin PAD=  x ',
      'proc.aenv[4294967297]': 'HOME=/root LANG=C',
      'proc.aenv[4294967295]': 'PATH=/bin PAD=  x ',
      'proc.aenv[-1]': '',
      'proc.aname[-1]': 'bash systemd',
      'proc.aname[-7]': null,
      'proc.apid[-1]': 200,
      'proc.apid[-7]': null,
    },
  },
  {
    title: 'a directory that could not be read',
    run: scenario({ threads: [init, shell] }).event('SYSCALL_CHDIR_X', { res: 0, path: null }, { tid: 100 }),
    expected: { 'proc.cwd': '/root/<NA>/' },
  },
  {
    title: 'an event about a container, with the id of a thread',
    run: scenario({ threads: [init, shell] })
      .openat('/a', { tid: 100 })
      .event('CONTAINER_JSON_2_E', { json: '{"container":{"id":"0123456789ab","name":"n"}}' }, { tid: 100 }),
    expected: { 'container.id': '0123456789ab', 'proc.name': null, 'proc.aname[1]': null },
  },
  {
    title: 'numbers beyond 2^53',
    run: scenario({ threads: [init, shell] }).execve('/bin/x', {
      tid: 100,
      values: { fdlimit: 2n ** 53n + 1n, pgft_maj: 2n ** 64n - 1n, pgft_min: 2n ** 53n + 1n },
    }),
    expected: {
      'proc.fdlimit': 2n ** 53n + 1n,
      'thread.pfmajor': 2n ** 64n - 1n,
      'thread.pfminor': 2n ** 53n + 1n,
      'proc.fdusage': 0,
    },
  },
  {
    title: 'ancestors',
    run: cat(),
    expected: {
      'proc.pname': 'bash',
      'proc.pexe': 'bash',
      'proc.pexepath': '/usr/bin/bash',
      'proc.pcmdline': 'bash -l',
      'proc.aname': 'bash systemd',
      'proc.aname[0]': 'cat',
      'proc.aname[1]': 'bash',
      'proc.aname[2]': 'systemd',
      'proc.aname[3]': null,
      'proc.aexe[2]': '/sbin/init',
      'proc.aexepath[1]': '/usr/bin/bash',
      'proc.acmdline[1]': 'bash -l',
      'proc.acmdline': 'bash -l systemd',
      'proc.aargs': '-l ',
      'proc.apid': 200,
      'proc.apid[1]': 100,
      'proc.ppid': 100,
      'proc.pvpid': 100,
      'proc.loginshellid': 100,
    },
  },
  {
    title: 'ids, session and group',
    run: cat(),
    expected: {
      'proc.pid': 200,
      'proc.vpid': 200,
      'thread.tid': 200,
      'thread.vtid': 200,
      'thread.ismain': true,
      'thread.nametid': 'cat200',
      'proc.tty': 34816,
      'proc.sid': 100,
      'proc.sname': 'bash',
      'proc.sid.exe': 'bash',
      'proc.sid.exepath': '/usr/bin/bash',
      'proc.vpgid': 100,
      'proc.vpgid.name': 'bash',
      'proc.pgid.exepath': '/usr/bin/bash',
      'proc.is_sid_leader': false,
      'proc.is_vpgid_leader': false,
      'proc.is_pgid_leader': false,
      'proc.nthreads': 1,
      'proc.nchilds': 0,
    },
  },
  {
    title: 'program file and capabilities',
    run: cat(),
    expected: {
      'proc.is_exe_writable': true,
      'proc.is_exe_upper_layer': true,
      'proc.is_exe_lower_layer': false,
      'proc.is_exe_from_memfd': false,
      'proc.exe_ino': 77,
      'proc.exe_ino.ctime': 5n,
      'proc.exe_ino.mtime': null,
      'thread.cap_effective': 'CAP_CHOWN CAP_KILL',
      'thread.cap_permitted': '',
      'thread.cgroups': 'cpu=/ memory=/',
      'thread.cgroup.memory': '/',
      'thread.cgroup.blkio': null,
    },
  },
  {
    title: 'times',
    run: cat().wait(4_000_000n).openat('/etc/hosts'),
    expected: { 'proc.duration': 8_000_000, 'proc.ppid.duration': 1, 'proc.ppid.ts': 0n },
  },
  {
    title: 'descriptors',
    run: scenario({ threads: [init, shell], fds: { 100: [{ fd: 0, name: '/dev/tty' }] } }).openat('/a'),
    expected: {
      'proc.fdopencount': 2,
      'proc.fdlimit': 1024,
      'proc.fdusage': 200 / 1024,
      'proc.stdin.type': 'file',
      'proc.stdin.name': '/dev/tty',
      'proc.stdout.type': null,
      'proc.stdout.name': null,
    },
  },
  {
    title: 'a second thread',
    run: scenario({ threads: [init, shell] })
      .clone({ child: 101, thread: true })
      .as(101)
      .openat('/a'),
    expected: {
      'thread.tid': 101,
      'proc.pid': 100,
      'thread.ismain': false,
      'proc.nthreads': 2,
      'proc.nchilds': 1,
      'proc.aname[0]': 'bash',
      'proc.aname[1]': 'systemd',
      'thread.vmsize': 0,
    },
  },
  {
    title: 'a process in a pid namespace',
    run: scenario({ threads: [init, { ...shell, vtid: 7, vpid: 7, sid: 7, vpgid: 7 }] })
      .clone({ child: 200, vtid: 8, vpid: 8 })
      .as(200)
      .openat('/a'),
    expected: { 'proc.vpid': 8, 'proc.pvpid': 7, 'proc.sid': 7, 'proc.sname': 'bash', 'proc.pgid.name': 'bash' },
  },
  {
    title: 'an event of a container engine, which has no process',
    run: scenario().container({ id: '0123456789ab' }),
    expected: { 'proc.name': null, 'proc.pid': null, 'proc.aname': null, 'thread.tid': 0, 'user.name': null },
  },
];

describe('fields of processes', () => {
  it.each(examples)('$title', ({ run, expected }) => {
    expect(shownLike(run, expected)).toEqual(expected);
  });
});
