import { describe, expect, it } from 'vitest';
import { block, bytes, parseCapture, sectionHeader } from '../../test/kit/capture.ts';
import { encodeEvent } from './encode.ts';
import { emptyFd } from '../model/fd-snapshot.ts';
import { emptyThread } from './process-list.ts';

const close = encodeEvent('SYSCALL_CLOSE_X', { time: 5n, tid: 7, values: { res: 0, fd: 4 } });

/** The snapshot that a capture with these header blocks gives. */
function snapshotOf(...blocks: Buffer[]) {
  const { sink, error } = parseCapture(Buffer.concat([sectionHeader(), ...blocks, close]));
  expect(error).toBeUndefined();
  return sink.snapshots[0];
}

describe('machine info', () => {
  const body = bytes()
    .u32(4)
    .u64(1n << 40n, 99)
    .raw('web-1'.padEnd(128, '\0'))
    .u64(1_700_000_000_000_000_001n, 5, 0, 0);
  it.each([0x201, 0x8002abcd])('block 0x%x', (type) => {
    const bootTime = 1_700_000_000_000_000_001n;
    expect(snapshotOf(block(type, body))?.machine).toEqual({
      cpus: 4,
      memoryBytes: 1n << 40n,
      maxPid: 99n,
      hostname: 'web-1',
      bootTime,
      flags: 5n,
      isOwn: false,
    });
  });
});

describe('process list', () => {
  function entry(version: number, tail = bytes().done()) {
    const b = bytes().u64(11, 10, 1);
    if (version >= 6) b.u64(8);
    if (version >= 8) b.u64(9);
    b.str('cat', '/bin/cat');
    if (version >= 7) b.str('/usr/bin/cat');
    b.str('-n\0/etc/x y\0', '/root').u64(1024).u32(3, 33, 34);
    if (version >= 2) b.u32(100, 200, 300).u64(5, 1n << 60n);
    if (version >= 3) b.str('A=1\0B=2\0');
    if (version >= 4) b.u64(-1, 2).str('cpu=/a\0mem=/b\0');
    if (version >= 5) b.str('/jail');
    b.raw(tail);
    const body = b.done();
    return version >= 9
      ? bytes()
          .u32(body.length + 4)
          .raw(body)
          .done()
      : body;
  }
  function expected(version: number) {
    return {
      ...emptyThread(),
      tid: 11,
      pid: 10,
      ptid: 1,
      comm: 'cat',
      exe: '/bin/cat',
      args: ['-n', '/etc/x y'],
      cwd: '/root',
      fdLimit: 1024,
      flags: 3,
      uid: 33,
      gid: 34,
      ...(version >= 2 && { vmSizeKb: 100, vmRssKb: 200, vmSwapKb: 300, majorFaults: 5, minorFaults: 1n << 60n }),
      ...(version >= 3 && { envBytes: 'A=1\0B=2\0' }),
      ...(version >= 4 && { vtid: -1, vpid: 2, cgroups: ['cpu=/a', 'mem=/b'] }),
      ...(version >= 5 && { root: '/jail' }),
      ...(version >= 6 && { sid: 8 }),
      ...(version >= 7 && { exepath: '/usr/bin/cat' }),
      ...(version >= 8 && { vpgid: 9 }),
    };
  }
  it.each([
    [1, 0x202],
    [1, 0x8000abcd],
    [2, 0x207],
    [2, 0x8013abcd],
    [3, 0x209],
    [3, 0x8014abcd],
    [4, 0x210],
    [5, 0x211],
    [6, 0x212],
    [7, 0x213],
    [8, 0x214],
    [9, 0x215],
  ])('version %i in block 0x%x', (version, type) => {
    const two = Buffer.concat([entry(version), entry(version)]);
    expect(snapshotOf(block(type, two))?.threads).toEqual([expected(version), expected(version)]);
  });

  const tail = [
    bytes().u64(77).u32(34816).done(),
    bytes().u32(1000).done(),
    bytes().u8(1).done(),
    bytes()
      .u64(1, 2, 1n << 40n)
      .done(),
    bytes().u8(1).done(),
    bytes().u64(6, 7, 8).done(),
    bytes().u8(1).done(),
    bytes().u8(1).done(),
    bytes().u64(55).done(),
  ];
  const whole = {
    pidnsInitStart: 77n,
    tty: 34816,
    loginuid: 1000,
    exeWritable: true,
    capInheritable: 1n,
    capPermitted: 2n,
    capEffective: 1n << 40n,
    exeUpperLayer: true,
    exeIno: 6,
    exeInoCtime: 7n,
    exeInoMtime: 8n,
    exeFromMemfd: true,
    exeLowerLayer: true,
    pgid: 55,
  };
  it.each([
    ['all of today', Buffer.concat(tail), whole],
    ['more than today', Buffer.concat([...tail, Buffer.from('future')]), whole],
    [
      'up to the capabilities',
      Buffer.concat(tail.slice(0, 4)),
      {
        pidnsInitStart: 77n,
        tty: 34816,
        loginuid: 1000,
        exeWritable: true,
        capInheritable: 1n,
        capPermitted: 2n,
        capEffective: 1n << 40n,
      },
    ],
    [
      'without namespace start and terminal (before 0.10.0)',
      Buffer.concat(tail.slice(1, 4)),
      { loginuid: 1000, exeWritable: true, capInheritable: 1n, capPermitted: 2n, capEffective: 1n << 40n },
    ],
    ['login user only', Buffer.concat(tail.slice(1, 2)), { loginuid: 1000 }],
  ])('version 9 with a tail of %s', (_, tailBytes, values) => {
    const threads = snapshotOf(block(0x215, Buffer.concat([entry(9, tailBytes), entry(9, tailBytes)])))?.threads;
    expect(threads).toEqual([
      { ...expected(9), ...values },
      { ...expected(9), ...values },
    ]);
  });
  it('several blocks add up', () => {
    expect(snapshotOf(block(0x215, entry(9)), block(0x202, entry(1)))?.threads).toHaveLength(2);
  });

  it('times at which processes began go on in further blocks; those of no process are passed over', () => {
    const starts = (...values: (number | bigint)[]): Buffer => block(0x726b6173, bytes().u64(...values));
    const list = block(0x202, Buffer.concat([entry(1), entry(1), entry(1)]));
    const found = snapshotOf(
      starts(0, 9),
      list,
      starts(0, 5),
      starts(1, 6, 7, 8),
      starts(2n ** 64n - 1n, 4),
      starts(3, 4),
    );
    expect(found?.threads?.map((thread) => thread.startTime)).toEqual([5n, 6n, 7n]);
  });
});

