import { type EventInfo, eventByCode, eventFlags, events } from '../model/event-table.ts';

/** What the reader does with an event by its code. */
export const eventPlan = {
  /** Hand it over as it is. */
  pass: 0,
  /** Hand it over if it has the table's number of parameters, else convert it. */
  passIfComplete: 1,
  /** Bring it to the current layout, or keep it until its exit event comes. */
  convert: 2,
  /** Enter events and codes that no reader of today wants. */
  drop: 3,
  /** As passIfComplete, and kept besides, because the exits of old captures lack its values. */
  passAndStore: 4,
} as const;

/** Enter events that are handed over and yet have what an old exit lacks: descriptor and address, the name of the file. */
const storedEnters: ReadonlySet<number> = new Set([
  eventByCode('SOCKET_CONNECT_E').id,
  eventByCode('SYSCALL_EXECVE_19_E').id,
]);
const execveatEnter = eventByCode('SYSCALL_EXECVEAT_E').id;

function planOf({ id, flags }: EventInfo): number {
  if ((flags & eventFlags.UNUSED) !== 0) return eventPlan.drop;
  const isOld = (flags & eventFlags.OLD_VERSION) !== 0;
  if ((flags & eventFlags.CONVERTER_MANAGED) === 0) return isOld ? eventPlan.drop : eventPlan.pass;
  if (storedEnters.has(id)) return eventPlan.passAndStore;
  if (id === execveatEnter) return eventPlan.passIfComplete;
  return isOld ? eventPlan.convert : eventPlan.passIfComplete;
}

/** Plan by event code. */
export const eventPlans: Uint8Array = Uint8Array.from(events, planOf);
/** Number of parameters by event code. */
export const paramCounts: Uint8Array = Uint8Array.from(events, (info) => info.params.length);
/** 2 where parameter lengths take 32 bits, 1 where 16, as the shift from count to bytes. */
export const lengthShifts: Uint8Array = Uint8Array.from(events, (info) => (info.isLarge ? 2 : 1));
