import { encodedHeader, encodeEvent, type EventContent, type ParamValue } from '../../src/capture/encode.ts';
import type { SocketAddress, SocketTuple } from '../../src/capture/encode-value.ts';
import { emptyFd } from '../../src/model/fd-snapshot.ts';
import type { ThreadDraft } from '../../src/capture/process-list.ts';
import { snapshotBlocks } from '../../src/capture/write-snapshot.ts';
import { Event } from '../../src/model/event.ts';
import { fdType } from '../../src/model/fd.ts';
import type { FdSnapshot, Snapshot, ThreadSnapshot } from '../../src/model/machine.ts';
import type { EventSink } from '../../src/model/source.ts';
import {
  baseName,
  cloneCodes,
  cloneValues,
  defaultThreads,
  execCodes,
  execValues,
  forkFlags,
  openCodes,
  threadFlags,
  threadOf,
  tupleTo,
} from './event-values.ts';

export type Values = Readonly<Record<string, ParamValue>>;

/** What may be given with any event: values by parameter name replace the defaults; the rest is of its header. */
export interface Extra {
  readonly tid?: number;
  readonly cpu?: number;
  readonly time?: bigint;
  readonly values?: Values;
}

/** The state at the start; everything may be left out. */
export interface Setup {
  /** Threads known from the start; `pid` is the tid unless given. Without any there is init (tid 1) and bash (tid 100). */
  readonly threads?: readonly (Partial<ThreadSnapshot> & { readonly tid: number })[];
  /** Descriptors by tid; `type` is a file unless given. */
  readonly fds?: Readonly<Record<number, readonly (Partial<FdSnapshot> & { readonly fd: number })[]>>;
  readonly machine?: Partial<Snapshot['machine']>;
  readonly users?: Snapshot['users'];
  readonly groups?: Snapshot['groups'];
  readonly interfaces?: Snapshot['interfaces'];
  /** Time of the first event, nanoseconds since the epoch; each further event is 1 ms later. */
  readonly start?: bigint;
}

export interface CloneOptions extends Extra {
  readonly child: number;
  /** Default: clone. */
  readonly call?: 'clone' | 'fork' | 'vfork' | 'clone3';
  /** A thread of the same process instead of a new process. */
  readonly thread?: boolean;
  /** Which of the two exits are seen, and in which order. Default: parent, then child. */
  readonly seen?: readonly ('parent' | 'child')[];
  /** Ids in the child's own pid namespace, where they differ. */
  readonly vtid?: number;
  readonly vpid?: number;
}

export interface ExecOptions extends Extra {
  /** argv[0]; default: the path. */
  readonly exe?: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  readonly call?: 'execve' | 'execveat';
}

const firstTime = 1_700_000_000_000_000_000n;
const step = 1_000_000n;
/** dirfd of a path relative to the working directory, as the driver writes it. */
const atFdcwd = -100;

/**
 * Writes a course of events tersely:
 *
 *     const run = scenario()                                  // init (1) and bash (100) run already
 *       .clone({ child: 200 })                                // bash forks: both exits
 *       .as(200).execve('/usr/bin/cat', { args: ['/etc/shadow'] })
 *       .openat('/etc/shadow', { fd: 3, flags: 'O_RDONLY' })
 *       .event('SYSCALL_SETUID_X', { res: 0, uid: 33 });
 *     run.feed(state);                                        // any EventSink: snapshot, then each event
 *     for (const event of run.events()) ...                   // or the cursor, placed on each event in turn
 *     writeFileSync('x.scap', run.toCapture());               // or a capture file
 *
 * Every method returns the scenario. Events are of the thread last named by {@link Scenario.as} (at first the last of
 * the setup) unless `tid` says otherwise. Text is byte strings. Any parameter's default is replaced through `values`:
 * a null there makes it unknown.
 */
export function scenario(setup: Setup = {}): Scenario {
  return new Scenario(setup);
}

export class Scenario {
  /** State at the start; tests may change it before they feed it. */
  readonly snapshot: Snapshot;
  /** Every event as a whole block, in order. */
  readonly blocks: Buffer[] = [];
  readonly #threads = new Map<number, ThreadDraft>();
  #tid: number;
  #time: bigint;

