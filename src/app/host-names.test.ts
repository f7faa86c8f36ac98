import { expect, test, vi } from 'vitest';
import { bindCondition } from '../engine/bind.ts';
import { parseCondition } from '../lang/parser.ts';
import { HostNames, namesInConditions } from './host-names.ts';
import { fieldTables } from './registry.ts';

function bytes(...numbers: number[]): string {
  return String.fromCharCode(...numbers);
}

test('addresses of names, the first name first; what fails later stays known', async () => {
  let isDown = false;
  let now = 0;
  const asked: string[] = [];
  const answers: Readonly<Record<string, string[]>> = { a: ['1.2.3.4', '::1'], b: ['1.2.3.4', '5.6.7.8', 'nonsense'] };
  const names = new HostNames(
    ['a', 'none', 'b'],
    async (name) => {
      asked.push(name);
      if (isDown || answers[name] === undefined) throw new Error('ENOTFOUND');
      return answers[name];
    },
    () => now,
  );
  const known = (): unknown[] =>
    [bytes(1, 2, 3, 4), bytes(5, 6, 7, 8), `${'\0'.repeat(15)}\x01`, bytes(9, 9, 9, 9)].map((address) =>
      names.of(address),
    );
  expect(known()).toEqual([undefined, undefined, undefined, undefined]);
  await vi.waitFor(() => expect(known()).toEqual(['a', 'b', 'a', undefined]));
  isDown = true;
  now = 59_000;
  known();
  expect(asked).toEqual(['a', 'none', 'b']);
  now = 61_000;
  known();
  await vi.waitFor(() => expect(asked).toHaveLength(6));
  expect(known()).toEqual(['a', 'b', 'a', undefined]);
});

test('names in conditions', () => {
  const table = fieldTables()('syscall')!;
  const parsed = parseCondition('not (fd.sip.name in (a.org, "b c", a.org) or fd.name = x) and fd.sip.name = c');
  if (!parsed.ok) throw new Error(parsed.problem.message);
  expect(namesInConditions([bindCondition(parsed.value, table).expr!])).toEqual(['a.org', 'c']);
});
