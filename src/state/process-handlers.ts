import { splitNul } from '../base/nul-list.ts';
import type { Event } from '../model/event.ts';
import { eventByCode } from '../model/event-table.ts';
import { type Fd, fdType } from '../model/fd.ts';
import { readMemory, readThreadCgroups } from './clone-handlers.ts';
import { containerIdOf } from './container-id.ts';
import { hasBytes, type StateContext } from './context.ts';
import { directoryName, discover, withoutDeleted } from './discovery.ts';
import { joinPath } from '../base/join-path.ts';
import { asPrefix } from './path-prefix.ts';
import type { ProcessFds } from './process-fds.ts';
import { threadFlags, type TrackedThread } from './tracked-thread.ts';

const cloexec = { file: 4096, epoll: 1, memfd: 1 } as const;
const execFlags = { writable: 1, upperLayer: 2, memfd: 4, lowerLayer: 8 } as const;
const rlimitNofile = 7;
const subreaperOptions = { set: 36, get: 37 } as const;
const cloneNewUser = 0x100000;
const cloneFiles = 1;
/** All capabilities of current kernels, CAP_CHECKPOINT_RESTORE (40) the last. */
const allCapabilities = (1n << 41n) - 1n;

// Parameters of execve and execveat exits.
const p = { res: 0, exe: 1, args: 2, pid: 4, ptid: 5, fdLimit: 7, faults: 8, comm: 13, cgroups: 14, env: 15 } as const;
const q = { tty: 16, vpgid: 17, loginuid: 18, flags: 19, inheritable: 20, permitted: 21, effective: 22 } as const;
const r = { ino: 23, ctime: 24, mtime: 25, uid: 26, exepath: 27, pgid: 28, gid: 29 } as const;

// A successful execveat ends as execve.
const execEnters: readonly number[] = [eventByCode('SYSCALL_EXECVE_19_E').id, eventByCode('SYSCALL_EXECVEAT_E').id];

/** Descriptors that a program does not get from the one before it. */
function isCloseOnExec(fd: Fd): boolean {
  if ((fd.openFlags & cloexec.file) !== 0) return true;
  if (fd.type === fdType.eventpoll) return (fd.openFlags & cloexec.epoll) !== 0;
  return fd.type === fdType.memfd && (fd.openFlags & cloexec.memfd) !== 0;
}

export function execExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(p.res) || event.i64(p.res) < 0) return;
  const threads = context.threads;
  threads.revive(thread);
  thread.execTime = event.time;
  thread.isPlaceholder = false;
  readNames(context, event, thread);
  const pid = event.i64(p.pid);
  if (pid !== thread.pid) threads.leave(thread);
  thread.pid = pid;
  if (thread.isInvalid) {
    thread.ptid = event.i64(p.ptid);
    if ((thread.flags & threadFlags.childInPidns) === 0) {
      thread.vtid = thread.tid;
      thread.vpid = thread.pid;
    }
  }
  threads.link(thread);
  thread.fdLimit = event.exactI64(p.fdLimit);
  readMemory(event, thread, p.faults);
  if (event.has(p.cgroups)) readThreadCgroups(context, event, p.cgroups, thread, thread);
  readIdentity(event, thread);
  readProgramFile(event, thread);
  dropCloseOnExec(context, thread);
  thread.flags &= threadFlags.inverted;
  endSiblings(context, thread);
  threads.invalidate(thread);
}

function readNames(context: StateContext, event: Event, thread: TrackedThread): void {
  thread.exe = event.has(p.exe) ? event.text(p.exe) : '<NA>';
  thread.comm = event.has(p.comm) ? event.text(p.comm) : thread.exe;
  if (!hasBytes(event, p.args, thread.argsRaw)) {
    thread.argsRaw = event.raw(p.args);
    thread.args = splitNul(thread.argsRaw);
  }
  if (event.has(p.env)) thread.envBytes = context.environments.get(event, p.env);
}

