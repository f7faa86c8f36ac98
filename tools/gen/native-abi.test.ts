import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { eventByCode } from '../../src/model/event-table.ts';
import { criticalEvents } from '../../src/sources/ebpf/drops.ts';
import { eventsHeader, files, syscallsHeader } from './native-abi.ts';

it.each(files)('%s is up to date (run: node tools/gen/native-abi.ts)', (name, make) => {
  expect(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')).toBe(make());
});

it('gives the kernel side the codes of the event table', () => {
  const openat = eventByCode('SYSCALL_OPENAT_2_X');
  const header = eventsHeader();
  expect(header).toContain(`#define EV_SYSCALL_OPENAT_2_X ${openat.id}\n`);
  expect(header).toContain(`#define EVN_SYSCALL_OPENAT_2_X ${openat.params.length}\n`);
});

it('tells 32-bit calls by the numbers of their 64-bit sisters, and those without one by numbers of their own', () => {
  const table = syscallsHeader();
  expect(table).toContain('  [5] = 3,'); // open: 5 there, 2 here
  expect(table).toContain('  [213] = 106,'); // setuid32
  expect(table).toContain('  [90] = 341,'); // mmap: its arguments lie in memory
  expect(table).toContain('#define SYS_old_mmap 340\n');
});

it('counts the drops of the same events as critical that the kernel side does', () => {
  const abi = readFileSync(new URL('../../native/include/saker_abi.h', import.meta.url), 'utf8');
  const listed = [...abi.matchAll(/^\tEVENT\((\w+)\)/gm)].map(([, code]) => code);
  expect(listed).toEqual([...criticalEvents]);
});
