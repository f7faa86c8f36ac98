import type { Event } from '../../model/event.ts';
import { type EventInfo, eventByCode, flagTables } from '../../model/event-table.ts';
import { type EventGetter, eventField } from '../../model/field.ts';
import { paramIndex } from '../../model/param-text.ts';

const openFlags = flagTables['file_flags']!;
const readable = openFlags['O_RDONLY']!;
const writable = openFlags['O_WRONLY']!;
const created = openFlags['O_F_CREATED']!;
const temporary = openFlags['O_TMPFILE']!;
const create = openFlags['O_CREAT']!;
/** Permission to execute, of owner, group or others. */
const executable = 0o111;

const opens = ['OPEN_X', 'OPENAT_2_X', 'OPENAT2_X', 'OPEN_BY_HANDLE_AT_X'].map((code) =>
  eventByCode(`SYSCALL_${code}`),
);
const creat = eventByCode('SYSCALL_CREAT_X');
const mayOpen = new Set([...opens, creat].map((info) => info.id));
const flagsIndex = byType(opens, 'flags');
const modeIndex = byType([...opens, creat], 'mode');

/** Index of a parameter by event code; -1: none. */
function byType(infos: readonly EventInfo[], name: string): Int8Array {
  const table = new Int8Array(512).fill(-1);
  for (const info of infos) table[info.id] = paramIndex(info.params, name);
  return table;
}

function flagsOf(event: Event): number {
  const index = flagsIndex[event.type]!;
  return index < 0 ? 0 : event.u32(index);
}

function modeAllowsExecution(event: Event): boolean {
  const index = modeIndex[event.type]!;
  return index >= 0 && (event.u32(index) & executable) !== 0;
}

function isOpenExec(event: Event): boolean {
  if (event.type === creat.id) return modeAllowsExecution(event);
  return (flagsOf(event) & (temporary | create)) !== 0 && modeAllowsExecution(event);
}

function isOpenCreate(event: Event): boolean {
  const flags = flagsOf(event);
  return (flags & created) !== 0 || ((flags & temporary) !== 0 && event.i64(0) >= 0);
}

/** These are false, not absent, for all other events. */
function openField(summary: string, get: EventGetter<boolean>) {
  const ofType = (info: EventInfo) => (mayOpen.has(info.id) ? undefined : false);
  return eventField('BOOL', summary, get, { ofType });
}

export const openFields = {
  'evt.is_open_read': openField(
    'Whether the event is an open (open, openat, openat2, open_by_handle_at) for reading, successful or not.',
    (event) => (flagsOf(event) & readable) !== 0,
  ),
  'evt.is_open_write': openField(
    'Whether the event is an open for writing, successful or not.',
    (event) => (flagsOf(event) & writable) !== 0,
  ),
  'evt.is_open_exec': openField('Whether the event is an open or creat that makes an executable file.', isOpenExec),
  'evt.is_open_create': openField('Whether the event is an open that made a file.', isOpenCreate),
} as const;
