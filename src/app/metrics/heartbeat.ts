/** Looks in a row that show a standstill before it counts as one. */
const patience = 2;

/**
 * Tells a pipeline that stands still from a machine where nothing happens: only where events are lost and none
 * arrives does nobody take them any more. It is over that again with the first event.
 */
export class Heartbeat {
  #events = 0;
  #lost = 0;
  #strikes = 0;

  /** To be called every few seconds, with all that arrived and all that was lost so far. */
  look(events: number, lost: number): void {
    if (events !== this.#events) this.#strikes = 0;
    else if (lost > this.#lost) this.#strikes++;
    this.#events = events;
    this.#lost = lost;
  }

  get isAlive(): boolean {
    return this.#strikes < patience;
  }
}