describe('descriptor list', () => {
  const v4 = bytes().raw('\x01\x02\x03\x04', '\x05\x06\x07\x08').u16(1000, 443).u8(2).done();
  const v6 = bytes().raw('s'.repeat(16), 'd'.repeat(16)).u16(1, 2).u8(3).done();
  const socket = {
    sourceIp: '\x01\x02\x03\x04',
    destIp: '\x05\x06\x07\x08',
    sourcePort: 1000,
    destPort: 443,
    l4proto: 2,
  };
  const rows: [number, Buffer, object][] = [
    [0, Buffer.alloc(0), {}],
    [1, bytes().str('/old').done(), { name: '/old' }],
    [2, bytes().str('/dir').done(), { name: '/dir' }],
    [3, v4, socket],
    [4, v6, { sourceIp: 's'.repeat(16), destIp: 'd'.repeat(16), sourcePort: 1, destPort: 2, l4proto: 3 }],
    [5, bytes().raw('\x7f\0\0\x01').u16(80).u8(2).done(), { destIp: '\x7f\0\0\x01', destPort: 80, l4proto: 2 }],
    [6, bytes().raw('h'.repeat(16)).u16(81).u8(2).done(), { destIp: 'h'.repeat(16), destPort: 81, l4proto: 2 }],
    [
      8,
      bytes().u64(0xffff888100000000n, 0).str('/run/s').done(),
      { unixSource: 'ffff888100000000', unixDest: '0', name: '/run/s' },
    ],
    [16, bytes().u32(4097).str('/etc/passwd').done(), { openFlags: 4097, name: '/etc/passwd' }],
    ...[7, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21].map((type): [number, Buffer, object] => [
      type,
      bytes().str(`n${type}`).done(),
      { name: `n${type}` },
    ]),
  ];
  const fdEntry = (type: number, payload: Buffer) =>
    bytes()
      .u64(type + 100, 1n << 55n)
      .u8(type)
      .raw(payload)
      .done();
  const sized = (body: Buffer) =>
    bytes()
      .u32(body.length + 4)
      .raw(body)
      .done();

  it.each(rows)('type %i, versions 1 and 2', (type, payload, values) => {
    const entries = [{ ...emptyFd(type + 100, 1n << 55n, type), ...values }];
    const plain = fdEntry(type, payload);
    for (const number of [0x203, 0x8001abcd]) {
      expect(snapshotOf(block(number, bytes().u64(42).raw(plain)))?.fds).toEqual([{ tid: 42, entries }]);
    }
    expect(snapshotOf(block(0x218, bytes().u64(42).raw(sized(plain), sized(plain))))?.fds).toEqual([
      { tid: 42, entries: [...entries, ...entries] },
    ]);
  });
  it('file with a device, and an entry longer than known', () => {
    const file = fdEntry(16, bytes().u32(1).str('/f').u32(2049).raw('more').done());
    expect(snapshotOf(block(0x218, bytes().u64(1).raw(sized(file))))?.fds?.[0]?.entries[0]).toMatchObject({
      name: '/f',
      dev: 2049,
    });
  });
  it('a type of the future is kept by its number in version 2 and refused in version 1', () => {
    const future = fdEntry(99, Buffer.from('whatever'));
    expect(snapshotOf(block(0x218, bytes().u64(1).raw(sized(future))))?.fds?.[0]?.entries[0]).toMatchObject({
      type: 10,
      name: 'unknown-type:[99]',
    });
    const { error } = parseCapture(Buffer.concat([sectionHeader(), block(0x203, bytes().u64(1).raw(future))]));
    expect(String(error)).toMatch(/descriptor type 99/);
  });
});

