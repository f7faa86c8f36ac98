import { describe, expect, test } from 'vitest';
import { machine, operand, rule } from '../../../test/kit/random-rules.ts';
import type { Modifier, Operator } from '../../lang/ast.ts';
import { Event } from '../../model/event.ts';
import { events } from '../../model/event-table.ts';
import { Fd, fdType } from '../../model/fd.ts';
import { Thread } from '../../model/thread.ts';
import type { BoundCheck, Literal } from '../bound.ts';
import { Evaluator } from './evaluator.ts';
import { matches } from './reference.ts';

/** A thread `self` below `sh` below `nginx` below `systemd`, with a connection 10.0.0.1:1 -> 127.0.0.1:2. */
function connection(): Event {
  const event = new Event();
  event.type = 5;
  event.info = events[5]!;
  for (const comm of ['systemd', 'nginx', 'sh', 'self']) {
    const thread = new Thread();
    thread.comm = comm;
    thread.parent = event.thread;
    event.thread = thread;
  }
  const fd = new Fd();
  fd.type = fdType.ipv4Socket;
  fd.sourceIp = '\x0a\0\0\x01';
  fd.sourcePort = 1;
  fd.destIp = '\x7f\0\0\x01';
  fd.destPort = 2;
  event.fd = fd;
  return event;
}

type Row = [field: string, op: Operator, literals: readonly Literal[], holds: boolean, modifier?: Modifier];

const loopback = { address: '\x7f\0\0\0', bits: 8 };
const ten = { address: '\x0a\0\0\0', bits: 8 };
const other = { address: '\xc0\xa8\0\0', bits: 16 };

const rows: readonly Row[] = [
  ['t.aname', '=', ['nginx'], true],
  ['t.aname', '=', ['self'], false],
  ['t.aname', '!=', ['nginx'], true],
  ['t.aname', 'in', ['x', 'systemd'], true],
  ['t.aname', 'startswith', ['ngi'], true],
  ['t.aname', 'exists', [], true],
  ['t.aname', '=', ['x', 'nginx'], true, 'anyof'],
  ['t.aname', 'startswith', ['n', 'ng'], true, 'allof'],
  ['t.aname', 'startswith', ['n', 's'], true, 'oneof'],
  ['f.net', '=', [loopback], true],
  ['f.net', '!=', [loopback], false],
  ['f.net', '!=', [other], true],
  ['f.net', 'in', [other, loopback], true],
  ['f.net', 'in', [other], false],
  ['f.net', '=', [other, ten], true, 'anyof'],
  ['f.net', '!=', [other, ten], false, 'allof'],
  ['f.ip', '=', ['\x0a\0\0\x01'], true],
  ['f.ip', '!=', ['\x0a\0\0\x02'], true],
  ['f.ip', '!=', ['\x7f\0\0\x01'], false],
  ['f.port', '>', [1], true],
  ['f.port', '>', [2], false],
  ['f.port', '!=', [2], false],
  ['f.port', '!=', [3], true],
];

describe('fields that compare several values', () => {
  test.each(rows)('row %#: %s %s', (name, op, literals, holds, modifier) => {
    const right = op === 'exists' ? { kind: 'none' as const } : { kind: 'literals' as const, literals };
    const check: BoundCheck = { kind: 'check', left: operand(name), op, modifier, right };
    const event = connection();
    expect(matches(check, event, machine)).toBe(holds);
    const evaluator = new Evaluator([rule('one', 0, check, new Set([5]))], machine, { matching: 'all' });
    expect(evaluator.evaluate(event)).toHaveLength(holds ? 1 : 0);
  });
});
