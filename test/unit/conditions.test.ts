import { describe, expect, test } from 'vitest';
import type { ParamValue } from '../../src/capture/encode.ts';
import { scenario, type Values } from '../kit/events.ts';
import { load, play, playByDefinition } from './rules-engine.ts';

/** What conditions on real fields hold for, where that does not follow from what outputs show. */

function holds(condition: string, run: ReturnType<typeof scenario>): boolean {
  const fields = { rule: 'r', desc: 'd', condition, output: 'x', priority: 'INFO' };
  const loaded = load([{ name: 'rules', text: JSON.stringify([fields]) }]);
  expect(
    loaded.results.flatMap(({ diagnostics }) => diagnostics.filter(({ severity }) => severity === 'error')),
  ).toEqual([]);
  const played = play(run, loaded).length > 0;
  expect(playByDefinition(run, loaded).length > 0).toBe(played);
  return played;
}

function file(values: Values = {}) {
  return scenario().openat('/tmp/x', { fd: 3, values });
}

/** Init has no ancestors, bash has init. */
function byInit() {
  return scenario().as(1).openat('/tmp/x');
}

function received(data: ParamValue | undefined) {
  return file().event('SYSCALL_READ_X', { res: 0, fd: 3, size: 9, ...(data === undefined ? {} : { data }) });
}

const nothing = received(undefined);
const base64 = received(Buffer.from('aGVsbG8='));
const failed = scenario()
  .openat('/srv', { fd: 3, flags: 'O_DIRECTORY' })
  .event('SYSCALL_OPENAT_2_X', { fd: -2, dirfd: 3, name: 'x', flags: 0 });

function connected() {
  return scenario().socket(3).connect(3, { address: '192.0.2.1', port: 80 });
}

const rows: readonly [condition: string, run: ReturnType<typeof scenario>, holds: boolean][] = [
  // Both ends of a descriptor are there when it is.
  ['evt.type=openat and fd.ip exists', file(), true],
  ['evt.type=openat and fd.net exists', file(), true],
  ['evt.type=openat and fd.port exists', file(), true],
  ['evt.type=openat and fd.proto exists', file(), true],
  ['evt.type=openat and fd.sip exists', file(), false],
  ['evt.type=openat and fd.port >= 0', file(), false],
  ['evt.type=getpid and fd.ip exists', scenario().event('GENERIC_X', { ID: 0, nativeID: 39 }), false],
  // There are ancestors or not.
  ['proc.apid exists', file(), true],
  ['proc.apid exists', byInit(), false],
  ['proc.aexepath exists', file(), true],
  ['proc.aenv exists', byInit(), false],
  ['proc.aname exists', byInit(), false],
  // Ancestors by number are all ancestors where their environment is asked for.
  ['proc.aenv[7] = ""', file(), true],
  ['proc.aenv[7] exists', byInit(), false],
  // What has no data has an empty buffer.
  ['evt.buffer exists', nothing, true],
  ['evt.buffer = ""', nothing, true],
  ['evt.buffer != x', nothing, true],
  ['evt.buffer contains ""', nothing, true],
  ['evt.buffer contains x', nothing, false],
  ['len(evt.buffer) = 0', nothing, true],
  ['evt.buffer exists', file(), false],
  // What a container engine tells is of no process.
  ['evt.type=container and proc.name exists', scenario().container({ id: 'x' }), false],
  ['evt.type=container and toupper(proc.name) exists', scenario().container({ id: 'x' }), false],
  ['evt.type=container and len(proc.name) >= 0', scenario().container({ id: 'x' }), false],
  ['evt.type=container and container.id = toupper(proc.name)', scenario().container({ id: 'x' }), false],
  // Lists, each on its own terms.
  ['fd.ip in (10.0.0.1, 192.0.2.1)', connected(), true],
  ['fd.ip intersects (10.0.0.1)', connected(), true],
  ['fd.net intersects (10.0.0.0/8)', connected(), true],
  ['fd.port intersects (80)', connected(), true],
  ['fd.snet = anyof (10.0.0.0/8, 192.0.2.0/24)', connected(), true],
  ['fd.snet != allof (10.0.0.0/8, 192.0.2.0/24)', connected(), false],
  ['proc.apid in (7, 1)', file(), true],
  ['toupper(fd.types) in (FILE)', file(), true],
  ['toupper(fd.types) intersects (FILE, IPV4)', file(), true],
  ['proc.name in tolower(proc.name)', file(), true],
  ['proc.pname = systemd and (proc.name in () or not proc.name in (""))', file(), true],
  [`proc.name in (bash, ${'x'.repeat(300)})`, file(), true],
  // Data that is base64 holds no more than was written.
  ['b64(evt.buffer) = hello', base64, true],
  ['b64(evt.buffer) in (hello)', base64, true],
  ['b64(evt.buffer) endswith llo', base64, true],
  ['len(b64(evt.buffer)) = 5', base64, true],
  // Arguments of any kind.
  ['evt.rawarg.pid in (7, 99)', scenario().event('SYSCALL_KILL_X', { res: 0, pid: 99, sig: 9 }), true],
  ['evt.rawarg.pid in (7, 9)', scenario().event('SYSCALL_KILL_X', { res: 0, pid: 99, sig: 9 }), false],
  ['evt.rawarg.pid intersects (7, 99)', scenario().event('SYSCALL_KILL_X', { res: 0, pid: 99, sig: 9 }), true],
  // Other fields do not depend on evt.abspath.
  ['evt.abspath exists and not fd.type exists', failed, true],
  // The capture names its machine.
  ['evt.hostname = host', file(), true],
  // Numbers of files and devices have a sign.
  ['fd.ino = -2 and fd.dev = -16', file({ ino: 0xfffffffffffffffen, dev: 0xfffffff0 }), true],
  // Each check of an event sees the same time since the event before.
  ['evt.deltatime > 0 and evt.deltatime in (1000000) and evt.deltatime < 2000000', file().openat('/tmp/y'), true],
  // Durations are those of the times that are known.
  ['proc.exe_ino.ctime_duration_proc_start exists', file(), false],
  // Transformers with several arguments take fields that others refuse.
  ['concat(proc.aname[1], "-", proc.name) = systemd-bash', file(), true],
  ['join("-", (proc.aname[1], proc.name)) = systemd-bash', file(), true],
  ['join("-", (proc.name, len(proc.name))) = bash-4', file(), true],
  ['concat(proc.name, "h") = concat("bas", "hh")', file(), true],
  ['join("-", fd.types) = val(fd.type)', file(), true],
  ['not concat(proc.name, "x") = bash', file(), true],
  ['not join("-", (proc.name, "x")) in (bash)', file(), true],
];

describe('conditions on real fields', () => {
  test.each(rows)('%s', (condition, run, wanted) => {
    expect(holds(condition, run)).toBe(wanted);
  });
});
