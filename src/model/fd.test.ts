import { expect, it } from 'vitest';
import { Fd } from './fd.ts';

it('a clone has all that its original has, but no class', () => {
  const fd = new Fd();
  const values: Record<string, unknown> = Object.fromEntries(Object.keys(fd).map((name, i) => [name, i + 1]));
  Object.assign(fd, values);
  expect(Object.fromEntries(Object.entries(fd.clone()))).toEqual({ ...values, ruleClass: -1 });
});
