import { expect, test } from 'vitest';
import { makeNotice } from '../../../test/kit/alerts.ts';
import { compileCondition } from './condition.ts';

const notice = makeNotice({
  output_fields: {
    'proc.name': 'bash',
    'proc.pid': 4711,
    'proc.args': 'a,b',
    'fd.rip': '10.1.2.3',
    'fd.rport': '8080',
    'fd.name': '/etc/shadow',
    'proc.aname[2]': 'sshd',
    'evt.ok': true,
    'evt.none': null,
    'user.groups': ['wheel', 'audio'],
    'big.number': 0,
    'text.utf8': 'grüße',
  },
});

test.each([
  ['proc.name = bash', true],
  ['proc.name != bash', false],
  ['proc.name == "bash"', true],
  ['proc.name in (zsh, bash)', true],
  ['not proc.name in (zsh, bash)', false],
  ['proc.pid = 4711', true],
  ['proc.pid > 4710 and proc.pid <= 4711', true],
  ['proc.pid in (1, 4711)', true],
  ['fd.rport = 8080', true],
  ['fd.rport < 9000', true],
  ['fd.rip = 10.0.0.0/8', true],
  ['fd.rip in (192.168.0.0/16, 10.1.0.0/16)', true],
  ['fd.rip = 192.168.0.0/16', false],
  ['fd.name startswith /etc', true],
  ['fd.name endswith shadow', true],
  ['fd.name contains "/sha"', true],
  ['fd.name icontains SHADOW', true],
  ['fd.name glob /etc/*', true],
  ['fd.name iglob /ETC/*', true],
  ['fd.name regex "/etc/(shadow|passwd)"', true],
  ['fd.name regex "shadow"', false],
  ['fd.name pmatch (/usr, /etc)', true],
  ['fd.name startswith oneof (/etc, /usr)', true],
  ['proc.aname[2] = sshd', true],
  ['proc.aname[3] = sshd', false],
  ['evt.ok = true', true],
  ['evt.none exists', false],
  ['proc.name exists', true],
  ['no.such exists', false],
  ['no.such = x', false],
  ['no.such != x', false],
  ['user.groups intersects (wheel, root)', true],
  ['user.groups in (wheel, root)', false],
  ['user.groups contains udio', true],
  ['rule = "Terminal shell in container"', true],
  ['rule startswith Terminal and source = syscall', true],
  ['hostname glob node-*', true],
  ['tags intersects (shell, x)', true],
  ['tags = container', true],
  ['output contains "user=root"', true],
  ['priority = Warning', true],
  ['priority <= 4', true],
  ['priority < 4', false],
  ['priority in (Error, Critical)', false],
  ['priority = warning', true],
  ['toupper(proc.name) = BASH', true],
  ['basename(fd.name) = shadow', true],
  ['text.utf8 = grüße', true],
  ['text.utf8 endswith "üße"', true],
  ['(proc.name = bash or proc.name = zsh) and not fd.name startswith /usr', true],
])('%s: %s', (condition, expected) => {
  const compiled = compileCondition(condition);
  if (!compiled.ok) throw new Error(compiled.problem.message);
  expect(compiled.test(notice)).toBe(expected);
});

test.each([
  ['proc.name =', 11],
  ['spawned_process and proc.name = x', 16],
  ['proc.name = x and (', 19],
  ['hostname = "grüße" and fd.name regex "("', 37],
  ['priority contains x', 0],
  ['priority = Loud', 0],
  ['fd.name bcontains 00', 0],
])('%s: mistake at %d', (condition, offset) => {
  expect(compileCondition(condition)).toMatchObject({ ok: false, problem: { offset } });
});
