import type { Notice } from '../../model/notice.ts';
import { valueJson } from '../notices/values.ts';
import type { GroupingSettings } from '../settings.ts';
import type { HeldBack } from './summary.ts';

interface Group {
  /** Milliseconds since the epoch. */
  readonly end: number;
  first: Notice | undefined;
  count: number;
  until: bigint;
}

/** The first of a kind goes out at once; the others of the window are counted. Windows follow each other by need. */
export class Grouping {
  readonly #settings: GroupingSettings;
  /** In the order of their ends: all windows have the same length. */
  readonly #groups = new Map<string, Group>();

  constructor(settings: GroupingSettings) {
    this.#settings = settings;
  }

  #key(notice: Notice): string {
    let key = notice.rule;
    for (const name of this.#settings.fields) key += `\0${valueJson(notice.fields.get(name) ?? null)}`;
    return key;
  }

  /** Whether a notice is held back, to be told of in a summary. `due` has to be called before. */
  holds(notice: Notice, now: number): boolean {
    const key = this.#key(notice);
    const group = this.#groups.get(key);
    if (group !== undefined) {
      group.first ??= notice;
      group.count++;
      group.until = notice.time;
      return true;
    }
    // Too many kinds: better ungrouped than unheard.
    if (this.#groups.size < this.#settings.groups) {
      this.#groups.set(key, { end: now + this.#settings.windowMs, first: undefined, count: 0, until: notice.time });
    }
    return false;
  }

  /** Takes out the groups whose window has ended, or all. */
  due(now: number): HeldBack[] {
    const found: HeldBack[] = [];
    for (const [key, { end, first, count, until }] of this.#groups) {
      if (end > now) break;
      this.#groups.delete(key);
      if (first !== undefined) found.push({ reason: 'grouped', first, count, until });
    }
    return found;
  }

  /** When the next window ends. */
  get nextDue(): number | undefined {
    for (const { end } of this.#groups.values()) return end;
    return undefined;
  }
}
