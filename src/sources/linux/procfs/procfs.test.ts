import { closeSync, openSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fdType, l4proto } from '../../../model/fd.ts';
import { addressBytes, readGroups, readUsers } from './accounts.ts';
import { readFds } from './fds.ts';
import { ProcReader } from './scan.ts';
import { readSockets } from './sockets.ts';
import { cgroupsOf } from './thread.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'saker-procfs-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  [
    'version 2 only',
    '0::/system.slice/x\n',
    ['cpuset', 'cpu', 'cpuacct', 'io', 'memory'].map((n) => `${n}=/system.slice/x`),
  ],
  [
    'hybrid',
    '3:cpuset:/a\n2:cpu,cpuacct:/b:c\n5:blkio:/d\n4:memory:/m\n1:name=systemd:/s\n0::/u\n',
    ['cpuset=/a', 'cpu=/b:c', 'cpuacct=/b:c', 'io=/d', 'memory=/m'],
  ],
  ['partly in version 2', '4:memory:/m\n0::/u\n', ['cpuset=/u', 'cpu=/u', 'cpuacct=/u', 'io=/u', 'memory=/m']],
  ['unreadable', '', []],
])('control groups: %s', (_, text, wanted) => {
  expect(cgroupsOf(text)).toEqual(wanted);
});

it.each([
  ['127.0.0.1', '\x7f\0\0\x01'],
  ['::1', `${'\0'.repeat(15)}\x01`],
  ['fe80::1:2%eth0', `\xfe\x80${'\0'.repeat(11)}\x01\0\x02`],
  ['::ffff:10.0.0.1', `${'\0'.repeat(10)}\xff\xff\x0a\0\0\x01`],
])('address %s', (text, wanted) => {
  expect(addressBytes(text)).toBe(wanted);
});

const oCloexec = 4096;

it.each([
  ['memfd, kept at exec', '/memfd:a b (deleted)', '0100002', { type: fdType.memfd, name: 'a b', openFlags: 0, dev: 0 }],
  ['memfd, closed at exec', '/memfd:x (deleted)', '02100002', { type: fdType.memfd, name: 'x', openFlags: oCloexec }],
  ['folder', folder, '0200000', { type: fdType.directory, name: folder, dev: 0 }],
  ['file', import.meta.filename, '02', { type: fdType.file, name: import.meta.filename, openFlags: 3 }],
])('descriptor: %s', (_, link, flags, wanted) => {
  const place = mkdtempSync(path.join(folder, 'fds-'));
  for (const part of ['fd', 'fdinfo']) mkdirSync(path.join(place, part));
  symlinkSync(link, path.join(place, 'fd', '3'));
  writeFileSync(path.join(place, 'fdinfo', '3'), `pos:\t0\nflags:\t${flags}\n`);
  expect(readFds(place, new Map())).toEqual([expect.objectContaining({ fd: 3, ...wanted })]);
});

