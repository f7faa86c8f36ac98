import type { SessionCounts } from './session-types.ts';
import { Heartbeat } from './metrics/heartbeat.ts';
import { sum } from './metrics/measures.ts';

const lookMs = 5000;
/** Looks in a row at which alerts waited and none was delivered, until outputs count as stuck. */
const outputPatience = 6;

type Counts = Pick<SessionCounts, 'events' | 'eventsLost' | 'alertsWaiting' | 'alertsDelivered'>;

/** Whether a session is well: events are taken from the kernel, alerts from the queue. */
export class Health {
  readonly #heartbeat = new Heartbeat();
  #delivered = 0;
  #strikes = 0;
  #isReady = false;
  #timer: NodeJS.Timeout | undefined;

  /** The session sees what happens from now on. */
  begin(counts: () => Counts): void {
    this.#isReady = true;
    this.#timer = setInterval(() => this.look(counts()), lookMs).unref();
  }

  /** It sees nothing any more. */
  end(): void {
    this.#isReady = false;
    clearInterval(this.#timer);
  }

  /** One look; to be called every few seconds. */
  look({ events, eventsLost, alertsWaiting, alertsDelivered }: Counts): void {
    this.#heartbeat.look(events, sum(eventsLost));
    const isStanding = alertsWaiting > 0 && alertsDelivered === this.#delivered;
    this.#strikes = isStanding ? this.#strikes + 1 : 0;
    this.#delivered = alertsDelivered;
  }

  /** What is wrong, in words; undefined: nothing. */
  get problem(): string | undefined {
    if (!this.#heartbeat.isAlive) return 'events are lost and none arrives';
    return this.#strikes < outputPatience ? undefined : 'the outputs take no alerts';
  }

  /** Whether it sees what happens: sensor attached, rules loaded, and nothing is wrong. */
  get isReady(): boolean {
    return this.#isReady && this.problem === undefined;
  }
}
