import type { LogFields } from '../base/log.ts';
import { decodeBytes } from '../base/utf8.ts';
import { events } from '../model/event-table.ts';
import type { LossDetails } from '../model/source.ts';

const mostShown = 3;

/** Who made the events that were lost, on which CPUs they happened and what they were: the most frequent of each, for the log. */
export function lossFields(details: LossDetails | undefined): LogFields {
  if (details === undefined) return {};
  const { culprits, byCpu, byEvent } = details;
  const most = (counts: ReadonlyMap<number, number>, name: (key: number) => string): string =>
    [...counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, mostShown)
      .map(([key, count]) => `${name(key)} (${count})`)
      .join(', ');
  return {
    by: culprits
      .slice(0, mostShown)
      .map(({ pid, name, drops }) => (pid === 0 ? `others (${drops})` : `${decodeBytes(name)}[${pid}] (${drops})`))
      .join(', '),
    events: most(byEvent, (code) => events[code]?.name ?? String(code)),
    cpus: most(byCpu, String),
  };
}