  constructor(setup: Setup) {
    const threads = (setup.threads ?? defaultThreads).map(threadOf);
    for (const entry of threads) this.#threads.set(entry.tid, { ...entry });
    this.#tid = threads.at(-1)?.tid ?? 0;
    this.#time = setup.start ?? firstTime;
    this.snapshot = {
      machine: {
        cpus: 2,
        memoryBytes: 1n << 32n,
        maxPid: 32768n,
        hostname: 'host',
        bootTime: firstTime - 3_600_000_000_000n,
        flags: 0n,
        isOwn: false,
        ...setup.machine,
      },
      threads,
      interfaces: setup.interfaces ?? [],
      users: setup.users ?? [{ uid: 0, gid: 0, name: 'root', home: '/root', shell: '/bin/bash' }],
      groups: setup.groups ?? [{ gid: 0, name: 'root' }],
    };
    if (!setup.fds) return;
    this.snapshot.fds = Object.entries(setup.fds).map(([tid, entries]) => ({
      tid: Number(tid),
      entries: entries.map((entry) => ({ ...emptyFd(entry.fd, 0, fdType.file), ...entry })),
    }));
  }

  /** Names the thread of the events that follow. */
  as(tid: number): this {
    this.#tid = tid;
    return this;
  }

  /** Lets time pass before the next event. */
  wait(nanoseconds: bigint): this {
    this.#time += nanoseconds;
    return this;
  }

  /** Any event by its code, with the values by parameter name; what is missing is unknown. */
  event(
    code: string,
    values: Values = {},
    extra: Omit<Extra, 'values'> & Pick<EventContent, 'flags' | 'count'> = {},
  ): this {
    const { tid = this.#tid, time = this.#time, ...rest } = extra;
    this.blocks.push(encodeEvent(code, { ...rest, tid, time, values }));
    this.#time = time + step;
    return this;
  }

  #thread(tid: number): ThreadDraft {
    let known = this.#threads.get(tid);
    if (known === undefined) {
      known = threadOf({ tid });
      this.#threads.set(tid, known);
    }
    return known;
  }

  /** A new process or thread, a copy of its parent: the exits of the call in both. */
  clone(options: CloneOptions): this {
    const parentTid = options.tid ?? this.#tid;
    const parent = this.#thread(parentTid);
    const isThread = options.thread ?? false;
    const { child, call = 'clone' } = options;
    const pid = isThread ? parent.pid : child;
    const vpid = options.vpid ?? (isThread ? parent.vpid : pid);
    const ptid = isThread ? parent.ptid : parent.pid;
    const copy: ThreadDraft = { ...parent, tid: child, pid, ptid, vtid: options.vtid ?? child, vpid };
    this.#threads.set(child, copy);
    const flags = isThread ? threadFlags : forkFlags;
    for (const side of options.seen ?? ['parent', 'child']) {
      const isParent = side === 'parent';
      const values = {
        ...cloneValues(isParent ? parent : copy),
        flags,
        res: isParent ? copy.vtid : 0,
        ...options.values,
      };
      this.event(cloneCodes[call], values, { ...header(options), tid: isParent ? parentTid : child });
    }
    return this;
  }

  /** A successful exec of the program at `path`; for a failed one give `values: { res: -2 }`. */
  execve(path: string, options: ExecOptions = {}): this {
    const current = this.#thread(options.tid ?? this.#tid);
    const call = options.call ?? 'execve';
    const next: ThreadDraft = {
      ...current,
      comm: baseName(path),
      exe: options.exe ?? path,
      exepath: path,
      args: options.args ?? [],
    };
    if (options.env) next.envBytes = options.env.map((item) => `${item}\0`).join('');
    const values: Record<string, ParamValue> = {
      ...execValues(next),
      ...(call === 'execve' ? { filename: path } : {}),
      ...options.values,
    };
    if ((values['res'] ?? 0) === 0) this.#threads.set(current.tid, next);
    return this.event(execCodes[call], values, header(options));
  }

