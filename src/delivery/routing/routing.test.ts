import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeNotice } from '../../../test/kit/alerts.ts';
import { ManualClock } from '../../../test/kit/manual-clock.ts';
import { defaultMatch, defaultRoute } from '../defaults.ts';
import { Grouping } from './grouping.ts';
import { Maintenance } from './maintenance.ts';
import { Match, Route } from './match.ts';
import { RateLimit } from './rate-limit.ts';
import { Silences } from './silences.ts';
import { summaryNotice } from './summary.ts';

const notice = makeNotice();

test.each([
  [{}, undefined],
  [{ minimumPriority: 'Warning' }, undefined],
  [{ minimumPriority: 'Error' }, 'priority'],
  [{ sources: ['syscall', 'k8s_audit'] }, undefined],
  [{ sources: ['k8s_audit'] }, 'source'],
  [{ rules: ['Terminal*'] }, undefined],
  [{ rules: ['terminal*'] }, 'rule'],
  [{ hostnames: ['node-[12]'] }, undefined],
  [{ hostnames: ['node-2'] }, 'hostname'],
  [{ tags: ['x', 'shell'] }, undefined],
  [{ tags: ['x'] }, 'tag'],
  [{ condition: 'k8s.ns.name = shop' }, undefined],
  [{ condition: 'k8s.ns.name = kube-system' }, 'condition'],
] as const)('route %o: %s', (route, reason) => {
  expect(new Route({ ...defaultRoute, ...route }, 'r').against(notice)).toBe(reason);
});

test('a condition that is wrong is told with its place', () => {
  expect(new Route({ ...defaultRoute, condition: 'a.b = ' }, 'outputs[0].route').problems).toMatchObject([
    { path: 'outputs[0].route.condition', offset: 6 },
  ]);
});

test.each([
  [{}, true],
  [{ outputs: ['slack'] }, true],
  [{ outputs: ['loki'] }, false],
  [{ maximumPriority: 'Warning' }, true],
  [{ maximumPriority: 'Notice' }, false],
  [{ rules: ['Other'] }, false],
] as const)('match %o: %s', (match, expected) => {
  expect(new Match({ ...defaultMatch, ...match }, 'm').holds(notice, 'slack')).toBe(expected);
});

describe('maintenance', () => {
  const nights = { kind: 'weekly', days: [6], from: 22 * 60, to: 2 * 60 } as const;
  const days = { kind: 'weekly', days: [0, 1, 2, 3, 4, 5, 6], from: 9 * 60, to: 17 * 60 } as const;
  test.each([
    ['UTC', nights, '2026-11-21T22:00:00Z', true],
    ['UTC', nights, '2026-11-22T01:59:00Z', true],
    ['UTC', nights, '2026-11-22T02:00:00Z', false],
    ['UTC', nights, '2026-11-21T01:00:00Z', false],
    ['Europe/Berlin', days, '2026-11-20T08:00:00Z', true],
    ['Europe/Berlin', days, '2026-11-20T16:00:00Z', false],
    // Summer time: an hour earlier.
    ['Europe/Berlin', days, '2026-07-20T07:00:00Z', true],
    ['Asia/Kolkata', days, '2026-07-20T03:30:00Z', true],
    [
      'UTC',
      { kind: 'range', start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 0, 2) } as const,
      '2026-01-01T12:00:00Z',
      true,
    ],
  ])('%s %o at %s: %s', (zone, when, time, expected) => {
    const maintenance = new Maintenance([{ name: 'w', zone, when, match: defaultMatch }]);
    expect(maintenance.problems).toEqual([]);
    expect(maintenance.holds(notice, 'slack', Date.parse(time))).toBe(expected);
  });

  test('mistakes are told', () => {
    const window = { name: 'w', zone: 'Mars/Olympus', when: days, match: { ...defaultMatch, condition: '(' } };
    expect(new Maintenance([window]).problems.map(({ path: where }) => where)).toEqual([
      'maintenance[0].match.condition',
      'maintenance[0].zone',
    ]);
  });
});

describe('grouping', () => {
  test('the first goes out, the others are told of when the window ends', () => {
    const grouping = new Grouping({ fields: ['k8s.ns.name'], windowMs: 1000, groups: 10 });
    expect([0, 1, 2].map((now) => grouping.holds(notice, now))).toEqual([false, true, true]);
    expect(grouping.holds(makeNotice({ output_fields: { 'k8s.ns.name': 'other' } }), 2)).toBe(false);
    expect(grouping.holds(makeNotice({ rule: 'Other' }), 2)).toBe(false);
    expect(grouping.due(999)).toEqual([]);
    expect(grouping.nextDue).toBe(1000);
    expect(grouping.due(1000)).toMatchObject([{ reason: 'grouped', count: 2, first: notice }]);
    expect(grouping.holds(notice, 1000)).toBe(false);
  });

  test('kinds beyond the bound go out', () => {
    const grouping = new Grouping({ fields: ['n'], windowMs: 1000, groups: 2 });
    const held = [1, 2, 3, 3, 1].map((n) => grouping.holds(makeNotice({ output_fields: { n } }), 0));
    expect(held).toEqual([false, false, false, false, true]);
  });

  test('values of different types are different kinds', () => {
    const grouping = new Grouping({ fields: ['n'], windowMs: 1000, groups: 10 });
    expect([1, '1'].map((n) => grouping.holds(makeNotice({ output_fields: { n } }), 0))).toEqual([false, false]);
  });
});

