import { constants } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Group, User } from '../model/machine.ts';
import { parseGroups, parseUsers } from '../sources/linux/procfs/accounts.ts';

/** The accounts of one container. */
export interface Accounts {
  readonly users: readonly User[];
  readonly groups: readonly Group[];
}

/** Processes that are in a container now. */
export interface Inhabitants {
  /** The one that came first. */
  readonly first: number;
  /** When that one came, nanoseconds since the epoch; 0: not known. */
  readonly since: bigint;
  /** The one that came last. */
  last: number;
}

interface Parts {
  /** Where the host's file system lies when Saker runs in a container. */
  readonly hostRoot: string;
  readonly processesOf: (id: string) => Inhabitants | undefined;
  readonly onFound: (id: string, accounts: Accounts) => void;
  /** {@link ContainerAccounts.isSought} says something else from now on. */
  readonly onSettled: (id: string) => void;
  readonly note: (message: string, fields: { container: string }) => void;
}

/**
 * Milliseconds between looks at a process, at first and at most: the first one of a container begins with the root of the host,
 * and some keep it.
 */
const lookMs = 5;
const longestLookMs = 50;
/** Milliseconds between looks for a process. */
const emptyMs = 20;
/** Milliseconds for which a container that is new may have no process with a root of its own... */
const seekMs = 3000;
/** ... and where somebody waits for names. */
const urgentMs = 150;
/** Milliseconds until a container is looked at again. */
const againMs = 10_000;
/** Milliseconds for one reading. Whoever made the container may have put anything in place of the files, also what never answers. */
const patienceMs = 2000;
const maxBytes = 1 << 20;
const maxEntries = 1024;
const maxSought = 256;
const maxKnown = 4096;

interface Search {
  /** By performance.now(). */
  deadline: number;
  /** A process that was seen. */
  pid: number | undefined;
}

const cautious = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/**
 * Reads the users and groups of containers from their own /etc, by the root directories of their processes. One file is read at a
 * time, aside from events; when that takes too long no more are read, so that a container can hold up nothing.
 */
export class ContainerAccounts {
  readonly #parts: Parts;
  readonly #sought = new Map<string, Search>();
  /** Until when a container is not looked at again, by performance.now(). */
  readonly #known = new Map<string, number>();
  #turn: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A container has appeared: its accounts are read as soon as it has some. */
  prefetch(id: string): void {
    this.#begin(id, seekMs, undefined);
  }

  /** Names are asked for that a process of the container needs. @returns whether they may yet become known. */
  need(id: string, pid: number): boolean {
    const search = this.#sought.get(id);
    if (search === undefined) return this.#begin(id, urgentMs, pid);
    search.pid = pid;
    search.deadline = Math.min(search.deadline, performance.now() + urgentMs);
    return true;
  }

  /** Whether the accounts of a container may yet become known. */
  isSought(id: string): boolean {
    return this.#sought.has(id);
  }

  /** Ends all searches. */
  close(): void {
    this.#isOver = true;
  }

  /** @returns whether a search has begun. */
  #begin(id: string, milliseconds: number, pid: number | undefined): boolean {
    const now = performance.now();
    if (this.#isOver || this.#sought.has(id) || this.#sought.size >= maxSought) return false;
    if (now < (this.#known.get(id) ?? 0)) return false;
    const search = { deadline: now + milliseconds, pid };
    this.#sought.set(id, search);
    void this.#seek(id, search);
    return true;
  }

  async #seek(id: string, search: Search): Promise<void> {
    let accounts: Accounts | undefined;
    const begin = performance.now();
    while (!this.#isOver) {
      const inhabitants = this.#parts.processesOf(id);
      const pids = inhabitants === undefined ? [search.pid] : [inhabitants.last, inhabitants.first];
      // Who still has the root of the host then, is to have it.
      const isLast = performance.now() >= search.deadline || isOld(inhabitants);
      for (const pid of new Set(pids)) {
        if (pid === undefined || accounts !== undefined) continue;
        accounts = await this.#inTurn(() => this.#patiently(id, this.#read(id, pid, isLast)));
      }
      if (accounts !== undefined || isLast) break;
      const rest = Math.min(Math.max(lookMs, (performance.now() - begin) / 10), longestLookMs);
      await sleep(pids[0] === undefined ? emptyMs : rest, undefined, { ref: false });
    }
    this.#sought.delete(id);
    if (this.#known.size >= maxKnown) this.#known.clear();
    this.#known.set(id, performance.now() + againMs);
    if (accounts !== undefined) this.#parts.onFound(id, accounts);
    this.#parts.onSettled(id);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.then(() => undefined);
    return result;
  }

  /** Work that may never end: then it was the last. */
  async #patiently<T>(id: string, work: Promise<T>): Promise<T | undefined> {
    const tooLong = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      this.#isOver = true;
      this.#parts.note('the accounts of a container take too long to read: from now on none are', { container: id });
      tooLong.resolve(undefined);
    }, patienceMs);
    timer.unref();
    try {
      return await Promise.race([work, tooLong.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** undefined: there is nothing to be read, or not yet. */
  async #read(id: string, pid: number, mayBeHost: boolean): Promise<Accounts | undefined> {
    const place = `${this.#parts.hostRoot}/proc/${pid}`;
    try {
      const [own, host] = await Promise.all([stat(`${place}/root/`), stat(`${this.#parts.hostRoot}/`)]);
      if (!mayBeHost && own.dev === host.dev && own.ino === host.ino) return undefined;
      const users = parseUsers(await readCautiously(`${place}/root/etc/passwd`)).slice(0, maxEntries);
      const groups = parseGroups(await readCautiously(`${place}/root/etc/group`)).slice(0, maxEntries);
      // Meanwhile another process may have got its number.
      const cgroups = await readFile(`${place}/cgroup`, 'latin1');
      return cgroups.includes(id) ? { users, groups } : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Whether a container has been there for so long that its first process has the root that it keeps. */
function isOld(inhabitants: Inhabitants | undefined): boolean {
  if (inhabitants === undefined || inhabitants.since === 0n) return false;
  return Date.now() - Number(inhabitants.since) / 1e6 > seekMs;
}

/** A plain file of bounded size, as a byte string; '' where there is none. */
async function readCautiously(path: string): Promise<string> {
  let file: FileHandle;
  try {
    file = await open(path, cautious);
  } catch {
    return '';
  }
  try {
    const about = await file.stat();
    if (!about.isFile()) return '';
    const bytes = Buffer.alloc(Math.min(about.size, maxBytes));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.latin1Slice(0, bytesRead);
  } finally {
    await file.close();
  }
}
