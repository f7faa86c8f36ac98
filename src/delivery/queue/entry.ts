import type { Notice } from '../../model/notice.ts';

/** A notice in the queue. */
export interface Entry {
  /** Rises by one with each notice taken; never used twice. */
  readonly sequence: number;
  /** When it was accepted; milliseconds since the epoch. */
  readonly time: number;
  /** Index in `priorities`. */
  readonly priority: number;
  /** The only output it is for; undefined: all. */
  readonly target: string | undefined;
  /** Of its JSON, roughly. */
  readonly bytes: number;
  readonly notice: Notice;
}
