import { type EventGetter, eventField, eventFieldWith, FieldArgumentError } from '../../model/field.ts';
import { uint64 } from '../../model/field-argument.ts';
import { clockText } from '../../model/format.ts';
import { oncePerEvent } from '../../model/once-per-event.ts';

const second = 1_000_000_000n;
const millisecond = 1_000_000n;

/** Entries and exits are no longer told apart, so nothing is known of the time in between: the value stays 0. */
const noLatency = () => 0;

/** The time since the event for which this same field was read last, by any rule. */
function sinceLast(part: (time: bigint) => bigint): EventGetter<number | bigint> {
  let last = 0n;
  return (event) => {
    const difference = last === 0n || event.time < last ? 0n : event.time - last;
    last = event.time;
    return Number(part(difference));
  };
}

function deltaField(summary: string, part: (time: bigint) => bigint, padded = false) {
  return {
    // Rules compare the time; outputs show 0, as those of upstream do, whose formatter remembers no earlier event.
    ...eventField('RELTIME', summary, noLatency, { format: padded ? '10_PADDED_DEC' : 'DEC', shown: () => noLatency }),
    bind: () => ({ scope: 'event', get: oncePerEvent(sinceLast(part)) }) as const,
  };
}

function around(arg: string | undefined): EventGetter<number | bigint> {
  const centre = uint64(arg ?? '');
  if (centre === undefined) {
    throw new FieldArgumentError(`evt.around takes nanoseconds since the epoch, not '${arg ?? ''}'`);
  }
  return (event) => {
    const distance = event.time < centre ? centre - event.time : event.time - centre;
    // Rounded up, so that a comparison with whole milliseconds keeps its bound.
    return Number((distance + millisecond - 1n) / millisecond);
  };
}

export const timeFields = {
  'evt.latency': eventField('RELTIME', 'Always 0.', noLatency, { format: 'DEC', deprecated: true }),
  'evt.latency.s': eventField('RELTIME', 'Always 0.', noLatency, { format: 'DEC', deprecated: true }),
  'evt.latency.ns': eventField('RELTIME', 'Always 0.', noLatency, { format: '10_PADDED_DEC', deprecated: true }),
  'evt.latency.quantized': eventField('UINT64', 'Always 0.', noLatency, {
    format: 'DEC',
    hidden: true,
    deprecated: true,
  }),
  'evt.latency.human': eventField('CHARBUF', 'Always 0ns.', () => '0ns', { deprecated: true }),
  'evt.wait_latency': eventField('RELTIME', 'Always 0.', noLatency, { format: 'DEC', deprecated: true }),
  'evt.deltatime': deltaField(
    'Nanoseconds since the event that this was last read from; 0 in outputs.',
    (time) => time,
  ),
  'evt.deltatime.s': deltaField('Whole seconds of evt.deltatime.', (time) => time / second),
  'evt.deltatime.ns': deltaField(
    'Nanoseconds of evt.deltatime beyond its whole seconds.',
    (time) => time % second,
    true,
  ),
  'evt.outputtime': eventField(
    'CHARBUF',
    'The time as outputs write it.',
    (event) => clockText(event.time, { date: false, fraction: true }),
    { printOnly: true, shown: (_arg, how) => (how.json ? (event) => event.time : undefined) },
  ),
  'evt.around': eventFieldWith(
    'UINT64',
    'Distance of the event from a time in milliseconds; evt.around[time] = 10 holds within 10 ms of it.',
    { kind: 'index-or-key', required: true, summary: 'nanoseconds since the epoch' },
    around,
    { format: 'DEC', filterOnly: true, noRhs: true, noTransformer: true, equalsMeansAtMost: true },
  ),
} as const;
