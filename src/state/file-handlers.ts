import type { Event } from '../model/event.ts';
import { eventByCode } from '../model/event-table.ts';
import { Fd, fdFlags, fdType } from '../model/fd.ts';
import { PathName } from '../model/path-name.ts';
import type { StateContext } from './context.ts';
import { joinPath } from '../base/join-path.ts';
import { asPrefix, unknownDirectory } from './path-prefix.ts';
import type { TrackedThread } from './tracked-thread.ts';

const openExitCode = eventByCode('SYSCALL_OPEN_X').id;
const openEnterCode = eventByCode('SYSCALL_OPEN_E').id;
const creatEnterCode = eventByCode('SYSCALL_CREAT_E').id;
const creatExitCode = eventByCode('SYSCALL_CREAT_X').id;
const openat2ExitCode = eventByCode('SYSCALL_OPENAT2_X').id;

const atFdCwd = -100;
/** flagTables.file_flags; from `created` on the bits are not the caller's but what the kernel adds at the exit. */
const openFlags = { directory: 1024, created: 16_384, upperLayer: 32_768, lowerLayer: 65_536 } as const;
const creatFlags = { upperLayer: 1, lowerLayer: 2 } as const;
/** execveat: the program is the file of the descriptor (flagTables.execveat_flags). */
const atEmptyPath = 1;
const unknownText = '<NA>';
const unknownPath = new PathName(unknownText, unknownText);
const unknownBase = new PathName('', unknownDirectory);
const slash = 47;

/** The directory that a relative path starts from. */
function directoryOf(context: StateContext, thread: TrackedThread, dirfd: number): PathName {
  if (dirfd === atFdCwd) return thread.leader.cwd ?? context.noName;
  const fd = thread.fds?.get(dirfd);
  return fd === undefined ? unknownBase : (fd.path ?? context.noName);
}

/** The path in parameter i; `dirfd` counts where it is relative. */
function pathOf(context: StateContext, event: Event, thread: TrackedThread, i: number, dirfd: number): PathName {
  if (!event.has(i)) return new PathName('<NA>', joinPath(asPrefix(directoryOf(context, thread, dirfd).text), '<NA>'));
  const isAbsolute = event.view.getUint8(event.starts[i]!) === slash;
  return context.name(event, i, isAbsolute ? null : directoryOf(context, thread, dirfd), true);
}

function inoOf(event: Event, i: number): number | bigint {
  const ino = event.u64(i);
  return Number.isSafeInteger(ino) ? ino : event.big64(i);
}

/**
 * Enter events of the calls that open: the path and flags as they are when the call begins. What the exit shows of them
 * is read again then, and the caller may have changed its memory meanwhile.
 */
export function openEnter(context: StateContext, event: Event, thread: TrackedThread): void {
  thread.enterType = 0;
  if (!event.has(0)) return;
  const isAt = event.type !== openEnterCode && event.type !== creatEnterCode;
  const name = isAt ? 1 : 0;
  if (!event.has(name)) return;
  thread.enterPath = pathOf(context, event, thread, name, isAt ? event.i64(0) : atFdCwd);
  if (thread.enterPath.raw === '<NA>') return;
  thread.enterFlags = event.type === creatEnterCode ? 0 : event.u32(name + 1);
  thread.enterType = event.type;
}

/**
 * Enter events of execve in old captures, whose exits lack the path of the program. It is put together now: the
 * descriptor of its directory may be gone when the exit comes.
 */
export function execveEnter(context: StateContext, event: Event, thread: TrackedThread): void {
  thread.enterType = 0;
  if (!event.has(0)) return;
  thread.enterPath = event.text(0) === unknownText ? unknownPath : pathOf(context, event, thread, 0, atFdCwd);
  thread.enterType = event.type;
}

export function execveatEnter(context: StateContext, event: Event, thread: TrackedThread): void {
  const dirfd = event.i64(0);
  const isOfFd = (event.u32(2) & atEmptyPath) !== 0;
  const name = event.has(1) ? event.text(1) : unknownText;
  const isAbsolute = name.startsWith('/');
  const directory = isAbsolute ? context.noName : directoryOf(context, thread, dirfd);
  if ((!isOfFd && name === unknownText) || directory === unknownBase) thread.enterPath = unknownPath;
  else if (isOfFd) thread.enterPath = new PathName(directory.text, joinPath('', directory.text));
  else thread.enterPath = pathOf(context, event, thread, 1, dirfd);
  thread.enterType = event.type;
}

/** A path as open and creat show it when they fail: as it was given, only a relative one, if there is one, is put together. */
function shownPath(path: PathName): PathName {
  const isShown = path.raw.charCodeAt(0) === slash || path.raw === unknownText;
  const text = isShown ? path.raw : path.text;
  return new PathName(text, text);
}

/** Makes the descriptor of a successful open, or its stand-in for the rules. */
function opened(
  context: StateContext,
  event: Event,
  thread: TrackedThread,
  path: PathName,
  flags: number,
  device: number,
): void {
  const number = event.i64(0);
  if (!event.has(0) || number < 0) {
    const isGuessed = event.type !== openExitCode;
    const isAt = isGuessed && event.type !== creatExitCode;
    event.fd = context.failedOpen(isGuessed ? fdType.file : fdType.unknown, isAt ? path : shownPath(path));
    return;
  }
  const fd = new Fd();
  fd.type = (flags & openFlags.directory) !== 0 ? fdType.directory : fdType.file;
  fd.path = path;
  fd.openFlags = flags;
  if (event.has(device)) {
    fd.dev = event.u32(device);
    fd.ino = inoOf(event, device + 1);
  }
  if ((flags & openFlags.upperLayer) !== 0) fd.flags |= fdFlags.upperLayer;
  if ((flags & openFlags.lowerLayer) !== 0) fd.flags |= fdFlags.lowerLayer;
  context.addFd(event, thread, number, fd);
}

/** open, openat and openat2. */
export function openExit(context: StateContext, event: Event, thread: TrackedThread): void {
  const isAt = event.type !== openExitCode;
  const name = isAt ? 2 : 1;
  const device = event.type === openat2ExitCode ? 6 : name + 3;
  let flags = event.u32(name + 1);
  let path: PathName;
  // What failed is shown as its end tells it.
  if (thread.enterType === event.type - 1 && thread.enterPath !== null && event.i64(0) >= 0) {
    path = thread.enterPath;
    flags = thread.enterFlags | (flags & ~(openFlags.created - 1));
  } else path = pathOf(context, event, thread, name, isAt ? event.i64(1) : atFdCwd);
  opened(context, event, thread, path, flags, device);
}

export function creatExit(context: StateContext, event: Event, thread: TrackedThread): void {
  const isEntered = thread.enterType === creatExitCode - 1 && thread.enterPath !== null && event.i64(0) >= 0;
  const path = isEntered ? thread.enterPath! : pathOf(context, event, thread, 1, atFdCwd);
  const layer = event.u16(5);
  let flags = 0;
  if ((layer & creatFlags.upperLayer) !== 0) flags = openFlags.upperLayer;
  else if ((layer & creatFlags.lowerLayer) !== 0) flags = openFlags.lowerLayer;
  opened(context, event, thread, path, flags, 3);
}

export function openByHandleExit(context: StateContext, event: Event, thread: TrackedThread): void {
  const path = event.has(3) ? context.name(event, 3, null, true) : new PathName('<NA>', '<NA>');
  if (event.i64(0) < 0) event.fd = context.failedOpen(fdType.unknown, new PathName(path.raw, path.raw));
  else opened(context, event, thread, path, event.u32(2), 4);
}
