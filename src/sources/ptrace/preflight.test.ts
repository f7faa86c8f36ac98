import { describe, expect, it } from 'vitest';
import { checkTracing, explainTraceRefusal, type TraceHost } from './preflight.ts';

const scope = '/proc/sys/kernel/yama/ptrace_scope';
const self = '/proc/self/status';
const target = '/proc/4242/status';

function host(files: Readonly<Record<string, string>> = {}, changes: Partial<TraceHost> = {}): TraceHost {
  const present: Record<string, string> = {
    [self]: 'Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\nSeccomp:\t0\n',
    [target]: 'Name:\tnginx\nPPid:\t1\nTracerPid:\t0\nUid:\t1000\t1000\t1000\t1000\n',
    ...files,
  };
  return { platform: 'linux', arch: 'x64', release: '5.3.0', pid: 77, read: (path) => present[path], ...changes };
}

const tracing = { [self]: 'Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000080000\n' };
const foreign = { [target]: 'Name:\tnginx\nTracerPid:\t0\nUid:\t33\t33\t33\t33\n' };

describe('checkTracing', () => {
  it.each<[string, TraceHost, number | undefined, RegExp | undefined]>([
    ['a command', host(), undefined, undefined],
    ['a process of one’s own', host(), 4242, undefined],
    ['an old kernel', host({}, { release: '5.2.9' }), undefined, /kernel is 5\.2\.9; tracing needs Linux 5\.3/],
    ['another system', host({}, { platform: 'darwin' }), undefined, /needs Linux/],
    ['another processor', host({}, { arch: 's390x' }), undefined, /x86-64 and arm64/],
    ['a command, descendants only', host({ [scope]: '1\n' }), undefined, undefined],
    ['a process, descendants only', host({ [scope]: '1\n' }), 4242, /ptrace_scope is 1\).*sysctl/],
    ['a process, descendants only, with the right', host({ [scope]: '1\n', ...tracing }), 4242, undefined],
    ['a command, with the right only', host({ [scope]: '2\n' }), undefined, /CAP_SYS_PTRACE .*ptrace_scope is 2/],
    ['a command where nobody may', host({ [scope]: '3\n', ...tracing }), undefined, /forbids ptrace to everybody/],
    ['no process', host(), 4243, /no process 4243/],
    ['Saker itself', host({ '/proc/77/status': 'Uid:\t1000\n' }), 77, /Saker itself/],
    ["another user's process", host(foreign), 4242, /belongs to user 33, Saker runs as 1000/],
    ["another user's process, with the right", host({ ...foreign, ...tracing }), 4242, undefined],
    [
      'a process with a debugger',
      host({ [target]: 'TracerPid:\t99\nUid:\t1000\n', '/proc/99/status': 'Name:\tgdb\n' }),
      4242,
      /traced already, by process 99 \(gdb\)/,
    ],
  ])('%s', (_, machine, pid, wanted) => {
    const problems = checkTracing(machine, pid).join('\n');
    if (wanted === undefined) expect(problems).toBe('');
    else expect(problems).toMatch(wanted);
  });
});

describe('explainTraceRefusal', () => {
  it.each<[string, TraceHost, string, number | undefined, RegExp]>([
    [
      'a filter',
      host({ [self]: 'CapEff:\t0\nSeccomp:\t2\n' }),
      'EPERM',
      undefined,
      /command can't be traced: EPERM.*seccomp/,
    ],
    ['no reason known', host(), 'EPERM', undefined, /EPERM: a security module/],
    ['a setuid program', host(), 'EPERM', 4242, /process 4242 can't be traced: EPERM.*setuid/],
    ['it came to be meanwhile', host({ [scope]: '3' }), 'EPERM', undefined, /forbids ptrace/],
    ['an end', host(), 'ESRCH', 4242, /ESRCH: it has ended/],
    ['something else', host(), 'EIO', undefined, /EIO$/],
  ])('%s', (_, machine, error, pid, wanted) => {
    expect(explainTraceRefusal(machine, error, pid)).toMatch(wanted);
  });
});