it('reads sockets and tells servers from clients', () => {
  const net = path.join(folder, 'sockets', 'net');
  mkdirSync(net, { recursive: true });
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  const row = (local: string, remote: string, state: string, inode: number): string =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0 0 10 0\n`;
  writeFileSync(
    path.join(net, 'tcp'),
    head +
      row('00000000:1F90', '00000000:0000', '0A', 11) +
      row('0100007F:1F90', '0100007F:C000', '01', 12) +
      row('0100007F:C000', '0200007F:01BB', '01', 13),
  );
  writeFileSync(
    path.join(net, 'unix'),
    'Num       RefCount Protocol Flags    Type St Inode Path\n' +
      'ffff888104dec900: 00000002 00000000 00010000 0001 01 21 /run/with blank.sock\n' +
      '0000000000000000: 00000002 00000000 00010000 0001 01 22 @abstract\n' +
      '0000000000000000: 00000003 00000000 00000000 0001 03 23\n',
  );
  const sockets = readSockets(path.join(folder, 'sockets'));
  const here = '\x7f\0\0\x01';
  expect(sockets.get(11)).toMatchObject({
    type: fdType.ipv4Server,
    destIp: '\0\0\0\0',
    destPort: 8080,
    l4proto: l4proto.tcp,
  });
  expect(sockets.get(12)).toMatchObject({ sourceIp: here, sourcePort: 49152, destIp: here, destPort: 8080 });
  expect(sockets.get(13)).toMatchObject({ sourcePort: 49152, destIp: '\x7f\0\0\x02', destPort: 443 });
  expect(sockets.get(21)).toMatchObject({
    type: fdType.unixSocket,
    unixSource: 'ffff888104dec900',
    path: '/run/with blank.sock',
  });
  expect(sockets.get(22)?.path).toBe('abstract');
  expect(sockets.get(23)?.path).toBe('');
});

it('reads accounts, passing over lines that are none', () => {
  mkdirSync(path.join(folder, 'etc'));
  writeFileSync(path.join(folder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n+::::::\nbroken\n');
  writeFileSync(path.join(folder, 'etc/group'), 'root:x:0:\nwheel:x:10:root\n');
  expect(readUsers(folder)).toEqual([{ name: 'root', uid: 0, gid: 0, home: '/root', shell: '/bin/sh' }]);
  expect(readGroups(folder).map((group) => group.gid)).toEqual([0, 10]);
});

it('finds this process as it is', () => {
  const found = new ProcReader('').lookup(process.pid);
  expect(found?.thread).toMatchObject({
    tid: process.pid,
    pid: process.pid,
    ptid: process.ppid,
    vtid: process.pid,
    uid: process.geteuid?.(),
    exepath: process.execPath,
    cwd: process.cwd(),
    flags: 0,
  });
  expect(found?.fds.map((fd) => fd.fd)).toContain(0);
  const began = Date.now() - 1000 * process.uptime();
  expect(Math.abs(Number(found?.thread.startTime ?? 0n) / 1e6 - began)).toBeLessThan(5000);
});

it('leaves out a process that is gone', () => {
  expect(new ProcReader('').lookup(4_194_303)).toBeUndefined();
});

it('reads processes of pid namespaces with their own ids, kernel threads, and when they began', () => {
  const root = path.join(folder, 'machine');
  const made: readonly (readonly [number, string, string])[] = [
    [2, 'kthreadd', 'PPid:\t0\nNStgid:\t2\nNSpid:\t2\nNSpgid:\t0\nNSsid:\t0\n'],
    [70, 'shell', 'PPid:\t2\nNStgid:\t70\t1\nNSpid:\t70\t1\nNSpgid:\t60\t0\nNSsid:\t60\t0\n'],
  ];
  for (const [pid, comm, status] of made) {
    const at = path.join(root, 'proc', String(pid));
    mkdirSync(path.join(at, 'fd'), { recursive: true });
    writeFileSync(path.join(at, 'status'), `Name:\t${comm}\nTgid:\t${pid}\n${status}Uid:\t0\t0\t0\t0\n`);
    const fields = ['S', 0, 60, 60, ...Array.from({ length: 15 }, () => 0), 5000];
    writeFileSync(path.join(at, 'stat'), `${pid} (${comm}) ${fields.join(' ')}`);
  }
  writeFileSync(path.join(root, 'proc', 'uptime'), '1000.00 1.00\n');
  const before = Date.now();
  const { threads = [] } = new ProcReader(root).scan();
  const [kernel, shell] = threads;
  expect(kernel).toMatchObject({ pid: 2, comm: 'kthreadd', exepath: '', sid: 0 });
  expect(shell).toMatchObject({ pid: 70, vpid: 1, sid: 0, pgid: 60, vpgid: 0 });
  const age = before - Number(shell!.startTime! / 1_000_000n);
  expect(Math.abs(age - 950_000)).toBeLessThan(60_000);
});

it('a process with many descriptors lets others have their turn meanwhile', () => {
  const open = Array.from({ length: 1500 }, () => openSync('/dev/null', 'r'));
  try {
    let turns = 0;
    const { fds } = new ProcReader('').scan(() => turns++, [process.pid]);
    expect(fds?.[0]?.entries.length).toBeGreaterThan(1500);
    expect(turns).toBeGreaterThanOrEqual(2);
  } finally {
    for (const fd of open) closeSync(fd);
  }
});
