import { expect, test } from 'vitest';
import { type Scenario, type Setup, scenario } from '../../test/kit/events.ts';
import { fdType } from '../model/fd.ts';
import { MachineState } from './machine-state.ts';

const start = 1_700_000_000_000_000_000n;
const bash: NonNullable<Setup['threads']>[number] = { tid: 100, exepath: '/usr/bin/bash', comm: 'bash' };

function run(events: Scenario, look?: (state: MachineState) => void): MachineState {
  const state = new MachineState();
  state.load(events.snapshot);
  for (const event of events.events()) {
    state.apply(event);
    look?.(state);
    state.after(event);
  }
  return state;
}

test('how old a program was is known from its execution; a child that executes none has what its parent has', () => {
  const threads = [{ ...bash, pidnsInitStart: start - 100n, startTime: start - 50n }];
  const events = scenario({ threads, start })
    .execve('/bin/sh', { values: { exe_ino_ctime: start - 60n } })
    .clone({ child: 200 })
    .as(200)
    .openat('/a')
    .execve('/bin/ls', { values: { exe_ino_ctime: start - 70n } });
  const seen: (readonly bigint[])[] = [];
  run(events, (state) => {
    const { cloneTime, exeCtimeToStart, pidnsStartToExeCtime } = state.thread(200) ?? state.thread(100)!;
    seen.push([cloneTime - start, exeCtimeToStart, pidnsStartToExeCtime]);
  });
  const began = seen[2]![0]!;
  expect(seen).toEqual([
    [-50n, 10n, 40n],
    [began, 10n, 0n],
    [began, 10n, 0n],
    [began, 10n, 0n],
    [began, began + 70n, 0n],
  ]);
});

test('what a process tells of its own beginning replaces what a list said of it, however young it was', () => {
  const threads = [bash, { tid: 200, ptid: 100, exepath: '/listed', startTime: start }];
  const events = scenario({ threads, start })
    .as(100)
    .clone({ child: 200, seen: ['child'] });
  expect(run(events).thread(200)).toMatchObject({ exepath: '/usr/bin/bash', isListed: false });
});

test('a snapshot loads into an equal state', () => {
  const events = scenario({
    threads: [bash],
    interfaces: [{ name: 'eth0', address: '\x0a\0\0\x01', netmask: '\xff\0\0\0', broadcast: '', linkSpeed: 0n }],
  })
    .openat('/etc/hosts', { fd: 3 })
    .socket(4)
    .connect(4, { address: '10.0.0.2', port: 80 })
    .clone({ child: 200 });
  const first = run(events).snapshot();
  const state = new MachineState();
  state.load(first);
  expect(state.snapshot()).toEqual(first);
  expect(state.thread(200)!.parent!.tid).toBe(100);
  expect(state.thread(100)!.fds!.get(4)).toMatchObject({ destIp: '\x0a\0\0\x02', destPort: 80 });
  expect(state.isLocalAddress('\x0a\0\0\x01')).toBe(true);
});

test('a socket that had no address when it was listed is what its first message says', () => {
  const fds = { 100: [{ fd: 3, type: fdType.unsupported }] };
  const tuple = { source: { address: '::', port: 4000 }, dest: { address: '::1', port: 9 } };
  const sent = { res: 1, data: 'x', fd: 3, size: 1, tuple };
  const state = run(scenario({ threads: [bash], fds }).event('SOCKET_SENDTO_X', sent));
  expect(state.thread(100)!.fds!.get(3)).toMatchObject({ type: fdType.ipv6Socket, destPort: 9 });
});
