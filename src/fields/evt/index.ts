import type { Event } from '../../model/event.ts';
import { type EventInfo, eventByCode, eventCategories } from '../../model/event-table.ts';
import { type EventGetter, eventField, type FieldOptions, fieldClass } from '../../model/field.ts';
import { clockText, iso8601Text } from '../../model/format.ts';

const second = 1_000_000_000n;
const asyncEvent = eventByCode('ASYNCEVENT_E').id;
const pluginEvent = eventByCode('PLUGINEVENT_E').id;

/** In JSON a time is its nanoseconds since the epoch, whatever the field shows as text. */
const shownAsNumber: FieldOptions = { shown: (_arg, how) => (how.json ? (event) => event.time : undefined) };

function isMeta(info: EventInfo): boolean {
  return (info.category & eventCategories.METAEVENT) !== 0;
}

function small(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function sinceFirst(part: (time: bigint) => bigint): EventGetter<number | bigint> {
  return (event, machine) => {
    // The first event is the first that is no mere note of the capture; before it, this is the time since the epoch.
    const first = machine.firstEventTime;
    return small(part(event.time < first ? 0n : event.time - first));
  };
}

function asyncName(event: Event): string | null {
  if (!isMeta(event.info)) return null;
  return event.type === asyncEvent ? event.text(1) : event.info.name;
}

/** Fields that events of every source have. */
export default fieldClass({
  id: 'evt',
  prefixes: ['evt'],
  summary: 'Number, time and origin of an event, whatever its source.',
  sources: 'any',
  fields: {
    'evt.num': eventField('UINT64', 'Running number of the event, from 1.', (event) => event.num, {
      format: 'ID',
      least: 1,
    }),
    'evt.time': eventField(
      'CHARBUF',
      'Local time of day with nanoseconds.',
      (event) => clockText(event.time, { date: false, fraction: true }),
      shownAsNumber,
    ),
    'evt.time.s': eventField(
      'CHARBUF',
      'Local time of day to the second.',
      (event) => clockText(event.time, { date: false, fraction: false }),
      shownAsNumber,
    ),
    'evt.time.iso8601': eventField(
      'CHARBUF',
      'Time in UTC as ISO 8601 writes it, with nanoseconds.',
      (event) => iso8601Text(event.time),
      shownAsNumber,
    ),
    'evt.datetime': eventField(
      'CHARBUF',
      'Local date and time of day with nanoseconds.',
      (event) => clockText(event.time, { date: true, fraction: true }),
      shownAsNumber,
    ),
    'evt.datetime.s': eventField(
      'CHARBUF',
      'Local date and time of day to the second.',
      (event) => clockText(event.time, { date: true, fraction: false }),
      shownAsNumber,
    ),
    'evt.rawtime': eventField('ABSTIME', 'Nanoseconds since the epoch.', (event) => event.time, { format: 'DEC' }),
    'evt.rawtime.s': eventField('ABSTIME', 'Whole seconds since the epoch.', (event) => event.time / second, {
      format: 'DEC',
    }),
    'evt.rawtime.ns': eventField('ABSTIME', 'Nanoseconds within the second.', (event) => event.time % second, {
      format: '10_PADDED_DEC',
    }),
    'evt.reltime': eventField(
      'RELTIME',
      'Nanoseconds since the first event.',
      sinceFirst((time) => time),
      { format: '10_PADDED_DEC' },
    ),
    'evt.reltime.s': eventField(
      'RELTIME',
      'Whole seconds since the first event.',
      sinceFirst((time) => time / second),
      { format: 'DEC' },
    ),
    'evt.reltime.ns': eventField(
      'RELTIME',
      'Nanoseconds of the time since the first event, beyond its whole seconds.',
      sinceFirst((time) => time % second),
      { format: '10_PADDED_DEC' },
    ),
    'evt.pluginname': eventField('CHARBUF', 'Name of the plugin that made the event.', () => null, {
      possible: (info) => info.id === pluginEvent,
    }),
    'evt.plugininfo': eventField('CHARBUF', "The plugin's own text for the event.", () => null, {
      possible: (info) => info.id === pluginEvent,
    }),
    'evt.source': eventField('CHARBUF', 'Source of the event: syscall, or the name that a plugin gives.', (event) =>
      event.type === pluginEvent ? null : 'syscall',
    ),
    'evt.is_async': eventField(
      'BOOL',
      'Whether the event was made up by the sensor or the enrichment.',
      (event) => isMeta(event.info),
      { ofType: isMeta },
    ),
    'evt.asynctype': eventField('CHARBUF', 'Name of an asynchronous event: container for example.', asyncName, {
      possible: isMeta,
    }),
    'evt.hostname': eventField('CHARBUF', 'Name of the watched machine.', (_event, machine) => machine.hostname),
  },
});
