import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Accounts, ContainerAccounts, type Inhabitants } from './container-accounts.ts';

const id = 'abcdefabcdef';
const bob = { name: 'bob', uid: 1234, gid: 77, home: '/home', shell: '/bin/sh' };
const group = { name: 'staff', gid: 77 };
let folder = '';

/** A process of a container in a folder that stands for the host. @returns the place of its /etc. */
function process(pid: number, cgroup = `0::/docker/${id}${'0'.repeat(52)}\n`): string {
  const place = path.join(folder, 'proc', String(pid));
  const etc = path.join(place, 'root/etc');
  mkdirSync(etc, { recursive: true });
  writeFileSync(path.join(place, 'cgroup'), cgroup);
  writeFileSync(path.join(etc, 'passwd'), 'root:x:0:0:r:/root:/bin/sh\nbob:x:1234:77:b:/home:/bin/sh\n');
  writeFileSync(path.join(etc, 'group'), 'staff:x:77:\n');
  return etc;
}

/** What is there of a container that has just appeared. */
function young(pid: number): Inhabitants {
  return { first: pid, last: pid, since: BigInt(Date.now()) * 1_000_000n };
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-accounts-'));
  process(1);
  process(2, '0::/docker/ffffffffffff\n');
  const fifo = path.join(process(3), 'passwd');
  rmSync(fifo);
  spawnSync('mkfifo', [fifo]);
  truncateSync(path.join(process(4), 'passwd'), 1 << 33);
  const link = path.join(process(5), 'passwd');
  rmSync(link);
  symlinkSync('/etc/passwd', link);
  rmSync(path.join(process(6), '..'), { recursive: true });
  symlinkSync(folder, path.join(folder, 'proc/6/root'));
  mkdirSync(path.join(folder, 'etc'));
  writeFileSync(path.join(folder, 'etc/passwd'), 'host:x:5:5:::\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is found when these processes are seen one after the other; undefined: nothing. */
async function found(...pids: number[]): Promise<Accounts | undefined> {
  let result: Accounts | undefined;
  const settled = Promise.withResolvers<void>();
  const accounts = new ContainerAccounts({
    hostRoot: folder,
    processesOf: () => undefined,
    onFound: (container, some) => {
      expect(container).toBe(id);
      result = some;
    },
    onSettled: () => settled.resolve(),
    note: () => undefined,
  });
  for (const pid of pids) expect(accounts.need(id, pid)).toBe(true);
  expect(accounts.isSought(id)).toBe(true);
  await settled.promise;
  expect([accounts.isSought(id), accounts.need(id, 1)]).toEqual([false, false]);
  return result;
}

test('waits for the process of a container that has just appeared', async () => {
  let tries = 0;
  const users = await new Promise((resolve) => {
    const accounts = new ContainerAccounts({
      hostRoot: folder,
      processesOf: () => [undefined, young(6), young(1)][tries++],
      onFound: (_, { users }) => resolve(users),
      onSettled: () => undefined,
      note: () => undefined,
    });
    accounts.prefetch(id);
  });
  expect([tries, users]).toEqual([3, expect.arrayContaining([bob])]);
});

test('takes the root of the host at once from a container that is old', async () => {
  let tries = 0;
  const users = await new Promise((resolve) => {
    const accounts = new ContainerAccounts({
      hostRoot: folder,
      processesOf: () => {
        tries++;
        return { first: 6, last: 99, since: BigInt(Date.now() - 3_600_000) * 1_000_000n };
      },
      onFound: (_, { users }) => resolve(users),
      onSettled: () => undefined,
      note: () => undefined,
    });
    accounts.prefetch(id);
  });
  expect([tries, users]).toEqual([1, [expect.objectContaining({ name: 'host' })]]);
});

test.each([
  ['its own files', [1], { users: [expect.objectContaining({ name: 'root' }), bob], groups: [group] }],
  ['the last process seen, where others have the root of the host still', [6, 1], { users: expect.any(Array) }],
  ["the host's of a process that keeps its root", [6], { users: [expect.objectContaining({ name: 'host' })] }],
  ['nothing of a process that has gone', [99], undefined],
  ['nothing of a number that belongs to another process by now', [2], undefined],
  ['no pipe in place of the file', [3], { users: [], groups: [group] }],
  ['no link: it would lead to the host', [5], { users: [], groups: [group] }],
  ['of a file without end the beginning', [4], { groups: [group] }],
] as const)('reads %s', async (_, pids, wanted) => {
  const accounts = await found(...pids);
  if (wanted === undefined) expect(accounts).toBeUndefined();
  else expect(accounts).toMatchObject(wanted);
});