describe('rate limit', () => {
  const settings = { burst: 2, perSecond: 1, summaryMs: 5000, rules: 2 };

  test('a loud rule hides no other, and is told of', () => {
    const limit = new RateLimit(settings);
    expect([0, 0, 0, 0].map((now) => limit.holds(notice, now))).toEqual([false, false, true, true]);
    expect(limit.holds(makeNotice({ rule: 'Quiet' }), 0)).toBe(false);
    expect(limit.holds(notice, 1000)).toBe(false);
    expect(limit.holds(notice, 1000)).toBe(true);
    expect(limit.due(4999)).toEqual([]);
    expect(limit.due(5000)).toMatchObject([{ reason: 'limited', count: 3 }]);
    expect(limit.nextDue).toBeUndefined();
  });

  test('rules beyond the bound are not limited; those that have calmed down make room', () => {
    const limit = new RateLimit(settings);
    for (const rule of ['a', 'b']) for (let i = 0; i < 3; i++) limit.holds(makeNotice({ rule }), 0);
    expect([0, 0, 0].map((now) => limit.holds(makeNotice({ rule: 'c' }), now))).toEqual([false, false, false]);
    limit.due(5000);
    expect([9000, 9000, 9000].map((now) => limit.holds(makeNotice({ rule: 'c' }), now))).toEqual([false, false, true]);
  });
});

test('a summary is a notice like others', () => {
  const summary = summaryNotice({ reason: 'grouped', first: notice, count: 12, until: notice.time + 5_000_000_000n });
  expect(summary).toMatchObject({ rule: notice.rule, priority: 'Warning', hostname: 'node-1', tags: notice.tags });
  expect(summary.uuid).not.toBe(notice.uuid);
  expect(summary.output).toMatch(
    /^12 more alerts like one already told, from 2026-11-21T05:29:25.123456789Z to 2026-11-21T05:29:30/,
  );
  expect(JSON.parse(summary.json).output_fields).toMatchObject({ 'proc.name': 'bash', 'saker.count': 12 });
});

describe('silences', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'silences-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('are kept, end, and leave', async () => {
    const clock = new ManualClock();
    const file = path.join(folder, 'new', 'silences.json');
    const start = clock.now();
    const given = {
      match: { ...defaultMatch, rules: ['Terminal*'] },
      start,
      end: start + 1000,
      author: 'a',
      comment: 'c',
    };
    const silence = await (await Silences.open(file, clock)).add(given);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const silences = await Silences.open(file, clock);
    expect(silences.list()).toEqual([silence]);
    expect(silences.holds(notice, 'slack', start)).toBe(true);
    expect(silences.holds(notice, 'slack', start + 1000)).toBe(false);
    expect(silences.holds(makeNotice({ rule: 'Other' }), 'slack', start)).toBe(false);
    await clock.advance(2000);
    expect(silences.list()).toEqual([]);
    // An alert that was accepted in time may still wait for its output.
    expect(silences.holds(notice, 'slack', start)).toBe(true);
    await clock.advance(25 * 3_600_000);
    await silences.add({ ...given, start: clock.now(), end: clock.now() + 1 });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveLength(1);
  });

  test('end when they are taken back', async () => {
    const clock = new ManualClock();
    const silences = await Silences.open(undefined, clock);
    const given = { match: defaultMatch, start: 0, end: clock.now() + 1000, author: 'a', comment: '' };
    const { id } = await silences.add(given);
    expect(await silences.remove(id)).toBe(true);
    expect(await silences.remove('other')).toBe(false);
    expect(silences.holds(notice, 'slack', clock.now())).toBe(false);
  });

  test('mistakes', async () => {
    const clock = new ManualClock();
    const silences = await Silences.open(undefined, clock);
    const match = { ...defaultMatch, condition: 'a.b =' };
    await expect(silences.add({ match, start: 0, end: 0, author: ' ', comment: '' })).rejects.toMatchObject({
      problems: [{ path: 'match.condition' }, { path: 'end' }, { path: 'author' }],
    });
    const file = path.join(folder, 's.json');
    writeFileSync(file, '{"a":1}');
    await expect(Silences.open(file, clock)).rejects.toThrow('holds no silences');
  });
});
