import { describe, expect, it } from 'vitest';
import { scenario } from '../../../test/kit/events.ts';
import { bindField, syscallFields } from '../../../test/kit/oracle.ts';
import { Event } from '../../model/event.ts';
import { MachineState } from '../../state/machine-state.ts';
import type { BoundCheck } from '../bound.ts';
import { Evaluator } from './evaluator.ts';
import { matches } from './reference.ts';

type Check = readonly [field: string, op: BoundCheck['op'], ...literals: (string | boolean)[]];

const checks: readonly Check[] = [
  ['evt.arg.name', 'startswith', '/etc'],
  ['evt.arg.name', 'in', '/etc/passwd', '<NA>', 'x', ''],
  ['evt.arg.name', 'endswith', 'wd'],
  ['evt.arg.name', 'contains', '/root'],
  ['evt.arg.name', 'pmatch', '/etc/ssl'],
  ['evt.arg.name', 'exists'],
  ['evt.arg.flags', 'contains', 'O_CREAT'],
  ['evt.arg.flags', 'in', '0', 'O_NONE', '<NA>'],
  ['evt.arg.mode', 'contains', 'S_ISUID'],
  ['evt.arg[3]', 'contains', 'O_RDWR'],
  ['evt.is_open_write', 'in', true],
  ['evt.is_open_write', 'in', false],
  ['evt.arg.path', 'startswith', '/tmp'],
];

function bound([name, op, ...literals]: Check): BoundCheck {
  const field = bindField(syscallFields(), name)!;
  const left = { text: name, type: field.type, list: false, getter: field.getter, field };
  const right = op === 'exists' ? { kind: 'none' as const } : { kind: 'literals' as const, literals };
  return { kind: 'check', left, op, modifier: undefined, right };
}

const run = scenario();
const names = [
  '/etc/passwd',
  'etc/passwd',
  'x',
  '',
  '/',
  '//etc//ssl/a',
  '/etc/../root/a',
  '/etc/ssl\0/root',
  '../etc',
];
for (const name of [...names, '<NA>', '/\xff\x80', `/${'long/'.repeat(300)}etc`]) {
  for (const flags of [0, 1, 3, 66, 0xffff]) {
    run.openat(name, { values: { flags, mode: flags } }).openat(name, { fd: -2, values: { flags } });
  }
  run.event('SYSCALL_MKDIRAT_X', { res: 0, dirfd: -100, path: name, mode: 0o4755 });
}
run.openat('gone', { values: { name: null } }).openat('gone', { values: { flags: null, mode: null } });

describe('what is judged by the bytes of parameters agrees with the texts that fields give', () => {
  it.each([
    { title: 'first', limits: { classes: 16_384, tableBytes: 1 << 26 } },
    { title: 'with tables that are always full', limits: { classes: 4, tableBytes: 600 } },
  ])('$title', ({ limits }) => {
    const state = new MachineState();
    const rules = checks.map((check, index) => {
      const [name, op] = check;
      const condition = bound(check);
      const eventTypes = new Set(Array.from({ length: 512 }, (_, code) => code));
      return { name: `${index} ${name} ${op}`, index, condition, eventTypes, enabled: true } as never;
    });
    const evaluator = new Evaluator(rules, state, { matching: 'all', limits });
    const event = new Event();
    let matched = 0;
    run.feed({
      snapshot: (snapshot) => state.load(snapshot),
      event: (bytes, view, at, cpu) => {
        event.num++;
        event.read(bytes, view, at, cpu);
        state.apply(event);
        const expected = checks
          .filter((check) => matches(bound(check), event, state))
          .map(([name, op]) => `${name} ${op}`);
        const actual = evaluator.evaluate(event).map(({ name }) => name.replace(/^\d+ /, ''));
        expect(actual, `event ${event.num}`).toEqual(expected);
        matched += actual.length;
        state.after(event);
      },
    });
    expect(matched).toBeGreaterThan(200);
  });
});
