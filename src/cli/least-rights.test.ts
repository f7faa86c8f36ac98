import { expect, test } from 'vitest';
import type { RightsHost } from '../app/rights/restrict.ts';
import { CommandError, type Io } from './command.ts';
import { giveUpRights } from './least-rights.ts';

function unused(): never {
  throw new Error('not to be asked');
}

test('without /proc the error says so', () => {
  const rights: RightsHost = {
    status: () => {
      throw new Error('ENOENT: no such file or directory');
    },
    restrict: unused,
    restart: unused,
    nice: unused,
    setNice: unused,
    environment: {},
  };
  const io: Io = { out: unused, err: unused, environment: {}, rights };
  expect(() => giveUpRights(io, [])).toThrow(CommandError);
  expect(() => giveUpRights(io, [])).toThrow(/^\/proc, .*ENOENT.*is it mounted\?$/);
});
