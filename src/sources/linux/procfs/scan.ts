import os from 'node:os';
import type { FdSnapshot, MachineInfo, Snapshot, ThreadSnapshot } from '../../../model/machine.ts';
import { readGroups, readInterfaces, readUsers } from './accounts.ts';
import { readFds } from './fds.ts';
import { readSockets, type SocketEntry } from './sockets.ts';
import { listNumbers, readLink, readText } from './text.ts';
import { bootOf, readThread, startOf, type ThreadSource } from './thread.ts';

/**
 * Reads processes from /proc. Sockets and starts of namespaces are remembered while one reader is used, since many
 * processes share them: use a new one for each scan or look-up.
 */
export class ProcReader implements ThreadSource {
  readonly proc: string;
  readonly boot: bigint | undefined;
  readonly #root: string;
  readonly #sockets = new Map<string, Map<number, SocketEntry>>();
  readonly #starts = new Map<string, bigint>();

  /** `root` is where the host's file system lies: '' here, or a mount in a container. */
  constructor(root: string) {
    this.#root = root;
    this.proc = `${root}/proc`;
    this.boot = bootOf(readText(`${this.proc}/uptime`), Date.now());
  }

  pidnsStart(namespace: string | undefined): bigint {
    return namespace === undefined ? 0n : (this.#starts.get(namespace) ?? 0n);
  }

  /** A process is the first of its namespace when it is number 1 there. */
  #noteNamespace(pid: number): void {
    const folder = `${this.proc}/${pid}`;
    const list = /^NSpid:\s*(.*)$/m.exec(readText(`${folder}/status`) ?? '')?.[1];
    // Some machines hide the first process's namespace even from root; it is then the one that Saker is in.
    const own = pid === 1 && this.#root === '' ? readLink(`${this.proc}/self/ns/pid`) : undefined;
    const namespace = readLink(`${folder}/ns/pid`) ?? own;
    if (list === undefined || namespace === undefined || list.split(/\s+/).at(-1) !== '1') return;
    this.#starts.set(namespace, startOf(readText(`${folder}/stat`) ?? ''));
  }

  #socketsOf(pid: number): ReadonlyMap<number, SocketEntry> {
    const folder = `${this.proc}/${pid}`;
    const namespace = readLink(`${folder}/ns/net`) ?? '';
    let table = this.#sockets.get(namespace);
    if (table === undefined) {
      table = readSockets(folder);
      this.#sockets.set(namespace, table);
    }
    return table;
  }

  fds(pid: number, between?: () => void): FdSnapshot[] {
    return readFds(`${this.proc}/${pid}`, this.#socketsOf(pid), between);
  }

  /** One thread and the descriptors of its process; undefined when it is gone. */
  lookup(tid: number): { thread: ThreadSnapshot; fds: FdSnapshot[] } | undefined {
    const pid = Number(/^Tgid:\s*(\d+)/m.exec(readText(`${this.proc}/${tid}/status`) ?? '')?.[1]);
    if (!Number.isInteger(pid)) return undefined;
    const thread = readThread(this, pid, tid);
    return thread === undefined ? undefined : { thread, fds: this.fds(pid) };
  }

  /**
   * The whole machine, or some of its processes. Processes that end during the scan are left out. `between` is called
   * after each process, and more often where one has many descriptors, since a large machine takes seconds.
   */
  scan(between: () => void = () => undefined, only?: readonly number[]): Snapshot {
    const threads: ThreadSnapshot[] = [];
    const fds: { tid: number; entries: FdSnapshot[] }[] = [];
    const pids = only ?? listNumbers(this.proc);
    for (const pid of pids) this.#noteNamespace(pid);
    for (const pid of pids) {
      const main = readThread(this, pid, pid);
      if (main === undefined) continue;
      threads.push(main);
      for (const tid of listNumbers(`${this.proc}/${pid}/task`)) {
        const thread = tid === pid ? undefined : readThread(this, pid, tid);
        if (thread !== undefined) threads.push(thread);
      }
      fds.push({ tid: pid, entries: this.fds(pid, between) });
      between();
    }
    return {
      machine: machineInfo(this.proc),
      threads,
      fds,
      users: readUsers(this.#root),
      groups: readGroups(this.#root),
      interfaces: readInterfaces(),
    };
  }
}

function machineInfo(proc: string): MachineInfo {
  const boot = /^btime (\d+)/m.exec(readText(`${proc}/stat`) ?? '')?.[1] ?? '0';
  return {
    cpus: os.availableParallelism(),
    memoryBytes: BigInt(os.totalmem()),
    maxPid: BigInt((readText(`${proc}/sys/kernel/pid_max`) ?? '0').trim()),
    hostname: os.hostname(),
    bootTime: BigInt(boot) * 1_000_000_000n,
    flags: 0n,
    isOwn: true,
  };
}

/** Processes and all that they descend from, the eldest first. */
export function withAncestors(pids: readonly number[]): number[] {
  const found = new Set<number>();
  for (let at of pids) {
    const line: number[] = [];
    while (at > 0 && !found.has(at) && !line.includes(at)) {
      line.unshift(at);
      at = Number(/^PPid:\s*(\d+)/m.exec(readText(`/proc/${at}/status`) ?? '')?.[1] ?? 0);
    }
    for (const pid of line) found.add(pid);
  }
  return [...found];
}

/** For the state's hook on threads that no event told of. */
export function lookupThread(tid: number, root = ''): { thread: ThreadSnapshot; fds: FdSnapshot[] } | undefined {
  return new ProcReader(root).lookup(tid);
}
