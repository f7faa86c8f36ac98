import type { Event } from '../model/event.ts';
import { eventByCode } from '../model/event-table.ts';
import { Fd, type FdType, fdType } from '../model/fd.ts';
import { PathName } from '../model/path-name.ts';
import type { StateContext } from './context.ts';
import type { TrackedThread } from './tracked-thread.ts';

const dup3 = eventByCode('SYSCALL_DUP3_X').id;
const pipe2 = eventByCode('SYSCALL_PIPE2_X').id;
const epollCreate1 = eventByCode('SYSCALL_EPOLL_CREATE1_X').id;

const oCloexec = 4096;
/** EPOLL_CLOEXEC and MFD_CLOEXEC, which such descriptors keep as they came. */
const ownCloexec = 1;
const fcntlCommands = { dupFd: 1, dupFdCloexec: 26, setFd: 3 } as const;
const closeRangeCloexec = 4;

export function closeExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (event.fd !== null && event.i64(0) >= 0 && thread.fds !== null) context.closingFd = event.fdNum;
}

export function closeRangeExit(_context: StateContext, event: Event, thread: TrackedThread): void {
  const fds = thread.fds;
  if (fds === null || !event.has(0) || event.i64(0) < 0) return;
  const first = event.u32(1);
  const last = event.u32(2);
  if ((event.u32(3) & closeRangeCloexec) === 0) {
    fds.drop((_fd, number) => number >= first && number <= last);
    return;
  }
  for (const [number, fd] of Array.from(fds.entries())) {
    if (number < first || number > last || (fd.openFlags & oCloexec) !== 0) continue;
    const changed = fd.clone();
    changed.openFlags |= oCloexec;
    fds.set(number, changed);
  }
}

function setCloexec(fd: Fd, isCloexec: boolean): void {
  if (fd.type === fdType.eventpoll || fd.type === fdType.memfd) fd.openFlags &= ~ownCloexec;
  fd.openFlags = isCloexec ? fd.openFlags | oCloexec : fd.openFlags & ~oCloexec;
}

/** A copy under another number; whether a program that is executed gets it is not copied. */
function duplicate(context: StateContext, event: Event, thread: TrackedThread, isCloexec: boolean): void {
  const fd = event.fd!.clone();
  setCloexec(fd, isCloexec);
  context.addFd(event, thread, event.i64(0), fd);
  event.fdNameChanged = false;
}

/** dup, dup2 and dup3. */
export function dupExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (event.fd === null || event.i64(0) < 0) return;
  duplicate(context, event, thread, event.type === dup3 && (event.u32(3) & oCloexec) !== 0);
}

export function fcntlExit(context: StateContext, event: Event, thread: TrackedThread): void {
  const command = event.u8(2);
  const isDup = command === fcntlCommands.dupFd || command === fcntlCommands.dupFdCloexec;
  if (event.fd === null || !(isDup || command === fcntlCommands.setFd) || event.i64(0) < 0) return;
  if (isDup) {
    duplicate(context, event, thread, command === fcntlCommands.dupFdCloexec);
    return;
  }
  const fd = context.changeFd(event, thread);
  setCloexec(fd, (event.u32(3) & 1) !== 0);
}

/** pipe and pipe2. The event's descriptor is the writing end. */
export function pipeExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(0) || event.i64(0) < 0) return;
  const fd = new Fd();
  fd.type = fdType.fifo;
  fd.path = context.noName;
  const ino = event.u64(3);
  fd.ino = Number.isSafeInteger(ino) ? ino : event.big64(3);
  if (event.type === pipe2) fd.openFlags = event.u32(4);
  context.addFd(event, thread, event.i64(1), fd);
  context.addFd(event, thread, event.i64(2), fd);
}

/** The event's descriptor is the first one; its number is that of the second, as upstream has it. */
export function socketpairExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(0) || event.i64(0) < 0) return;
  const first = event.i64(1);
  const second = event.i64(2);
  if (first === second) return;
  const fd = new Fd();
  fd.type = fdType.unixSocket;
  fd.path = context.noName;
  fd.unixSource = event.big64(3).toString(16);
  fd.unixDest = event.big64(4).toString(16);
  context.addFd(event, thread, first, fd);
  context.addFd(event, thread, second, fd);
}

/** A handler for a call whose result is a descriptor without a name. @param flags Parameter with its flags; -1: none. */
export function makesFd(type: FdType, flags = -1) {
  return (context: StateContext, event: Event, thread: TrackedThread): void => {
    if (!event.has(0) || event.i64(0) < 0) return;
    const fd = new Fd();
    fd.type = type;
    fd.path = context.noName;
    if (flags >= 0) fd.openFlags = flagsOf(event, flags);
    context.addFd(event, thread, event.i64(0), fd);
  };
}

function flagsOf(event: Event, i: number): number {
  if (event.type === epollCreate1) return (event.u32(i) & ownCloexec) !== 0 ? oCloexec : 0;
  const size = event.size(i);
  if (size >= 4) return event.u32(i);
  return size === 2 ? event.u16(i) : event.u8(i);
}

export function memfdExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(0)) return;
  const fd = new Fd();
  if (event.i64(0) < 0) {
    // Upstream's state has a descriptor without a name then: this event shows it.
    event.fd = fd;
    event.fdNum = event.i64(0);
    return;
  }
  fd.type = fdType.memfd;
  fd.path = event.has(1) ? context.name(event, 1, null, false) : new PathName('', '<NA>');
  fd.openFlags = event.u32(2);
  context.addFd(event, thread, event.i64(0), fd);
}

export function pidfdOpenExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(0) || event.i64(0) < 0) return;
  const fd = new Fd();
  fd.type = fdType.pidfd;
  fd.path = new PathName('', `/proc/${event.i64(1)}`);
  fd.openFlags = event.u32(2);
  context.addFd(event, thread, event.i64(0), fd);
}

/** Takes over a descriptor of the process that a pidfd stands for. */
export function pidfdGetfdExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(0) || event.i64(0) < 0) return;
  const pidfd = thread.fds?.get(event.i64(1));
  if (pidfd?.type !== fdType.pidfd || pidfd.path === null) return;
  const target = context.threads.get(Number(pidfd.path.text.slice('/proc/'.length)));
  const source = target?.fds?.get(event.i64(2));
  if (source === undefined) return;
  const fd = source.clone();
  fd.openFlags |= oCloexec;
  context.addFd(event, thread, event.i64(0), fd);
  event.fdNameChanged = false;
}
