import { expect, it } from 'vitest';
import { scenario } from '../../../test/kit/events.ts';
import { shownLike } from '../../../test/kit/fields.ts';

const users = [
  { uid: 0, gid: 0, name: 'root', home: '/root', shell: '/bin/bash' },
  { uid: 33, gid: 33, name: 'www', home: '/srv', shell: '/usr/sbin/nologin' },
];

it('shows the user and the one who logged in by name', () => {
  const run = scenario({ users, threads: [{ tid: 100, uid: 33, loginuid: 0 }] }).openat('/a');
  const expected = {
    'user.uid': 33,
    'user.name': 'www',
    'user.homedir': '/srv',
    'user.shell': '/usr/sbin/nologin',
    'user.loginuid': 0,
    'user.loginname': 'root',
  };
  expect(shownLike(run, expected)).toEqual(expected);
});

it('knows root without a list of users, and no one else', () => {
  const root = {
    'user.name': 'root',
    'user.homedir': '/root',
    'user.shell': '<NA>',
    'user.loginuid': -1,
    'user.loginname': '<NA>',
  };
  expect(shownLike(scenario({ users: [], threads: [{ tid: 100 }] }).openat('/a'), root)).toEqual(root);
  const other = { 'user.uid': 5, 'user.name': '<NA>', 'user.homedir': '<NA>' };
  const run = scenario({ threads: [{ tid: 100, uid: 5 }] }).openat('/a');
  expect(shownLike(run, other)).toEqual(other);
});

it('follows setuid', () => {
  const expected = { 'user.uid': 33, 'user.name': 'www', 'evt.arg.uid': 'www' };
  expect(shownLike(scenario({ users }).setuid(33), expected)).toEqual(expected);
});
