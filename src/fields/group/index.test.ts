import { expect, it } from 'vitest';
import { scenario } from '../../../test/kit/events.ts';
import { shownLike } from '../../../test/kit/fields.ts';

it('shows the group by its name', () => {
  const threads = [{ tid: 100, gid: 33 }];
  const expected = { 'group.gid': 33, 'group.name': 'www-data' };
  const run = scenario({ threads, groups: [{ gid: 33, name: 'www-data' }] }).openat('/a');
  expect(shownLike(run, expected)).toEqual(expected);
});

it.each([
  [0, 'root'],
  [33, '<NA>'],
])('shows group %i without a list of groups as %s', (gid, name) => {
  const expected = { 'group.gid': gid, 'group.name': name };
  expect(shownLike(scenario({ threads: [{ tid: 100, gid }] }).openat('/a'), expected)).toEqual(expected);
});
