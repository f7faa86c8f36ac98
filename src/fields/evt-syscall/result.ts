import type { Event } from '../../model/event.ts';
import { type EventInfo, eventByCode, eventCategories, events } from '../../model/event-table.ts';
import { eventField } from '../../model/field.ts';
import { paramShown } from '../../model/param-text.ts';

const genericExit = eventByCode('GENERIC_X').id;

/** By event code: whether the first parameter is what a system call returned. */
const returns = Uint8Array.from(events, (info) => Number(hasResult(info)));

/** Whether events of a type have a result. */
export function hasResult(info: EventInfo): boolean {
  const isSyscall = (info.category & eventCategories.SYSCALL) !== 0;
  return isSyscall && !info.isEnter && info.id !== genericExit && info.params.length > 0;
}

/** What the system call returned, as a double (exact to 2^53); NaN for events without result. */
export function resultOf(event: Event): number {
  if (returns[event.type] !== 1 || event.paramCount === 0) return Number.NaN;
  return event.size(0) === 4 ? event.i32(0) : event.i64(0);
}

function exactResult(event: Event): number | bigint | null {
  const result = resultOf(event);
  if (Number.isNaN(result)) return null;
  return Number.isSafeInteger(result) ? result : BigInt.asIntN(64, event.big64(0));
}

export const resultFields = {
  'evt.res': eventField(
    'CHARBUF',
    'SUCCESS, or the name of the error.',
    (event, machine) => {
      const result = resultOf(event);
      if (Number.isNaN(result)) return null;
      return result >= 0 ? 'SUCCESS' : paramShown(event, 0, machine, false);
    },
    { format: 'DEC', possible: hasResult },
  ),
  'evt.rawres': eventField('INT64', 'What the system call returned; errors are negative.', exactResult, {
    format: 'DEC',
    possible: hasResult,
  }),
  'evt.failed': eventField(
    'BOOL',
    'Whether the system call failed.',
    (event) => {
      const result = resultOf(event);
      return Number.isNaN(result) ? null : result < 0;
    },
    { possible: hasResult },
  ),
} as const;
