import { describe, expect, test } from 'vitest';
import { Fd } from '../model/fd.ts';
import { ProcessFds } from './process-fds.ts';

function budget(maxPerProcess = 100, max = 1000) {
  return { maxPerProcess, max, used: 0, dropped: 0, added: 0, removed: 0 };
}

function numbers(fds: ProcessFds): number[] {
  return [...fds.entries()].map(([number]) => number).toSorted((a, b) => a - b);
}

describe('ProcessFds', () => {
  test('keeps near and far numbers', () => {
    const fds = new ProcessFds(budget());
    const wanted = [0, 3, 70, 1_000_000, 2_147_483_647, 5000];
    for (const number of wanted) expect(fds.set(number, new Fd())).toBe(true);
    expect(numbers(fds)).toEqual(wanted.toSorted((a, b) => a - b));
    expect(fds.size).toBe(6);
    fds.delete(1_000_000);
    fds.delete(3);
    fds.delete(4);
    expect(numbers(fds)).toEqual([0, 70, 5000, 2_147_483_647]);
    expect(fds.get(-1)).toBeUndefined();
    for (const number of [-1, 2 ** 31, 2 ** 53, Number.NaN]) expect(fds.set(number, new Fd())).toBe(false);
  });

  test('far numbers become near ones where the gap closes', () => {
    const fds = new ProcessFds(budget());
    const far = new Fd();
    fds.set(255, far);
    for (let number = 0; number < 100; number += 3) fds.set(number, new Fd());
    expect(fds.get(255)).toBe(far);
    fds.set(200, new Fd());
    fds.set(260, new Fd());
    expect(fds.get(255)).toBe(far);
    expect(fds.size).toBe(37);
    fds.set(255, new Fd());
    expect(fds.size).toBe(37);
    expect(fds.get(255)).not.toBe(far);
    fds.delete(255);
    expect(fds.get(255)).toBeUndefined();
    expect(numbers(fds)).toHaveLength(36);
  });

  test('a fork shares until one of both changes', () => {
    const common = budget();
    const parent = new ProcessFds(common);
    const fd = new Fd();
    for (let i = 0; i < 5; i++) parent.set(i, fd);
    const child = parent.fork();
    expect(common.used).toBe(5);
    child.set(9, new Fd());
    expect(common.used).toBe(11);
    parent.delete(0);
    expect(numbers(child)).toEqual([0, 1, 2, 3, 4, 9]);
    expect(numbers(parent)).toEqual([1, 2, 3, 4]);
    child.release();
    expect(common.used).toBe(4);
    parent.release();
    expect(common.used).toBe(0);
  });

  test('a fork that ends unchanged costs nothing', () => {
    const common = budget();
    const parent = new ProcessFds(common);
    parent.set(1, new Fd());
    const child = parent.fork();
    child.release();
    parent.set(2, new Fd());
    expect(common.used).toBe(2);
  });

  test('counts what it has no room for', () => {
    const common = budget(3, 5);
    const one = new ProcessFds(common);
    const two = new ProcessFds(common);
    expect([0, 1, 2, 3].map((number) => one.set(number, new Fd()))).toEqual([true, true, true, false]);
    expect([0, 1, 2].map((number) => two.set(number, new Fd()))).toEqual([true, true, false]);
    expect(one.set(1, new Fd())).toBe(true);
    expect(common).toMatchObject({ used: 5, dropped: 2 });
  });
});
