import type { Place } from '../queue/cursor-file.ts';

/** A batch under way, or done before one that started earlier. */
export interface Span {
  readonly first: number;
  last: number;
  isDone: boolean;
}

/** Which batches are done, in the order in which they started: from this follows what would be sent again after a crash. */
export class Acks {
  /** Under way, and between them what is done already; neighbours that are done are one. */
  #spans: Span[] = [];

  get isIdle(): boolean {
    return this.#spans.length === 0;
  }

  start(first: number, last: number): Span {
    const span = { first, last, isDone: false };
    this.#spans.push(span);
    return span;
  }

  finish(span: Span): void {
    span.isDone = true;
    const kept: Span[] = [];
    for (const each of this.#spans) {
      const before = kept.at(-1);
      if (!each.isDone) kept.push(each);
      // What is done at the front is below all that is needed.
      else if (before?.isDone === true) before.last = each.last;
      else if (before !== undefined) kept.push(each);
    }
    this.#spans = kept;
  }

  /** @param next the first that no batch has been made of. */
  place(next: number): Place {
    const [head] = this.#spans;
    if (head === undefined) return { low: next, done: [] };
    const done = this.#spans.filter(({ isDone }) => isDone).map(({ first, last }) => [first, last] as const);
    return { low: head.first, done };
  }
}
