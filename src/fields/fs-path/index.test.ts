import { expect, it } from 'vitest';
import { type Scenario, scenario } from '../../../test/kit/events.ts';
import { shownLike } from '../../../test/kit/fields.ts';

/** A thread in /root with the directory /srv at descriptor 5. */
function withDirectory(): Scenario {
  return scenario({
    threads: [{ tid: 100, cwd: '/root/' }],
    fds: { 100: [{ fd: 5, type: 2, name: '/srv' }] },
  });
}

it.each<[string, Record<string, number | string | null>, Record<string, string | null>]>([
  ['MKDIR_2_X', { path: 'd' }, { name: '/root/d', nameraw: 'd', source: null }],
  ['MKDIR_2_X', { path: 'd', res: -17 }, { name: null, nameraw: null }],
  ['MKDIRAT_X', { path: 'd/../e', dirfd: 5 }, { name: '/srv/e', nameraw: 'd/../e' }],
  ['MKDIRAT_X', { path: '/d//e', dirfd: 5 }, { name: '/d/e' }],
  ['MKDIRAT_X', { path: 'd', dirfd: -100 }, { name: '<UNKNOWN>d' }],
  ['UNLINKAT_2_X', { name: 'f', dirfd: 5, flags: 0 }, { name: '/srv/f' }],
  ['CHMOD_X', { filename: '../f', mode: 0 }, { name: '/f', nameraw: '../f' }],
  ['FCHMOD_X', { fd: 5, mode: 0 }, { name: '/srv' }],
  ['OPENAT_2_X', { fd: 3, dirfd: 5, name: 'f', flags: 1, mode: 0 }, { name: '/srv/f', nameraw: 'f' }],
  ['RENAME_X', { oldpath: 'a', newpath: 'b' }, { source: '/root/a', target: '/root/b', name: null }],
  [
    'RENAMEAT2_X',
    { olddirfd: 5, oldpath: 'a', newdirfd: -100, newpath: 'b' },
    { source: '/srv/a', sourceraw: 'a', target: '/root/b', targetraw: 'b' },
  ],
  ['LINK_2_X', { oldpath: '/etc/shadow', newpath: 'l' }, { source: '/root/l', target: '/etc/shadow' }],
  ['SYMLINKAT_X', { target: '/etc/shadow', linkdirfd: 5, linkpath: 'l' }, { source: '/srv/l', target: '/etc/shadow' }],
  ['MOUNT_X', { dev: '/dev/sda1', dir: '/mnt', type: 'ext4' }, { source: '/dev/sda1', target: '/mnt' }],
  ['MOUNT_X', { dev: null, dir: '/mnt' }, { source: '/root/<NA>', sourceraw: '<NA>', target: '/mnt' }],
  ['OPEN_X', { fd: -14, name: null, flags: 1 }, { name: '/root/<NA>', nameraw: '<NA>' }],
  ['OPENAT_2_X', { fd: -14, dirfd: 5, name: null, flags: 1 }, { name: '<UNKNOWN>', nameraw: '<NA>' }],
  ['CLOSE_X', { fd: 5 }, { name: null, source: null, target: null }],
])('%s %j', (code, values, paths) => {
  const expected = Object.fromEntries(Object.entries(paths).map(([name, path]) => [`fs.path.${name}`, path]));
  const run = withDirectory().event(`SYSCALL_${code}`, { ...(code.startsWith('OPEN') ? {} : { res: 0 }), ...values });
  expect(shownLike(run, expected)).toEqual(expected);
});
