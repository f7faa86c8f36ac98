import { statSync } from 'node:fs';
import { flagTables } from '../../../model/event-table.ts';
import { fdType } from '../../../model/fd.ts';
import { emptyFd } from '../../../model/fd-snapshot.ts';
import type { FdSnapshot } from '../../../model/machine.ts';
import type { SocketEntry } from './sockets.ts';
import { listNumbers, readLink, readText } from './text.ts';

/** Text of the link of a descriptor without a path -> its type. */
const anonymous: readonly (readonly [string, number])[] = [
  ['anon_inode:[eventpoll]', fdType.eventpoll],
  ['anon_inode:[eventfd]', fdType.event],
  ['anon_inode:[signalfd]', fdType.signalfd],
  ['anon_inode:[timerfd]', fdType.timerfd],
  ['anon_inode:[userfaultfd]', fdType.userfaultfd],
  ['anon_inode:[io_uring]', fdType.ioUring],
  ['anon_inode:[pidfd]', fdType.pidfd],
  ['pidfd:', fdType.pidfd],
  ['anon_inode:inotify', fdType.inotify],
  ['anon_inode:bpf-map', fdType.bpf],
  ['anon_inode:bpf-prog', fdType.bpf],
  ['anon_inode:bpf_link', fdType.bpf],
];

/** Open flags by their octal digits in fdinfo (x86-64; two differ on arm64) and by name in captures. */
const openFlagBits: readonly (readonly [number, string])[] = [
  [0o100, 'O_CREAT'],
  [0o200, 'O_EXCL'],
  [0o1000, 'O_TRUNC'],
  [0o2000, 'O_APPEND'],
  [0o4000, 'O_NONBLOCK'],
  [0o10000, 'O_DSYNC'],
  [process.arch === 'arm64' ? 0o200000 : 0o40000, 'O_DIRECT'],
  [process.arch === 'arm64' ? 0o40000 : 0o200000, 'O_DIRECTORY'],
  [0o2000000, 'O_CLOEXEC'],
];
const fileFlags = flagTables['file_flags'] ?? {};

function openFlags(octal: number): number {
  const access = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_RDWR'][octal & 3] ?? 'O_RDONLY';
  let flags = fileFlags[access] ?? 0;
  for (const [bit, name] of openFlagBits) if ((octal & bit) !== 0) flags |= fileFlags[name] ?? 0;
  return flags;
}

/** Device number in the 32 bits of events. */
function deviceOf(dev: number): number {
  return dev >>> 0;
}

function fileFd(folder: string, fd: number, link: string): FdSnapshot {
  const info = readText(`${folder}/fdinfo/${fd}`) ?? '';
  let flags = openFlags(Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8));
  let type: number = link.startsWith('/memfd:') ? fdType.memfd : fdType.file;
  let [ino, dev] = [0, 0];
  try {
    const stat = statSync(`${folder}/fd/${fd}`);
    ino = stat.ino;
    if (stat.isDirectory()) type = fdType.directory;
    if (stat.isFIFO()) type = fdType.fifo;
    // The lists of captures have a place for it with plain files only: a replay must not show another one.
    if (type === fdType.file) dev = deviceOf(stat.dev);
  } catch {
    // Closed in the meantime, or on a file system that is out of reach.
  }
  // Other bits have another meaning there: the flags of memfd_create.
  if (type === fdType.memfd) flags &= fileFlags['O_CLOEXEC'] ?? 0;
  const name = type === fdType.memfd ? link.slice('/memfd:'.length).replace(/ \(deleted\)$/, '') : link;
  return { ...emptyFd(fd, ino, type, name), openFlags: flags, dev };
}

function socketFd(fd: number, ino: number, socket: SocketEntry | undefined): FdSnapshot {
  if (socket === undefined) return emptyFd(fd, ino, fdType.unsupported);
  const { type, path, sourceIp, sourcePort, destIp, destPort, l4proto, unixSource } = socket;
  const isUnix = type === fdType.unixSocket;
  return {
    ...emptyFd(fd, ino, type, path),
    sourceIp,
    sourcePort,
    destIp,
    destPort,
    l4proto,
    unixSource,
    unixDest: isUnix ? '0' : '',
  };
}

function inodeIn(link: string): number {
  return Number(/\[(\d+)\]$/.exec(link)?.[1] ?? 0);
}

function fdFromLink(folder: string, fd: number, link: string, sockets: ReadonlyMap<number, SocketEntry>): FdSnapshot {
  if (link.startsWith('/')) return fileFd(folder, fd, link);
  const ino = inodeIn(link);
  if (link.startsWith('socket:')) return socketFd(fd, ino, sockets.get(ino));
  if (link.startsWith('pipe:')) return emptyFd(fd, ino, fdType.fifo);
  const known = anonymous.find(([text]) => link.startsWith(text));
  return known ? emptyFd(fd, ino, known[1]) : emptyFd(fd, ino, fdType.unsupported, link);
}

/** After so many descriptors, which take some 20 ms, others get a chance. */
const atOnce = 1000;

/** The descriptors of a process. `folder` is its folder in /proc. `between` is called now and then: there may be 100,000. */
export function readFds(
  folder: string,
  sockets: ReadonlyMap<number, SocketEntry>,
  between: () => void = () => undefined,
): FdSnapshot[] {
  const list: FdSnapshot[] = [];
  for (const fd of listNumbers(`${folder}/fd`)) {
    const link = readLink(`${folder}/fd/${fd}`);
    if (link === undefined) continue;
    list.push(fdFromLink(folder, fd, link, sockets));
    if (list.length % atOnce === 0) between();
  }
  return list;
}
