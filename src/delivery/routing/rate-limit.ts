import type { Notice } from '../../model/notice.ts';
import type { RateLimitSettings } from '../settings.ts';
import type { HeldBack } from './summary.ts';

interface Bucket {
  tokens: number;
  filled: number;
  first: Notice | undefined;
  count: number;
  until: bigint;
  /** When what was held back is told of. */
  due: number;
}

/** A bucket of tokens for each rule. */
export class RateLimit {
  readonly #settings: RateLimitSettings;
  /** The least recently used first. */
  readonly #buckets = new Map<string, Bucket>();
  /** Those that hold something back, in the order in which they are due. */
  readonly #holding = new Map<string, Bucket>();

  constructor(settings: RateLimitSettings) {
    this.#settings = settings;
  }

  #bucket(rule: string, now: number): Bucket | undefined {
    const { burst, rules } = this.#settings;
    let bucket = this.#buckets.get(rule);
    if (bucket === undefined) {
      if (this.#buckets.size >= rules && !this.#forgetOne(now)) return undefined;
      bucket = { tokens: burst, filled: now, first: undefined, count: 0, until: 0n, due: 0 };
    } else {
      this.#buckets.delete(rule);
    }
    this.#buckets.set(rule, bucket);
    return bucket;
  }

  /** Makes room by a rule whose bucket is full again, which is as if it had never been there. */
  #forgetOne(now: number): boolean {
    for (const [rule, bucket] of this.#buckets) {
      this.#fill(bucket, now);
      if (bucket.tokens < this.#settings.burst || bucket.first !== undefined) return false;
      this.#buckets.delete(rule);
      return true;
    }
    return false;
  }

  #fill(bucket: Bucket, now: number): void {
    const { burst, perSecond } = this.#settings;
    const elapsed = Math.max(0, now - bucket.filled) / 1000;
    bucket.tokens = Math.min(burst, bucket.tokens + elapsed * perSecond);
    bucket.filled = now;
  }

  /** Whether a notice is held back, to be told of in a summary. */
  holds(notice: Notice, now: number): boolean {
    const bucket = this.#bucket(notice.rule, now);
    if (bucket === undefined) return false;
    this.#fill(bucket, now);
    if (bucket.tokens >= 1) {
      bucket.tokens--;
      return false;
    }
    if (bucket.first === undefined) {
      bucket.first = notice;
      bucket.due = now + this.#settings.summaryMs;
      this.#holding.set(notice.rule, bucket);
    }
    bucket.count++;
    bucket.until = notice.time;
    return true;
  }

  /** Takes out what is to be told now, or all. */
  due(now: number): HeldBack[] {
    const found: HeldBack[] = [];
    for (const [rule, bucket] of this.#holding) {
      if (bucket.due > now) break;
      this.#holding.delete(rule);
      const { first, count, until } = bucket;
      if (first !== undefined) found.push({ reason: 'limited', first, count, until });
      bucket.first = undefined;
      bucket.count = 0;
    }
    return found;
  }

  get nextDue(): number | undefined {
    for (const { due } of this.#holding.values()) return due;
    return undefined;
  }
}
