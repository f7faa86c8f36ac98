/** Time as the delivery sees it, so that tests decide how it passes. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment; goes on evenly where `now` is set forward or back. */
  steady(): number;
  /** Calls once after so many milliseconds; the result cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** More than a timer can wait would fire at once. */
const longest = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, longest));
    return () => clearTimeout(timer);
  },
};
