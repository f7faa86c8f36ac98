import { flagTables } from '../../../src/model/event-table.ts';
import type { Value } from '../sensor-kit.ts';

/** What a call of sensor-calls.c answered, by its label. */
type Result = (label: string, index?: number) => number;

/** A call of sensor-calls.c and the event that it gives. */
export interface Row {
  readonly label: string;
  readonly code: string;
  /** Expected values; a function gets the answers of the program. */
  readonly params: Readonly<Record<string, Value | ((result: Result) => Value)>>;
}

/** The answer of the call with this label. */
export const res = (label: string) => (result: Result) => result(label);

/** dirfd of a path relative to the working directory. */
export const cwdFd = -100;
/** Id of no user or group. */
export const unset = 0xffffffff;

/** Flags of files, as events have them. */
export const file = (...names: string[]): number =>
  names.reduce((sum, name) => sum | flagTables['file_flags']![name]!, 0);

/** Flags of new threads and namespaces, as events have them. */
export const clone = (...names: string[]): number =>
  names.reduce((sum, name) => sum | flagTables['clone_flags']![name]!, 0);
