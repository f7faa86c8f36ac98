import { priorities } from '../../model/alert.ts';

/** Numbers of what is in memory, by priority: which one goes first when there is no room. */
export class MemoryOrder {
  readonly #queues = priorities.map(() => ({ numbers: [] as number[], head: 0 }));

  push(priority: number, sequence: number): void {
    this.#queues[priority]!.numbers.push(sequence);
  }

  /** Takes the oldest of the lowest priority; undefined: there is none. */
  take(): number | undefined {
    const queue = this.#queues.findLast(({ numbers, head }) => head < numbers.length);
    return queue?.numbers[queue.head++];
  }

  /** Drops what lies below a number. */
  trimTo(low: number): void {
    for (const queue of this.#queues) {
      while (queue.head < queue.numbers.length && queue.numbers[queue.head]! < low) queue.head++;
      if (queue.head < 1024 || queue.head * 2 < queue.numbers.length) continue;
      queue.numbers = queue.numbers.slice(queue.head);
      queue.head = 0;
    }
  }
}