function readIdentity(event: Event, thread: TrackedThread): void {
  if (event.has(q.tty)) thread.tty = event.u32(q.tty);
  if (event.has(q.vpgid)) thread.vpgid = event.i64(q.vpgid);
  if (event.has(q.loginuid)) thread.loginuid = event.u32(q.loginuid);
  if (event.has(q.effective)) {
    thread.capInheritable = event.big64(q.inheritable);
    thread.capPermitted = event.big64(q.permitted);
    thread.capEffective = event.big64(q.effective);
  }
  if (event.has(r.uid)) thread.uid = event.u32(r.uid);
  if (event.has(r.gid)) thread.gid = event.u32(r.gid);
  thread.pgid = event.has(r.pgid) ? event.i64(r.pgid) : -1;
}

function readProgramFile(event: Event, thread: TrackedThread): void {
  if (event.has(r.exepath)) thread.exepath = withoutDeleted(event.text(r.exepath));
  else if (execEnters.includes(thread.enterType) && thread.enterPath !== null)
    thread.exepath = withoutDeleted(thread.enterPath.text);
  if (event.has(q.flags)) {
    const flags = event.u32(q.flags);
    thread.exeWritable = (flags & execFlags.writable) !== 0;
    thread.exeUpperLayer = (flags & execFlags.upperLayer) !== 0;
    thread.exeFromMemfd = (flags & execFlags.memfd) !== 0;
    thread.exeLowerLayer = (flags & execFlags.lowerLayer) !== 0;
  }
  if (event.has(r.mtime)) {
    const ino = event.u64(r.ino);
    thread.exeIno = Number.isSafeInteger(ino) ? ino : event.big64(r.ino);
    thread.exeInoCtime = event.big64(r.ctime);
    thread.exeInoMtime = event.big64(r.mtime);
    noteAgeOfProgram(thread);
  }
}

function noteAgeOfProgram(thread: TrackedThread): void {
  const { exeInoCtime, cloneTime, pidnsInitStart } = thread;
  if (cloneTime !== 0n) thread.exeCtimeToStart = BigInt.asUintN(64, cloneTime - exeInoCtime);
  if (pidnsInitStart !== 0n && exeInoCtime > pidnsInitStart) {
    thread.pidnsStartToExeCtime = exeInoCtime - pidnsInitStart;
  }
}

function dropCloseOnExec(context: StateContext, thread: TrackedThread): void {
  if (thread.fds === null) return;
  unshareFds(thread);
  thread.fds.drop(isCloseOnExec);
  if (thread.fds.size === 0 && thread.fds.processes === 1) {
    thread.fds.release();
    replaceFds(thread, context.newFds());
  }
}

/** Gives a process that shares its descriptors with another (CLONE_FILES) a table of its own. */
function unshareFds(thread: TrackedThread): void {
  const old = thread.fds;
  if (old === null || old.processes === 1) return;
  replaceFds(thread, old.fork());
  old.release();
}

/** Gives another table to a thread and the siblings that share its own. */
function replaceFds(thread: TrackedThread, fds: ProcessFds): void {
  const old = thread.fds;
  thread.fds = fds;
  if (thread.isGrouped) for (const member of thread.group.members) if (member.fds === old) member.fds = fds;
}

/** Executing a program ends all other threads of the process; the leader stays, whoever executed. */
function endSiblings(context: StateContext, thread: TrackedThread): void {
  if (!thread.isGrouped || thread.group.members.length < 2) return;
  for (const member of thread.group.members.slice()) {
    if (member !== thread && !member.isMain) context.threads.remove(member);
  }
}

/** Only marks the thread: rules still see it. */
export function processExit(context: StateContext, event: Event, thread: TrackedThread | null): void {
  if (thread === null) return;
  context.threads.markDead(thread);
  thread.reaperTid = thread.firstChild !== null && event.has(4) ? event.i64(4) : -1;
  context.exiting = thread;
}

function succeeded(event: Event): boolean {
  return event.has(0) && event.i64(0) === 0;
}

/** @param i The parameter with the effective user id. */
function setUser(event: Event, thread: TrackedThread, i: number): void {
  if (!succeeded(event) || !event.has(i) || thread.uid === event.u32(i)) return;
  thread.uid = event.u32(i);
  thread.ruleClass = -1;
}

function setGroup(event: Event, thread: TrackedThread, i: number): void {
  if (!succeeded(event) || !event.has(i) || thread.gid === event.u32(i)) return;
  thread.gid = event.u32(i);
  thread.ruleClass = -1;
}

export function setuidExit(_context: StateContext, event: Event, thread: TrackedThread): void {
  setUser(event, thread, 1);
}

