import { expect, it } from 'vitest';
import { scenario } from '../../../test/kit/events.ts';
import { shownLike } from '../../../test/kit/fields.ts';

const web = { address: '93.184.216.34', port: 443 };

it('lists the descriptors of a poll', () => {
  const run = scenario().openat('/x', { fd: 3 }).socket(4).connect(4, web);
  const fds = [
    { fd: 3, flags: 1 },
    { fd: 4, flags: 4 },
    { fd: 9, flags: 0 },
    { fd: -1, flags: 0 },
  ];
  run.event('SYSCALL_POLL_X', { res: 1, fds, timeout: -1 });
  const expected = {
    'fdlist.nums': '3,4,9,-1',
    'fdlist.names': '/x,10.0.0.1:40000->93.184.216.34:443,<NA>,<NA>',
    'fdlist.cips': '10.0.0.1',
    'fdlist.sips': '93.184.216.34',
    'fdlist.cports': '40000',
    'fdlist.sports': '443',
    'evt.arg.fds': '3:f1 4:44 9:?0 18446744073709551615:?0',
  };
  expect(shownLike(run, expected)).toEqual(expected);
});

it('has no value for other events', () => {
  const expected = { 'fdlist.nums': null, 'fdlist.names': null, 'fdlist.sips': null };
  expect(shownLike(scenario().openat('/x'), expected)).toEqual(expected);
});
