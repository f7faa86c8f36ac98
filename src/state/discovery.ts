import { Fd, fdFlags, type FdType, fdType } from '../model/fd.ts';
import type { FdSnapshot, ThreadSnapshot } from '../model/machine.ts';
import type { PathName } from '../model/path-name.ts';
import { containerIdOf } from './container-id.ts';
import { readCgroups, type StateContext } from './context.ts';
import { joinPath } from '../base/join-path.ts';
import { asPrefix } from './path-prefix.ts';
import type { ProcessFds } from './process-fds.ts';
import { threadFlags, TrackedThread } from './tracked-thread.ts';

const noIp6 = '\0'.repeat(16);
const l4Tcp = 2;

/**
 * The thread of this id: from the table, else from the look-up hook, else a stand-in that saves further look-ups.
 * @returns null when there is no room for one.
 */
export function discover(context: StateContext, tid: number, seeksLeader = true): TrackedThread | null {
  const known = context.threads.get(tid);
  if (known !== undefined) return known;
  if (context.threads.isFull) {
    context.threads.dropped++;
    return null;
  }
  const found = context.lookupThread?.(tid);
  if (found !== undefined && found.thread.tid === tid) {
    const thread = threadFromSnapshot(context, found.thread);
    // A thread shows its process by the leader: that must be known too.
    if (seeksLeader && thread.pid > 0 && thread.pid !== tid) discover(context, thread.pid, false);
    loadFds(context, thread, found.fds);
    return context.threads.add(thread) ? thread : null;
  }
  const standIn = new TrackedThread();
  standIn.tid = tid;
  standIn.comm = '<NA>';
  standIn.exe = '<NA>';
  standIn.isPlaceholder = true;
  context.placeholders++;
  return context.threads.add(standIn) ? standIn : null;
}

export function threadFromSnapshot(context: StateContext, from: ThreadSnapshot): TrackedThread {
  const { cwd, cgroups, exepath, startTime = 0n, ...values } = from;
  const thread = Object.assign(new TrackedThread(), values);
  thread.cloneTime = startTime;
  thread.isListed = true;
  thread.exepath = withoutDeleted(exepath);
  thread.cgroups = readCgroups(cgroups);
  thread.containerId = containerIdOf(thread.cgroups, context.containerRules);
  context.sawContainer(thread.containerId, thread.cgroups);
  thread.flags &= ~threadFlags.closed;
  thread.argsRaw = thread.args.map((item) => `${item}\0`).join('');
  thread.cwd = directoryName(context, joinPath('', cwd));
  return thread;
}

/** The kernel marks the path of a program whose file is gone. */
export function withoutDeleted(path: string): string {
  const mark = ' (deleted)';
  return path.length > mark.length && path.endsWith(mark) ? path.slice(0, -mark.length) : path;
}

/** A directory as Thread.cwd holds it: it ends with a slash. */
export function directoryName(context: StateContext, text: string): PathName {
  return nameOf(context, asPrefix(text === '' ? '/' : text));
}

/** A name that did not come as bytes of an event. */
function nameOf(context: StateContext, text: string): PathName {
  const bytes = Buffer.from(text, 'latin1');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return context.paths.intern(bytes, view, 0, bytes.length, null, false);
}

/** Puts the descriptors of a snapshot in the table of their process. */
export function loadFds(context: StateContext, thread: TrackedThread, entries: readonly FdSnapshot[]): ProcessFds {
  thread.fds ??= context.newFds();
  for (const entry of entries) thread.fds.set(entry.fd, fdFromSnapshot(context, entry));
  return thread.fds;
}

function isMapped(address: string): boolean {
  return address.startsWith('\0\0\0\0\0\0\0\0\0\0\xff\xff') || address === noIp6;
}

/** A descriptor as the state holds it. */
export function fdFromSnapshot(context: StateContext, entry: FdSnapshot): Fd {
  const fd = new Fd();
  fd.type = entry.type as FdType;
  fd.ino = entry.ino;
  fd.openFlags = entry.openFlags;
  fd.dev = entry.dev;
  fd.sourceIp = entry.sourceIp;
  fd.sourcePort = entry.sourcePort;
  fd.destIp = entry.destIp;
  fd.destPort = entry.destPort;
  fd.l4proto = entry.l4proto;
  fd.unixSource = entry.unixSource;
  fd.unixDest = entry.unixDest;
  if (fd.type === fdType.ipv6Socket && isMapped(fd.sourceIp) && isMapped(fd.destIp)) {
    fd.type = fdType.ipv4Socket;
    fd.sourceIp = fd.sourceIp.slice(12);
    fd.destIp = fd.destIp.slice(12);
  }
  const isSocket = fd.type === fdType.ipv4Socket || fd.type === fdType.ipv6Socket;
  if (isSocket && fd.l4proto === l4Tcp) fd.flags |= fdFlags.connected;
  if (fd.type === fdType.ipv4Socket) guessUnbound(context, fd);
  if (fd.type === fdType.unixSocket) fd.flags |= entry.name === '' ? fdFlags.isClient : fdFlags.isServer;
  const isServer = fd.type === fdType.ipv4Server || fd.type === fdType.ipv6Server;
  if (!isSocket && !isServer) fd.path = nameOf(context, entry.name);
  return fd;
}

function isNone(address: string): boolean {
  for (let i = 0; i < address.length; i++) if (address.charCodeAt(i) !== 0) return false;
  return true;
}

/** Fills in the end of a socket that its call left open: the address that the machine most likely uses for the other. */
export function guessUnbound(context: StateContext, fd: Fd): void {
  const lacksSource = isNone(fd.sourceIp);
  if (!lacksSource && !isNone(fd.destIp)) return;
  const known = lacksSource ? fd.destIp : fd.sourceIp;
  if (known === '') return;
  const guess = context.interfaces.guessLocal(known);
  if (guess === known && fd.sourcePort === fd.destPort) return;
  if (lacksSource) fd.sourceIp = guess;
  else fd.destIp = guess;
}
