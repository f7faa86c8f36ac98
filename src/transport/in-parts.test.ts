import { expect, test } from 'vitest';
import { exampleNotices } from '../../test/kit/notice.ts';
import type { Notice } from '../model/notice.ts';
import type { Outcome } from '../model/output.ts';
import { inParts } from './in-parts.ts';

/** A receiver that takes a request as a whole or not at all. */
class Receiver {
  readonly taken: Notice[] = [];
  requests = 0;
  readonly #bad: ReadonlySet<Notice>;

  constructor(bad: readonly Notice[]) {
    this.#bad = new Set(bad);
  }

  readonly send = (part: readonly Notice[]): Promise<Outcome> => {
    this.requests++;
    if (part.some((notice) => this.#bad.has(notice))) return Promise.resolve({ kind: 'drop', reason: 'a bad row' });
    this.taken.push(...part);
    return Promise.resolve({ kind: 'ok' });
  };
}

test.each([
  ['none', 1000, [], 1],
  ['the first', 1000, [0], 25],
  ['one in the midst', 1000, [617], 40],
  ['the last', 1000, [999], 30],
  ['two', 1000, [3, 700], 55],
  ['all of a few', 4, [0, 1, 2, 3], 9],
  ['the only one', 1, [0], 1],
])('bad: %s of %i; all others are taken, in order, once', async (_title, count, bad, mostRequests) => {
  const batch = exampleNotices(count);
  const receiver = new Receiver(bad.map((at) => batch[at]!));
  const outcome = await inParts(batch, count, 60_000, receiver.send);
  const kinds = batch.map((_, i) => (outcome.kind === 'each' ? outcome.items[i]!.kind : outcome.kind));
  expect(kinds).toEqual(batch.map((_, i) => ((bad as number[]).includes(i) ? 'drop' : 'ok')));
  expect(receiver.taken).toEqual(batch.filter((_, i) => !(bad as number[]).includes(i)));
  expect(receiver.requests).toBeLessThanOrEqual(mostRequests);
});

test('behind what has to be tried again nothing is sent', async () => {
  const batch = exampleNotices(10);
  const sizes: number[] = [];
  const outcome = await inParts(batch, 3, 60_000, (part) => {
    sizes.push(part.length);
    return Promise.resolve(sizes.length === 2 ? { kind: 'retry', reason: 'later' } : { kind: 'ok' });
  });
  expect(sizes).toEqual([3, 3]);
  expect(outcome.kind === 'each' && outcome.items.map(({ kind }) => kind)).toEqual([
    ...Array.from({ length: 3 }, () => 'ok'),
    ...Array.from({ length: 7 }, () => 'retry'),
  ]);
});
