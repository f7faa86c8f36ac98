import type { EventGetter, Value } from './field.ts';

/**
 * A getter that keeps something from event to event: read again for the same event, by whatever check of whatever rule,
 * it gives what it gave before.
 */
export function oncePerEvent<V extends Value>(get: EventGetter<V>): EventGetter<V> {
  let num = -1;
  let time = -1n;
  let value: V | null = null;
  return (event, machine) => {
    if (event.num !== num || event.time !== time) {
      value = get(event, machine);
      ({ num, time } = event);
    }
    return value;
  };
}
