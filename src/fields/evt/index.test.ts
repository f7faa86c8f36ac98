import { afterEach, beforeEach, expect, it } from 'vitest';
import { scenario } from '../../../test/kit/events.ts';
import { shown, shownLike } from '../../../test/kit/fields.ts';

// 2023-11-14 22:13:20 UTC and 123 ns.
const start = 1_700_000_000_000_000_123n;
const zone = process.env['TZ'];

beforeEach(() => {
  process.env['TZ'] = 'Asia/Kolkata';
});

afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

it('shows times in the local zone as text', () => {
  const expected = {
    'evt.time': '03:43:20.000000123',
    'evt.time.s': '03:43:20',
    'evt.time.iso8601': '2023-11-14T22:13:20.000000123+0000',
    'evt.datetime': '2023-11-15 03:43:20.000000123',
    'evt.datetime.s': '2023-11-15 03:43:20',
    'evt.rawtime': '1700000000000000123',
    'evt.rawtime.s': '1700000000',
    'evt.rawtime.ns': '000000123',
  };
  const run = scenario({ start }).openat('/etc/hosts');
  expect(shown(run, Object.keys(expected), { json: false, base64: false })).toEqual(expected);
});

it('shows times as nanoseconds in JSON', () => {
  const expected = {
    'evt.time': start,
    'evt.datetime.s': start,
    'evt.rawtime': start,
    'evt.rawtime.s': 1_700_000_000n,
    'evt.rawtime.ns': 123n,
  };
  expect(shownLike(scenario({ start }).openat('/etc/hosts'), expected)).toEqual(expected);
});

it('counts events and the time since the first', () => {
  const run = scenario({ start }).openat('/a').wait(2_500_000_000n).openat('/b');
  const expected = { 'evt.num': 2, 'evt.reltime': 2_501_000_000, 'evt.reltime.s': 2, 'evt.reltime.ns': 501_000_000 };
  expect(shownLike(run, expected)).toEqual(expected);
});

it('shows the time itself before the first event that is no note of the capture', () => {
  const run = scenario({ start }).container({ id: '0123456789ab' });
  expect(shownLike(run, { 'evt.reltime': start })).toEqual({ 'evt.reltime': start });
});

it('tells system calls from events of container engines', () => {
  const call = { 'evt.source': 'syscall', 'evt.is_async': false, 'evt.asynctype': null };
  expect(shownLike(scenario().openat('/a'), call)).toEqual(call);
  const engine = { 'evt.source': 'syscall', 'evt.is_async': true, 'evt.asynctype': 'container' };
  expect(shownLike(scenario().container({ id: '0123456789ab' }), engine)).toEqual(engine);
});

it('shows the name of the machine', () => {
  const fields = ['evt.hostname'];
  expect(shown(scenario().openat('/a'), fields, { json: true, base64: false, hostname: 'box' })).toEqual({
    'evt.hostname': 'box',
  });
});
