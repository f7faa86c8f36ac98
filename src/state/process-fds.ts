import type { Fd } from '../model/fd.ts';
import type { FdTable } from '../model/thread.ts';

/** How many descriptors all processes together may hold, and what the bound cost. */
export interface FdBudget {
  readonly maxPerProcess: number;
  readonly max: number;
  used: number;
  /** Descriptors that were not kept because a table or the budget was full. */
  dropped: number;
  added: number;
  removed: number;
}

/** Storage of one or more tables that are still equal. */
class Store {
  /**
   * By number; numbers far beyond the others lie in `far`. Never empty, so that the engine takes it for an array of objects
   * from the first: another kind of array would have all code that reads it compiled again.
   */
  near: (Fd | null)[] = [null];
  /** None of its numbers is below the length of `near`. */
  far: Map<number, Fd> | null = null;
  size = 0;
  users = 1;
}

const nearSlack = 64;
const maxNear = 65_536;

/** Makes room for a number: what lies in `far` up to there moves along. */
function growNear({ near, far }: Store, number: number): void {
  while (near.length <= number) {
    const moved = far?.get(near.length) ?? null;
    if (moved !== null) far?.delete(near.length);
    near.push(moved);
  }
}

/**
 * Descriptors of a process. A fork shares the storage with its parent until one of both changes it, so that a child
 * that executes a program or exits at once never copies anything.
 */
export class ProcessFds implements FdTable {
  /** Processes that share this very table (CLONE_FILES). */
  processes = 1;
  readonly #budget: FdBudget;
  #store: Store;

  constructor(budget: FdBudget, store = new Store()) {
    this.#budget = budget;
    this.#store = store;
  }

  get size(): number {
    return this.#store.size;
  }

  get(number: number): Fd | undefined {
    const store = this.#store;
    if (number >= 0 && number < store.near.length) return store.near[number] ?? undefined;
    return store.far === null ? undefined : store.far.get(number);
  }

  *entries(): Iterable<readonly [number, Fd]> {
    const { near, far } = this.#store;
    for (let i = 0; i < near.length; i++) {
      const fd = near[i];
      if (fd) yield [i, fd];
    }
    if (far !== null) yield* far;
  }

  /** A table for a forked process with the same descriptors. */
  fork(): ProcessFds {
    this.#store.users++;
    return new ProcessFds(this.#budget, this.#store);
  }

  /** @returns false when there was no room; then the table is as before. */
  set(number: number, fd: Fd): boolean {
    if (!(number >= 0 && number <= 0x7fffffff)) return false;
    const isNew = this.get(number) === undefined;
    const budget = this.#budget;
    if (isNew && (this.#store.size >= budget.maxPerProcess || budget.used >= budget.max)) {
      budget.dropped++;
      return false;
    }
    const store = this.#own();
    if (isNew) {
      store.size++;
      budget.used++;
      budget.added++;
    }
    const near = store.near;
    if (number < near.length) near[number] = fd;
    else if (number < maxNear && number < near.length * 2 + nearSlack) {
      growNear(store, number);
      near[number] = fd;
    } else {
      store.far ??= new Map();
      store.far.set(number, fd);
    }
    return true;
  }

  delete(number: number): void {
    if (this.get(number) === undefined) return;
    const store = this.#own();
    if (number < store.near.length) store.near[number] = null;
    else store.far?.delete(number);
    store.size--;
    this.#budget.used--;
    this.#budget.removed++;
  }

  /** Removes the descriptors for which `isGone` holds. */
  drop(isGone: (fd: Fd, number: number) => boolean): void {
    const { near, far } = this.#store;
    for (let number = 0; number < near.length; number++) {
      const fd = near[number];
      if (fd && isGone(fd, number)) this.delete(number);
    }
    if (far !== null) for (const [number, fd] of far) if (isGone(fd, number)) this.delete(number);
  }

  /** The process that held this table is gone, or holds another one now. */
  release(): void {
    if (--this.processes > 0) return;
    this.#leave();
    this.#store = new Store();
  }

  #leave(): void {
    const store = this.#store;
    store.users--;
    if (store.users === 0) this.#budget.used -= store.size;
  }

  /** The storage for this table alone. */
  #own(): Store {
    const old = this.#store;
    if (old.users === 1) return old;
    old.users--;
    const copy = new Store();
    copy.near = old.near.slice();
    copy.far = old.far === null ? null : new Map(old.far);
    copy.size = old.size;
    this.#budget.used += copy.size;
    this.#store = copy;
    return copy;
  }
}
