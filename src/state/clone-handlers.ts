import { splitNul } from '../base/nul-list.ts';
import type { Event } from '../model/event.ts';
import { eventByCode } from '../model/event-table.ts';
import { containerIdOf } from './container-id.ts';
import { hasBytes, readCgroups, type StateContext } from './context.ts';
import { discover } from './discovery.ts';
import { threadFlags, TrackedThread } from './tracked-thread.ts';

const vfork = eventByCode('SYSCALL_VFORK_20_X').id;
/** A thread known for longer than this can't be the one that a clone just made: its exit was lost. */
const staleNs = 2e9;

// Parameters of clone, clone3, fork and vfork exits.
const p = {
  res: 0,
  exe: 1,
  args: 2,
  pid: 4,
  ptid: 5,
  fdLimit: 7,
  faults: 8,
  comm: 13,
  cgroups: 14,
  flags: 15,
} as const;
const q = { uid: 16, gid: 17, vtid: 18, vpid: 19, pidnsStart: 20 } as const;

/** An exit of clone, clone3, fork or vfork: in the child with result 0, in the parent with the child's id. */
export function cloneExit(context: StateContext, event: Event, thread: TrackedThread | null): void {
  if (!event.has(p.res)) return;
  const result = event.i64(p.res);
  if (result === 0) childSide(context, event, thread);
  else if (result > 0) parentSide(context, event, thread, result);
}

/** Names come with every clone and are nearly always the parent's: then no new text is made. */
function copyNames(event: Event, from: TrackedThread, to: TrackedThread): void {
  to.exe = sameText(event, p.exe, from.exe);
  to.comm = event.has(p.comm) ? sameText(event, p.comm, from.comm) : to.exe;
  if (hasBytes(event, p.args, from.argsRaw)) {
    to.args = from.args;
    to.argsRaw = from.argsRaw;
  } else {
    to.argsRaw = event.raw(p.args);
    to.args = splitNul(to.argsRaw);
  }
}

function sameText(event: Event, i: number, known: string): string {
  if (!event.has(i)) return '<NA>';
  if (event.size(i) === known.length + 1 && hasPrefix(event, i, known)) return known;
  return event.text(i);
}

function hasPrefix(event: Event, i: number, text: string): boolean {
  const start = event.starts[i]!;
  for (let at = 0; at < text.length; at++) if (event.view.getUint8(start + at) !== text.charCodeAt(at)) return false;
  return true;
}

/** What the event itself says of the child. */
function readChild(context: StateContext, event: Event, known: TrackedThread, child: TrackedThread): void {
  copyNames(event, known, child);
  child.fdLimit = event.exactI64(p.fdLimit);
  readMemory(event, child, p.faults);
  child.uid = event.u32(q.uid);
  child.gid = event.u32(q.gid);
  if (event.has(p.cgroups)) readThreadCgroups(context, event, p.cgroups, known, child);
  child.cloneTime = event.time;
}

/** Page faults and memory sizes: five parameters from i on. */
export function readMemory(event: Event, thread: TrackedThread, i: number): void {
  if (!event.has(i + 4)) return;
  thread.majorFaults = event.exact64(i);
  thread.minorFaults = event.exact64(i + 1);
  thread.vmSizeKb = event.u32(i + 2);
  thread.vmRssKb = event.u32(i + 3);
  thread.vmSwapKb = event.u32(i + 4);
}

/** @param known A thread that may be in the same cgroups. */
export function readThreadCgroups(
  context: StateContext,
  event: Event,
  i: number,
  known: TrackedThread,
  thread: TrackedThread,
): void {
  if (known.cgroupsRaw !== '' && hasBytes(event, i, known.cgroupsRaw)) {
    thread.cgroups = known.cgroups;
    thread.cgroupsRaw = known.cgroupsRaw;
    thread.containerId = known.pendingContainer || known.containerId;
    return;
  }
  thread.cgroupsRaw = event.raw(i);
  thread.cgroups = readCgroups(splitNul(thread.cgroupsRaw));
  thread.containerId = containerIdOf(thread.cgroups, context.containerRules);
  context.sawContainer(thread.containerId, thread.cgroups);
}

/** What a child has from the one that made it. */
function inherit(from: TrackedThread, child: TrackedThread): void {
  child.exepath = from.exepath;
  child.exeWritable = from.exeWritable;
  child.exeUpperLayer = from.exeUpperLayer;
  child.exeLowerLayer = from.exeLowerLayer;
  child.exeFromMemfd = from.exeFromMemfd;
  child.root = from.root;
  child.sid = from.sid;
  child.vpgid = from.vpgid;
  child.pgid = from.pgid;
  child.tty = from.tty;
  child.loginuid = from.loginuid;
  child.capPermitted = from.capPermitted;
  child.capInheritable = from.capInheritable;
  child.capEffective = from.capEffective;
  child.exeIno = from.exeIno;
  child.exeInoCtime = from.exeInoCtime;
  child.exeInoMtime = from.exeInoMtime;
  child.exeCtimeToStart = from.exeCtimeToStart;
}

