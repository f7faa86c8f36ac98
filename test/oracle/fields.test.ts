import { afterAll, describe, expect, it } from 'vitest';
import { compareFields, type Difference, fieldCaptures, oracleFieldNames } from '../kit/oracle.ts';
import { missing } from '../kit/requirements.ts';

/** Differences on purpose, each explained in docs/differences.md: for these fields, whether a difference is that one. */
const onPurpose: Readonly<Record<string, (difference: Difference) => boolean>> = {
  // No data, or more of it than the oracle shows: both begin alike then.
  'evt.buffer': ({ ours, theirs }) => ours === theirs || (ours === '(none)' && /^"N(UL?"|"|ULL)/.test(theirs)),
  'fd.is_server': ({ ours, theirs }) => ours === 'false' && theirs === 'true',
};

describe.skipIf(missing('shared'))('fields of all events against the oracle', () => {
  const totals = { events: 0, compared: 0, differing: 0 };

  afterAll(() => {
    const { events, compared, differing } = totals;
    process.stdout.write(`fields: ${events} events, ${compared} values compared, ${differing} differ on purpose\n`);
  });

  it.each(fieldCaptures())('%s', async (capture) => {
    const unexplained: string[] = [];
    const result = await compareFields(capture, {
      fields: oracleFieldNames(),
      onDifference: (field, difference) => {
        totals.differing++;
        if (onPurpose[field]?.(difference) === true) return;
        const { num, type, ours, theirs } = difference;
        unexplained.push(`${num} ${type} ${field}: ${ours} instead of ${theirs}`);
      },
    });
    totals.events += result.events;
    for (const report of result.reports) totals.compared += report.compared;
    expect(result.missing).toBe(0);
    expect(unexplained).toEqual([]);
  });

  it('has compared everything', () => {
    expect(totals.events).toBeGreaterThan(200_000);
    expect(totals.compared).toBeGreaterThan(40_000_000);
  });
});