describe('interface list', () => {
  const v4 = { address: '\x0a\0\0\x01', netmask: '\xff\0\0\0', broadcast: '\x0a\xff\xff\xff' };
  const v6 = { address: 'a'.repeat(16), netmask: 'n'.repeat(16), broadcast: 'b'.repeat(16) };
  const rows: [number, typeof v4, bigint][] = [
    [1, v4, 1000n],
    [2, v6, 10n],
    [3, v4, 0n],
    [4, v6, 0n],
  ];
  it.each(rows)('type %i', (type, { address, netmask, broadcast }, linkSpeed) => {
    const b = bytes().u16(type, 4).raw(address, netmask, broadcast);
    if (type < 3) b.u64(linkSpeed);
    const entry = b.raw('eth0').done();
    const list = [{ name: 'eth0', address, netmask, broadcast, linkSpeed }];
    for (const number of [0x205, 0x8011abcd]) expect(snapshotOf(block(number, entry))?.interfaces).toEqual(list);
    const sized = bytes().u32(entry.length).raw(entry).done();
    expect(snapshotOf(block(0x219, Buffer.concat([sized, sized])))?.interfaces).toEqual([...list, ...list]);
  });
});

describe('user list', () => {
  const user = bytes().u8(0).u32(33, 34).str('www', '/srv', '/bin/sh').done();
  const group = bytes().u8(1).u32(34).str('web').done();
  const expected = {
    users: [{ uid: 33, gid: 34, name: 'www', home: '/srv', shell: '/bin/sh' }],
    groups: [{ gid: 34, name: 'web' }],
  };
  const sized = (entry: Buffer) =>
    bytes()
      .u32(entry.length + 4)
      .raw(entry)
      .done();
  it.each([
    [0x206, Buffer.concat([user, group])],
    [0x8012abcd, Buffer.concat([group, user])],
    [0x220, Buffer.concat([sized(user), sized(group)])],
    [0x220, Buffer.concat([sized(user), sized(Buffer.from('\x09what')), sized(group)])],
  ])('block 0x%x', (type, body) => {
    expect(snapshotOf(block(type, body))).toMatchObject(expected);
  });
  it('the last list counts', () => {
    expect(snapshotOf(block(0x220, sized(group)), block(0x220, sized(user)))).toMatchObject({
      ...expected,
      groups: [],
    });
  });
});
