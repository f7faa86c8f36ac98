const capacity = 8192;
const maxAgeNs = 2e9;

/**
 * The last threads that exited. The parent's side of a clone can come after the child's exit; then it must not bring
 * the child back to life.
 */
export class RecentExits {
  readonly #tids = new Float64Array(capacity).fill(-1);
  readonly #ptids = new Float64Array(capacity);
  readonly #times = new Float64Array(capacity);
  /** Place of a thread id's latest exit. */
  readonly #places = new Map<number, number>();
  #next = 0;

  add(tid: number, ptid: number, timeNs: number): void {
    const place = this.#next;
    const old = this.#tids[place]!;
    if (this.#places.get(old) === place) this.#places.delete(old);
    this.#tids[place] = tid;
    this.#ptids[place] = ptid;
    this.#times[place] = timeNs;
    this.#places.set(tid, place);
    this.#next = (place + 1) % capacity;
  }

  /** Whether the thread exited as a child of `ptid` within the last two seconds. */
  has(tid: number, ptid: number, timeNs: number): boolean {
    const place = this.#places.get(tid);
    if (place === undefined || this.#ptids[place] !== ptid) return false;
    const age = timeNs - this.#times[place]!;
    return age >= 0 && age < maxAgeNs;
  }
}
