import { expect, it } from 'vitest';
import { flagTables } from '../../model/event-table.ts';
import { fdType } from '../../model/fd.ts';
import { emptyFd } from '../../model/fd-snapshot.ts';
import type { ThreadSnapshot } from '../../model/machine.ts';
import { completeSnapshot, readListing } from './listing.ts';

const [thread, unixSocket, overlayFile] = [1, 2, 3];
const program = flagTables['execve_flags']!;
const file = flagTables['file_flags']!;

/** struct saker_listed */
function record(
  kind: number,
  pid: number,
  id: number,
  flags = 0,
  addresses: readonly bigint[] = [],
  parent = 0,
  comm = '',
) {
  const bytes = Buffer.alloc(72);
  [kind, pid, id, flags].forEach((value, i) => bytes.writeUInt32LE(value, 4 * i));
  addresses.forEach((value, i) => bytes.writeBigUInt64LE(value, 16 + 8 * i));
  bytes.writeUInt32LE(parent, 40);
  bytes.write(comm, 56, 'latin1');
  return bytes;
}

const listing = readListing(
  Buffer.concat([
    record(thread, 10, 10, program['EXE_UPPER_LAYER']! | program['EXE_WRITABLE']!, [], 1, 'shell'),
    record(thread, 20, 21, 0, [], 10, 'ended\xff'),
    record(unixSocket, 10, 3, 0, [100n, 0xffff888000000010n, 0xffff888000000020n]),
    record(unixSocket, 11, 4, 0, [101n, 0xffff888000000020n, 0xffff888000000010n]),
    record(overlayFile, 10, 5, file['FD_LOWER_LAYER']!),
    Buffer.alloc(7, 1), // What is cut short counts for nothing.
  ]),
);

const known = { tid: 10, pid: 10, comm: 'shell', exeUpperLayer: false, exeLowerLayer: false } as ThreadSnapshot;

it('adds layers and ends of sockets to a scan of /proc', () => {
  const entries = [
    emptyFd(3, 100, fdType.unixSocket),
    { ...emptyFd(5, 7, fdType.file, '/a'), openFlags: 1 },
    emptyFd(6, 8, fdType.file, '/b'),
  ];
  const door = [emptyFd(4, 101, fdType.unixSocket, 'door')];
  const { threads, fds } = completeSnapshot(
    {
      threads: [known],
      fds: [
        { tid: 10, entries },
        { tid: 11, entries: door },
      ],
    },
    listing,
  );
  expect(threads?.[0]).toMatchObject({ tid: 10, exeUpperLayer: true, exeLowerLayer: false });
  expect(fds?.[0]?.entries).toMatchObject([
    { name: 'door', unixSource: 'ffff888000000010', unixDest: 'ffff888000000020' },
    { name: '/a', openFlags: 1 | file['FD_LOWER_LAYER']! },
    { name: '/b', openFlags: 0 },
  ]);
  expect(fds?.[1]?.entries).toMatchObject([{ unixSource: 'ffff888000000020', unixDest: 'ffff888000000010' }]);
});

it('adds threads that ended before their turn in the scan', () => {
  const { threads } = completeSnapshot({ threads: [known] }, listing);
  expect(threads).toHaveLength(2);
  expect(threads?.[1]).toMatchObject({ tid: 21, pid: 20, ptid: 10, comm: 'ended\xff' });
});