/** setreuid and setresuid. */
export function setreuidExit(_context: StateContext, event: Event, thread: TrackedThread): void {
  setUser(event, thread, 2);
}

export function setgidExit(_context: StateContext, event: Event, thread: TrackedThread): void {
  setGroup(event, thread, 1);
}

/** setregid and setresgid. */
export function setregidExit(_context: StateContext, event: Event, thread: TrackedThread): void {
  setGroup(event, thread, 2);
}

export function setsidExit(_context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(0) || event.i64(0) < 0) return;
  thread.sid = event.i64(0);
  thread.ruleClass = -1;
}

export function capsetExit(_context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(0) || event.i64(0) < 0) return;
  thread.capInheritable = event.big64(1);
  thread.capPermitted = event.big64(2);
  thread.capEffective = event.big64(3);
  thread.ruleClass = -1;
}

function changeNamespaces(thread: TrackedThread, flags: number): void {
  if ((flags & cloneFiles) !== 0) unshareFds(thread);
  if ((flags & cloneNewUser) === 0) return;
  thread.capInheritable = allCapabilities;
  thread.capPermitted = allCapabilities;
  thread.capEffective = allCapabilities;
  thread.ruleClass = -1;
}

export function unshareExit(_context: StateContext, event: Event, thread: TrackedThread): void {
  if (succeeded(event)) changeNamespaces(thread, event.u32(1));
}

export function setnsExit(_context: StateContext, event: Event, thread: TrackedThread): void {
  if (succeeded(event)) changeNamespaces(thread, event.u32(2) & ~cloneFiles);
}

/** Rules see the directory of the leader, and only with the event, so that no class changes. */
function setCwd(context: StateContext, thread: TrackedThread, directory: string): void {
  const { leader } = thread;
  leader.cwd = directoryName(context, joinPath(asPrefix(leader.cwd?.text ?? ''), directory));
}

/** chdir and getcwd: the latter tells where the thread is. */
export function chdirExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(0) || event.i64(0) < 0 || event.paramCount < 2) return;
  // A path that could not be read is told like this everywhere.
  setCwd(context, thread, event.has(1) ? event.text(1) : '<NA>');
}

export function fchdirExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (event.has(0) && event.i64(0) >= 0 && event.fd?.path) setCwd(context, thread, event.fd.path.text);
}

export function chrootExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (!succeeded(event)) return;
  const path = event.text(1);
  thread.root = path === '' ? path : joinPath(asPrefix(thread.leader.cwd?.text ?? ''), path);
  thread.containerId = containerIdOf(thread.cgroups, context.containerRules);
  thread.ruleClass = -1;
}

export function prctlExit(_context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(0) || event.i64(0) < 0 || !thread.isGrouped) return;
  const option = event.u32(1);
  if (option === subreaperOptions.set || option === subreaperOptions.get) thread.group.isReaper = event.i64(3) !== 0;
}

/** getrlimit and setrlimit. */
export function rlimitExit(_context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(0) || event.i64(0) < 0 || event.u8(3) !== rlimitNofile || event.i64(1) === -1) return;
  thread.leader.fdLimit = event.exactI64(1);
}

export function prlimitExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (!succeeded(event) || !event.has(6) || event.u8(6) !== rlimitNofile || event.i64(1) === -1 || !event.has(5))
    return;
  const pid = event.i64(5);
  const target = pid === 0 ? thread : discover(context, pid);
  if (target !== null && !target.isInvalid) target.leader.fdLimit = event.exactI64(1);
}

/** brk, mmap, mmap2 and munmap carry the sizes of the process. */
export function memoryExit(_context: StateContext, event: Event, thread: TrackedThread): void {
  if (event.has(1)) thread.vmSizeKb = event.u32(1);
  if (!event.has(3)) return;
  thread.vmRssKb = event.u32(2);
  thread.vmSwapKb = event.u32(3);
}

export function switchEvent(_context: StateContext, event: Event, thread: TrackedThread | null): void {
  if (thread === null || !event.has(5)) return;
  thread.majorFaults = event.exact64(1);
  thread.minorFaults = event.exact64(2);
  const leader = thread.main;
  if (leader === null) return;
  leader.vmSizeKb = event.u32(3);
  leader.vmRssKb = event.u32(4);
  leader.vmSwapKb = event.u32(5);
}
