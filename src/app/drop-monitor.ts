import type { Priority } from '../model/alert.ts';
import { countKinds } from './metrics/drop-kinds.ts';

/** `syscall_event_drops` of a configuration. */
export interface DropSettings {
  /** Part of the events since the last look that may be lost without action. */
  readonly threshold: number;
  readonly actions: readonly ('ignore' | 'log' | 'alert' | 'exit')[];
  /** Actions a second, and how many at once. */
  readonly rate: number;
  readonly maxBurst: number;
}

interface DropActions {
  log(level: 'debug' | 'critical', message: string): void;
  alert(priority: Priority, rule: string, message: string, fields: Readonly<Record<string, string>>): void;
  exit(): void;
}

const rule = 'Falco internal: syscall event drop';

/** Kinds of drops that this sensor does not have; readers of the alert expect their names. */
const otherFields = ['n_drops_scratch_map', 'n_drops_page_faults', 'n_drops_bug'];

interface Loss {
  readonly count: number;
  /** Of all events since the last look. */
  readonly total: number;
  readonly byEvent: ReadonlyMap<number, number>;
}

/** Acts on lost events as syscall_event_drops of the configuration says, so often as its token bucket allows. */
export class DropMonitor {
  /** Looks that found more lost than the threshold allows. */
  detected = 0;
  /** Those on which something was done. */
  acted = 0;
  readonly #settings: DropSettings;
  readonly #actions: DropActions;
  #lastEvents = 0;
  #tokens: number;
  #lastTime: number | undefined;

  constructor(settings: DropSettings, actions: DropActions) {
    this.#settings = settings;
    this.#actions = actions;
    this.#tokens = settings.maxBurst;
  }

  /** @param events all that arrived so far. @param now milliseconds. @param byEvent lost events by their codes. */
  lost(count: number, events: number, now: number, byEvent: ReadonlyMap<number, number> = new Map()): void {
    const total = events - this.#lastEvents + count;
    this.#lastEvents = events;
    if (count / total <= this.#settings.threshold) return;
    this.detected++;
    if (!this.#claim(now)) {
      this.#actions.log('debug', 'events were lost, but nothing is done so soon after the last time');
      return;
    }
    this.acted++;
    const message = `${rule}. ${count} system calls dropped in last second.`;
    for (const action of this.#settings.actions) this.#act(action, message, { count, total, byEvent });
  }

  #claim(now: number): boolean {
    const { rate, maxBurst } = this.#settings;
    const passed = this.#lastTime === undefined ? 0 : (now - this.#lastTime) / 1000;
    this.#lastTime = now;
    this.#tokens = Math.min(maxBurst, this.#tokens + passed * rate);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #act(action: DropSettings['actions'][number], message: string, { count, total, byEvent }: Loss): void {
    switch (action) {
      case 'ignore':
        return;
      case 'log':
        this.#actions.log('debug', message);
        return;
      case 'alert': {
        const known = { n_evts: total, n_drops: count, n_drops_buffer_total: count, ebpf_enabled: 1 };
        const kinds = Object.entries(countKinds(byEvent)).map(([kind, n]) => [`n_drops_buffer_${kind}_exit`, n]);
        const others = otherFields.map((name) => [name, 0]);
        const fields = [...Object.entries(known), ...kinds, ...others].map(([name, value]) => [name, String(value)]);
        this.#actions.alert('Debug', rule, message, Object.fromEntries(fields) as Record<string, string>);
        return;
      }
      case 'exit':
        this.#actions.log('critical', message);
        this.#actions.log('critical', 'Exiting.');
        this.#actions.exit();
    }
  }
}