  /** Opens a file by openat (or open, openat2, creat): descriptor 3, read only, unless told otherwise; a negative fd is an error. */
  openat(
    name: string,
    options: Extra & {
      fd?: number;
      flags?: string | number;
      dirfd?: number;
      mode?: number;
      call?: keyof typeof openCodes;
    } = {},
  ): this {
    const call = options.call ?? 'openat';
    const values: Record<string, ParamValue> = {
      fd: options.fd ?? 3,
      name,
      mode: options.mode ?? 0,
      dev: 2049,
      ino: 4711,
    };
    if (call !== 'creat') values['flags'] = options.flags ?? 'O_RDONLY';
    if (call === 'openat' || call === 'openat2') values['dirfd'] = options.dirfd ?? atFdcwd;
    return this.event(openCodes[call], { ...values, ...options.values }, header(options));
  }

  close(fd: number, options: Extra = {}): this {
    return this.event('SYSCALL_CLOSE_X', { res: 0, fd, ...options.values }, header(options));
  }

  socket(
    fd: number,
    domain: string | number = 'AF_INET',
    options: Extra & { type?: number; proto?: number } = {},
  ): this {
    const values = { fd, domain, type: options.type ?? 1, proto: options.proto ?? 0, flags: 0 };
    return this.event('SOCKET_SOCKET_X', { ...values, ...options.values }, header(options));
  }

  /** Connects a socket to `addr`; an IP connection comes from 10.0.0.1:40000 or [fd00::1]:40000 unless `tuple` says so. */
  connect(fd: number, addr: SocketAddress, options: Extra & { res?: number; tuple?: SocketTuple } = {}): this {
    const values = { res: options.res ?? 0, fd, addr, tuple: options.tuple ?? tupleTo(addr) };
    return this.event('SOCKET_CONNECT_X', { ...values, ...options.values }, header(options));
  }

  /** Accepts a connection of `source` at `dest`. */
  accept(fd: number, tuple: SocketTuple, options: Extra = {}): this {
    const values = { fd, tuple, queuepct: 0, queuelen: 0, queuemax: 128, flags: 0, ...options.values };
    return this.event('SOCKET_ACCEPT4_6_X', values, header(options));
  }

  setuid(uid: number, options: Extra = {}): this {
    this.#thread(options.tid ?? this.#tid).uid = uid;
    return this.event('SYSCALL_SETUID_X', { res: 0, uid, ...options.values }, header(options));
  }

  chdir(path: string, options: Extra = {}): this {
    return this.event('SYSCALL_CHDIR_X', { res: 0, path, ...options.values }, header(options));
  }

  /** The thread ends with an exit code. */
  exit(code = 0, options: Extra = {}): this {
    const values = { status: code << 8, ret: code, sig: 0, core: 0, reaper_tid: 0, ...options.values };
    return this.event('PROCEXIT_1_E', values, header(options));
  }

  /**
   * What the container engine says, as an asynchronous `container` event: the keys of the container plugin's JSON (id,
   * full_id, name, image, type (a number), ...). A thread belongs to a container by its cgroups.
   */
  container(info: Readonly<Record<string, unknown>>, options: Extra & { removed?: boolean } = {}): this {
    const name = options.removed ? 'container_removed' : 'container';
    const data = `${Buffer.from(JSON.stringify({ container: info })).toString('latin1')}\0`;
    return this.event('ASYNCEVENT_E', { plugin_id: 0, name, data, ...options.values }, { tid: 0, ...header(options) });
  }

  /** Hands the snapshot and all events to a sink, as a source does. */
  feed(sink: Pick<EventSink, 'snapshot' | 'event'>): void {
    sink.snapshot(this.snapshot);
    for (const block of this.blocks) sink.event(block, viewOf(block), encodedHeader(block), block.readUInt16LE(8));
  }

  /** The event cursor on each event in turn; the same object every time. */
  *events(): Generator<Event> {
    const event = new Event();
    for (const block of this.blocks) {
      event.read(block, viewOf(block), encodedHeader(block), block.readUInt16LE(8));
      event.num++;
      yield event;
    }
  }

  /** The whole as an uncompressed capture file. */
  toCapture(): Buffer {
    return Buffer.concat([...snapshotBlocks(this.snapshot), ...this.blocks]);
  }
}

export function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function header({ tid, cpu, time }: Extra): Omit<Extra, 'values'> {
  return {
    ...(tid === undefined ? {} : { tid }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(time === undefined ? {} : { time }),
  };
}
