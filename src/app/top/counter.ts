import { resultOf } from '../../fields/evt-syscall/result.ts';
import type { Event } from '../../model/event.ts';
import { eventCategories, eventFlags, events, syscallNames } from '../../model/event-table.ts';
import { type Fd, fdFlags } from '../../model/fd.ts';
import { isFile, isIpServer, isIpSocket } from '../../model/fd-text.ts';
import type { PathName } from '../../model/path-name.ts';
import type { Thread } from '../../model/thread.ts';
import type { Rule } from '../../pipeline/pipeline.ts';
import { Tallies, Tally } from './tally.ts';

/** What an event of some type counts as. */
const part = { read: 1, write: 2, open: 4, connect: 8, exec: 16, generic: 32 } as const;

const connectNames = new Set(['connect', 'accept', 'accept4']);
const execNames = new Set(['execve', 'execveat']);
const openNames = new Set(['open', 'openat', 'openat2', 'creat', 'open_by_handle_at']);

/** Parts by event type; 0 for what only counts as an event. Enter events tell of calls that are counted at their end. */
const partsOf: Uint8Array = Uint8Array.from(events, (info) => {
  const io = info.category & (eventCategories.SYSCALL - 1);
  let parts = 0;
  if (io === eventCategories.IO_READ && (info.flags & eventFlags.READS_FROM_FD) !== 0) parts |= part.read;
  if (io === eventCategories.IO_WRITE && (info.flags & eventFlags.WRITES_TO_FD) !== 0) parts |= part.write;
  if (openNames.has(info.name)) parts |= part.open;
  if (connectNames.has(info.name)) parts |= part.connect;
  if (execNames.has(info.name)) parts |= part.exec;
  if (info.code === 'GENERIC_X') parts |= part.generic;
  return parts;
});

/** What container engines and captures themselves say is none of what happens. */
const fromKernel = eventCategories.SYSCALL | eventCategories.TRACEPOINT;
const mostSubjects = 20_000;

/** Counts events by who made them and what they are about, during one interval. */
export class Counter {
  readonly total = new Tally();
  readonly processes = new Tallies<Thread>(mostSubjects);
  readonly containers = new Tallies<string>(mostSubjects);
  readonly syscalls = new Tallies<string>(mostSubjects);
  readonly files = new Tallies<PathName>(mostSubjects);
  readonly connections = new Tallies<Fd>(mostSubjects);
  readonly rules = new Tallies<Rule>(mostSubjects);
  /** The process that was last seen with a connection or rule. */
  readonly lastProcess = new Map<Fd | Rule, Thread>();

  /** @param rules that it matches. */
  count(event: Event, rules: readonly Rule[]): void {
    const parts = partsOf[event.type]!;
    if ((event.info.category & fromKernel) === 0 || (event.info.isEnter && parts !== 0)) return;
    const result = event.info.isEnter ? 0 : resultOf(event);
    const thread = event.thread === null ? null : event.thread.leader;
    this.#add(this.total, parts, result, rules);
    if (thread !== null) {
      this.#add(this.processes.of(thread), parts, result, rules);
      this.#add(this.containers.of(thread.containerId), parts, result, rules);
    }
    const name = (parts & part.generic) === 0 ? event.info.name : (syscallNames[event.u16(0)] ?? 'unknown');
    this.#add(this.syscalls.of(name), parts, result, rules);
    if (event.fd !== null) this.#addFd(event.fd, parts, result, rules, thread);
    for (const rule of rules) {
      this.rules.of(rule).events++;
      if (thread !== null) this.lastProcess.set(rule, thread);
    }
  }

  #addFd(fd: Fd, parts: number, result: number, rules: readonly Rule[], thread: Thread | null): void {
    if (isFile(fd)) {
      if (fd.path !== null && fd.path.text !== '') this.#add(this.files.of(fd.path), parts, result, rules);
      return;
    }
    if (!(isIpSocket(fd) || isIpServer(fd)) || (fd.flags & fdFlags.absent) !== 0) return;
    const tally = this.connections.of(fd);
    this.#add(tally, parts, result, rules);
    if (thread !== null && tally !== this.connections.others) this.lastProcess.set(fd, thread);
  }

  #add(tally: Tally, parts: number, result: number, rules: readonly Rule[]): void {
    tally.events++;
    tally.alerts += rules.length;
    if (result < 0) tally.failed++;
    if (parts === 0) return;
    if ((parts & part.open) !== 0) tally.opens++;
    if ((parts & part.connect) !== 0) tally.connects++;
    if ((parts & part.exec) !== 0) tally.execs++;
    if (result <= 0) return;
    if ((parts & part.read) !== 0) tally.bytesIn += result;
    if ((parts & part.write) !== 0) tally.bytesOut += result;
  }
}
