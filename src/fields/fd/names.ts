import type { Event } from '../../model/event.ts';
import { type Fd, fdType } from '../../model/fd.ts';
import { fdName, fdTypeChar, fdTypeName, isFile } from '../../model/fd-text.ts';
import { type EventGetter, eventField, eventFieldWith, fdField } from '../../model/field.ts';
import { fromName, hasFd, isPresent, onlyWithFd } from './possible.ts';

/** Place of the last slash; -1: none. Paths are short: the engine's own search takes three times as long. */
function lastSlash(path: string): number {
  let at = path.length - 1;
  while (at >= 0 && path.charCodeAt(at) !== 0x2f) at--;
  return at;
}

/** The path without its last component; a path that ends in a slash is its own directory. */
function parentPath(path: string): string {
  const slash = lastSlash(path);
  if (slash <= 0) return '/';
  return slash === path.length - 1 ? path : path.slice(0, slash);
}

function directory(fd: Fd): string | null {
  if (!isPresent(fd)) return parentPath(fdName(fd));
  if (fd.type === fdType.directory) return fdName(fd);
  return isFile(fd) ? parentPath(fdName(fd)) : null;
}

function fileName(fd: Fd): string | null {
  if (!isPresent(fd) || !isFile(fd)) return null;
  const name = fdName(fd);
  const slash = lastSlash(name);
  if (slash < 0) return '/';
  return slash === name.length - 1 ? name : name.slice(slash + 1);
}

/** The name as the call gave it, but for doubled slashes. */
function rawName(fd: Fd): string {
  // The name of a failed accept or connect is no path but made up, so it has no other form.
  const raw = fd.path?.raw ?? '';
  const name = raw === '' && !isPresent(fd) ? fdName(fd) : raw;
  return name.includes('//') ? name.replace(/\/{2,}/g, '/') : name;
}

function inContainer(read: (fd: Fd) => string | null): EventGetter<string> {
  return (event) => {
    if (event.fd === null || event.thread === null || !hasFd(event.info)) return null;
    const text = read(event.fd);
    if (text === null) return null;
    const { containerId } = event.thread;
    return `${containerId === 'host' ? '' : containerId}:${text}`;
  };
}

function openTypes(event: Event): string[] | null {
  if (event.thread === null || !hasFd(event.info)) return null;
  const types = new Set<string>();
  for (const [, fd] of event.thread.fds?.entries() ?? []) types.add(fdTypeName(fd.type));
  return [...types];
}

function typesOf(arg: string | undefined): EventGetter<string | readonly string[]> {
  if (arg === undefined) return openTypes;
  const number = Number(arg);
  return (event) => {
    if (event.thread === null || !hasFd(event.info)) return null;
    const fd = event.thread.fds?.get(number);
    return fd === undefined ? null : [fdTypeName(fd.type)];
  };
}

export const nameFields = {
  'fd.num': eventField('INT64', 'Number of the descriptor.', (event) => (event.hasFdNum ? event.fdNum : null), {
    format: 'ID',
    ...onlyWithFd,
  }),
  'fd.type': fdField(
    'CHARBUF',
    'Kind of the descriptor: file, directory, ipv4, ipv6, unix, pipe, event, signalfd, eventpoll, inotify, timerfd, netlink, bpf, userfaultfd, io_uring, memfd or pidfd.',
    (fd) => (isPresent(fd) ? fdTypeName(fd.type) : null),
    { format: 'DEC', ...onlyWithFd, from: [] },
  ),
  'fd.typechar': fdField(
    'CHARBUF',
    'Kind of the descriptor in one character: f file, d directory, 4 and 6 IP socket, u unix socket, p pipe, o unknown...',
    (fd) => fdTypeChar(fd.type),
    { format: 'DEC', ...onlyWithFd, from: [] },
  ),
  'fd.name': fdField(
    'CHARBUF',
    'Path of a file, ends of a connection, address of a listening socket.',
    fdName,
    fromName,
  ),
  'fd.nameraw': fdField('CHARBUF', 'The path as the call gave it.', rawName, fromName),
  'fd.directory': fdField('CHARBUF', 'Directory of a file, or a directory itself.', directory, fromName),
  'fd.filename': fdField('CHARBUF', 'Last component of the path of a file.', fileName, fromName),
  'fd.containername': eventField(
    'CHARBUF',
    'Id of the container, nothing for the host, then a colon and fd.name.',
    inContainer(fdName),
    onlyWithFd,
  ),
  'fd.containerdirectory': eventField(
    'CHARBUF',
    'Id of the container, nothing for the host, then a colon and fd.directory.',
    inContainer(directory),
    onlyWithFd,
  ),
  'fd.uid': eventField(
    'CHARBUF',
    'Thread id and number of the descriptor in one word.',
    (event) => (event.thread !== null && event.hasFdNum ? `${event.thread.tid}${event.fdNum}` : null),
    onlyWithFd,
  ),
  'fd.types': eventFieldWith(
    'CHARBUF',
    'Kinds of all open descriptors, each once, or of one of them by number.',
    { kind: 'index', wide: true, required: false, summary: 'number of a descriptor' },
    typesOf,
    { format: 'DEC', list: true, noRhs: true, ...onlyWithFd },
  ),
} as const;