/** A new process has its own copies; a new thread shares what its process has. */
function inheritProcess(context: StateContext, from: TrackedThread, child: TrackedThread): void {
  child.cwd = from.leader.cwd;
  if ((child.flags & threadFlags.thread) !== 0) {
    child.execTime = from.execTime;
    return;
  }
  // Upstream: only leaders have the environment, and what another thread forks begins without.
  child.envBytes = from.envBytes;
  if (from.fds === null) child.fds = context.newFds();
  else if ((child.flags & threadFlags.files) !== 0) {
    child.fds = from.fds;
    child.fds.processes++;
  } else child.fds = from.fds.fork();
}

function parentSide(context: StateContext, event: Event, found: TrackedThread | null, childTid: number): void {
  const threads = context.threads;
  const caller = found ?? discover(context, event.tid);
  event.thread = caller;
  if (caller === null) return;
  const isKnown = !caller.isInvalid;
  if (!isKnown) {
    caller.isPlaceholder = false;
    caller.pid = event.i64(p.pid);
    caller.ptid = event.i64(p.ptid);
    caller.vtid = event.has(q.vpid) ? event.i64(q.vtid) : caller.tid;
    caller.vpid = event.has(q.vpid) ? event.i64(q.vpid) : -1;
    threads.link(caller);
    threads.invalidate(caller);
  }
  const flags = event.u32(p.flags) & ~threadFlags.closed;
  // In these cases the caller's view does not tell the child's ids or parent, or the child runs first: its side will.
  if ((flags & (threadFlags.childInPidns | threadFlags.newPid | threadFlags.parent)) !== 0) return;
  if (caller.tid !== caller.vtid) return;
  if ((flags & threadFlags.vfork) !== 0 || event.type === vfork) return;
  if (threads.recentExits.has(childTid, caller.tid, event.timeApprox)) return;
  const old = threads.get(childTid);
  if (old !== undefined) {
    if ((old.flags & threadFlags.inverted) !== 0) return;
    threads.remove(old);
  }
  const child = new TrackedThread();
  child.tid = childTid;
  child.flags = flags;
  const isThread = (flags & threadFlags.thread) !== 0;
  if (isThread) child.flags |= threadFlags.files;
  child.pid = isThread ? caller.pid : childTid;
  child.ptid = isThread ? caller.ptid : caller.tid;
  child.vtid = childTid;
  child.vpid = child.pid;
  readChild(context, event, caller, child);
  child.pendingContainer = child.containerId;
  child.containerId = 'host';
  child.pidnsInitStart = context.bootTime;
  if (isKnown) {
    inherit(caller, child);
    inheritProcess(context, caller, child);
  } else takeNames(caller, child);
  add(context, event, child);
}

function takeNames(to: TrackedThread, from: TrackedThread): void {
  to.exe = from.exe;
  to.comm = from.comm;
  to.args = from.args;
  to.argsRaw = from.argsRaw;
}

function childSide(context: StateContext, event: Event, found: TrackedThread | null): void {
  const threads = context.threads;
  if (found !== null && found.cloneTime !== 0n && !found.isListed) {
    if (event.timeApprox - Number(found.cloneTime) < staleNs) return;
    threads.remove(found);
    event.thread = null;
  }
  const child = new TrackedThread();
  child.tid = event.tid;
  child.pid = event.i64(p.pid);
  child.ptid = event.i64(p.ptid);
  child.vtid = event.has(q.vpid) ? event.i64(q.vtid) : child.tid;
  child.vpid = event.has(q.vpid) ? event.i64(q.vpid) : -1;
  child.flags = (event.u32(p.flags) & ~threadFlags.closed) | threadFlags.inverted;
  const isThread = (child.flags & threadFlags.thread) !== 0;
  if (isThread) child.flags |= threadFlags.files;
  const origin = discover(context, isThread ? child.pid : child.ptid);
  if (origin === null) {
    event.thread = null;
    return;
  }
  const isKnown = !origin.isInvalid;
  if (!isKnown && isThread) {
    origin.isPlaceholder = false;
    origin.pid = child.pid;
    origin.ptid = child.ptid;
    origin.vpid = child.vpid;
    origin.vtid = origin.vpid;
    threads.link(origin);
    threads.invalidate(origin);
  }
  readChild(context, event, origin, child);
  if (isKnown) {
    inherit(origin, child);
    inheritProcess(context, origin, child);
  } else if (isThread) takeNames(origin, child);
  child.pidnsInitStart = context.bootTime;
  if ((child.flags & threadFlags.newPid) !== 0 || child.inPidNamespace) {
    child.pidnsInitStart = event.has(q.pidnsStart) ? event.big64(q.pidnsStart) + context.bootTime : 0n;
  }
  event.thread = add(context, event, child) ? child : null;
}

function add(context: StateContext, event: Event, child: TrackedThread): boolean {
  child.fds ??= (child.flags & threadFlags.thread) === 0 ? context.newFds() : null;
  child.lastSeen = event.timeApprox;
  if (context.threads.add(child)) return true;
  if ((child.flags & threadFlags.thread) === 0) child.fds?.release();
  return false;
}
