/** What is counted of a process, a container, a file, ... */
export class Tally {
  events = 0;
  /** Calls that failed. */
  failed = 0;
  opens = 0;
  connects = 0;
  execs = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** Rules that matched. */
  alerts = 0;

  add(other: Tally): void {
    this.events += other.events;
    this.failed += other.failed;
    this.opens += other.opens;
    this.connects += other.connects;
    this.execs += other.execs;
    this.bytesIn += other.bytesIn;
    this.bytesOut += other.bytesOut;
    this.alerts += other.alerts;
  }
}

/** Tallies by what they are of, in bounded number: what comes when it is full is counted together. */
export class Tallies<S> {
  readonly others = new Tally();
  readonly #max: number;
  readonly #tallies = new Map<S, Tally>();
  /** Events of one thread, file, ... often come in a row. */
  #last: S | undefined;
  #lastTally: Tally = this.others;

  constructor(max: number) {
    this.#max = max;
  }

  of(subject: S): Tally {
    if (subject === this.#last) return this.#lastTally;
    let tally = this.#tallies.get(subject);
    if (tally === undefined) {
      if (this.#tallies.size >= this.#max) return this.others;
      tally = new Tally();
      this.#tallies.set(subject, tally);
    }
    this.#last = subject;
    this.#lastTally = tally;
    return tally;
  }

  entries(): Iterable<readonly [S, Tally]> {
    return this.#tallies;
  }
}
