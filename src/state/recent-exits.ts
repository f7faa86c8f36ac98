/** A power of two. */
const capacity = 8192;
const maxAgeNs = 2e9;

/**
 * The last threads that exited, by the last bits of their ids. The parent's side of a clone can come after the child's
 * exit; then it must not bring the child back to life.
 */
export class RecentExits {
  readonly #tids = new Float64Array(capacity).fill(-1);
  readonly #ptids = new Float64Array(capacity);
  readonly #times = new Float64Array(capacity);

  add(tid: number, ptid: number, timeNs: number): void {
    const place = tid & (capacity - 1);
    this.#tids[place] = tid;
    this.#ptids[place] = ptid;
    this.#times[place] = timeNs;
  }

  /** Whether the thread exited as a child of `ptid` within the last two seconds. */
  has(tid: number, ptid: number, timeNs: number): boolean {
    const place = tid & (capacity - 1);
    if (this.#tids[place] !== tid || this.#ptids[place] !== ptid) return false;
    const age = timeNs - this.#times[place]!;
    return age >= 0 && age < maxAgeNs;
  }
}
