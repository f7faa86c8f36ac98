import { expect, it } from 'vitest';
import { defaultSyscalls, fillerNames, genericCodes, interestOf, syscallsOf } from './interest.ts';

function numbers(names: string[], arch: string): number[] {
  return [...interestOf(names, arch).bySyscall].flatMap((wanted, number) => (wanted ? [number] : []));
}

it.each<[string, string[], string, number[]]>([
  ['by the number of the architecture', ['openat'], 'x64', [257]],
  ['by the number of the other architecture', ['openat'], 'arm64', [56]],
  ['a call that is absent here', ['open'], 'arm64', []],
  ['by the name of the event', ['prlimit'], 'x64', [302]],
  ['that are also told as another', ['fchmodat'], 'x64', [268, 452]],
  ['that 32-bit programs alone can make', ['ppoll', 'stat64'], 'x64', [271, 341, 346]],
  ['execveat brings execve with it', ['execveat'], 'x64', [59, 322]],
])('finds calls %s', (_, names, arch, wanted) => {
  expect(numbers(names, arch)).toEqual(wanted);
  expect(interestOf(names, arch).unknown).toEqual([]);
});

it('takes process ends by their names', () => {
  expect(interestOf(['procexit'], 'x64')).toMatchObject({ exits: true, unknown: [] });
  expect(interestOf(['openat'], 'x64').exits).toBe(false);
});

it('says which names no call has', () => {
  expect(interestOf(['openat', 'opentheat'], 'x64').unknown).toEqual(['opentheat']);
});

it.each([
  ['no rules are known', undefined, 1],
  ['no rule is about new threads', new Set(['execve', 'openat']), 2],
  ['a rule may match what a parent tells', new Set(['vfork']), 1],
])('wants parents to tell of their children, too, unless no rule does: %s', (_, judged, expected) => {
  const { bySyscall } = interestOf(['clone', 'clone3', 'vfork', 'execve'], 'x64', judged);
  expect([56, 435, 58, 57, 59].map((number) => bySyscall[number])).toEqual([expected, expected, expected, 0, 1]);
});

it.each(['x64', 'arm64'])('knows all default calls on %s', (arch) => {
  const { bySyscall, exits } = interestOf(defaultSyscalls(), arch);
  expect(exits).toBe(true);
  expect(bySyscall.reduce((sum, wanted) => sum + wanted, 0)).toBeGreaterThan(70);
});

it('has kernel programs by name, and codes for generic events', () => {
  const fchmodat2 = syscallsOf('x64').find(([, name]) => name === 'fchmodat2')!;
  expect(new Map(fillerNames('x64')).get(fchmodat2[0])).toBe('f_fchmodat2');
  expect(genericCodes('x64')[fchmodat2[0]]).toBe(413);
  expect(genericCodes('x64')[218]).toBe(169); // set_tid_address
});
