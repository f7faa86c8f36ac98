import { describe, expect, it } from 'vitest';
import { checkHost, explainRefusal, type Host } from './preflight.ts';

const allCapabilities = 'CapEff:\t000001ffffffffff\n';

function host(changes: Partial<Host> = {}, files: Readonly<Record<string, string>> = {}): Host {
  const present: Record<string, string> = {
    '/proc/self/status': allCapabilities,
    '/sys/kernel/btf/vmlinux': '',
    ...files,
  };
  return {
    platform: 'linux',
    arch: 'x64',
    release: '5.8.0-1',
    uid: 0,
    exists: (path) => path in present,
    read: (path) => present[path],
    ...changes,
  };
}

describe('checkHost', () => {
  it.each<[string, Host, RegExp | undefined]>([
    ['all there', host(), undefined],
    ['a later major version', host({ release: '10.1.2' }), undefined],
    ['an old kernel', host({ release: '5.4.0-100-generic' }), /kernel is 5\.4\.0-100-generic; .*5\.8/],
    ['another system', host({ platform: 'darwin' }), /needs Linux/],
    ['another processor', host({ arch: 's390x' }), /x86-64 and arm64/],
    [
      'no rights',
      host({ uid: 1000 }, { '/proc/self/status': 'CapEff:\t0000000000000000\n' }),
      /^CAP_BPF and CAP_PERFMON and CAP_SYS_PTRACE missing/,
    ],
    ['the small rights', host({ uid: 1000 }, { '/proc/self/status': 'CapEff:\t000000c000080000\n' }), undefined],
    [
      'one right missing',
      host({ uid: 1000 }, { '/proc/self/status': 'CapEff:\t0000008000080000\n' }),
      /^CAP_PERFMON missing/,
    ],
    ['no type information', host({ exists: () => false }), /CONFIG_DEBUG_INFO_BTF/],
    [
      'lockdown of integrity',
      host({}, { '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' }),
      undefined,
    ],
    [
      'full lockdown',
      host({}, { '/sys/kernel/security/lockdown': 'none integrity [confidentiality]\n' }),
      /lockdown=integrity/,
    ],
  ])('%s', (_, machine, wanted) => {
    const problems = checkHost(machine);
    if (wanted === undefined) expect(problems).toEqual([]);
    else expect(problems.join('\n')).toMatch(wanted);
    // Where it is Linux, there is another way.
    const isLinux = machine.platform === 'linux';
    expect(problems.some((text) => text.includes('--ptrace'))).toBe(wanted !== undefined && isLinux);
  });
});

describe('explainRefusal', () => {
  it.each([
    ['load: Function not implemented', /CONFIG_BPF_SYSCALL/],
    ['load: Operation not permitted', /missing capabilities/],
    ['load: Too many open files', /LimitNOFILE/],
    ['load: Cannot allocate memory', /locked memory/],
    ['load: Permission denied\nprocessed 100 insns', /insns$/],
    ['something else', /^something else$/],
  ])('%s', (message, wanted) => {
    expect(explainRefusal(message, host())).toMatch(wanted);
  });

  it.each<[string, string, Record<string, string>, RegExp]>([
    ['a user namespace', '6.1.0', { '/proc/self/uid_map': '         0     100000      65536\n' }, /user namespace/],
    ['the first one', '6.1.0', { '/proc/self/uid_map': '         0          0 4294967295\n' }, /a security module/],
    ['locked memory', '5.10.0', { '/proc/self/limits': 'Max locked memory  65536  65536  bytes\n' }, /LimitMEMLOCK/],
    ['other memory', '5.11.0', { '/proc/self/limits': 'Max locked memory  65536  65536  bytes\n' }, /missing cap/],
    ['no limit', '5.10.0', { '/proc/self/limits': 'Max locked memory  unlimited  unlimited  bytes\n' }, /missing cap/],
  ])('of %s on %s', (_, release, files, wanted) => {
    const text = explainRefusal('load: Operation not permitted', host({ release }, files));
    expect(text).toMatch(wanted);
    expect(text).toContain('saker run --ptrace -- COMMAND');
  });

  it('names a seccomp filter as the cause', () => {
    const filtered = host({}, { '/proc/self/status': `${allCapabilities}Seccomp:\t2\n` });
    expect(explainRefusal('load: Operation not permitted', filtered)).toMatch(/seccomp=unconfined/);
  });
});
