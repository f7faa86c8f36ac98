import type { Event } from '../../model/event.ts';
import {
  type EventInfo,
  eventByCode,
  eventCategories,
  events,
  syscallNames,
  x86Syscalls,
} from '../../model/event-table.ts';
import { type Fd, type FdType, fdFlags, fdType } from '../../model/fd.ts';
import { isFile, isIpServer, isIpSocket } from '../../model/fd-text.ts';
import { type EventGetter, eventField, eventFieldWith, FieldArgumentError } from '../../model/field.ts';

const genericExit = eventByCode('GENERIC_X').id;
const asyncEvent = eventByCode('ASYNCEVENT_E').id;
const nameByNumber = new Map(x86Syscalls.map((call) => [call.number, call.name]));
const mainCategories = eventCategories.SYSCALL - 1;

const categoryNames: readonly (readonly [number, string])[] = [
  [eventCategories.OTHER, 'other'],
  [eventCategories.FILE, 'file'],
  [eventCategories.NET, 'net'],
  [eventCategories.IPC, 'IPC'],
  [eventCategories.MEMORY, 'memory'],
  [eventCategories.PROCESS, 'process'],
  [eventCategories.SLEEP, 'sleep'],
  [eventCategories.SYSTEM, 'system'],
  [eventCategories.SIGNAL, 'signal'],
  [eventCategories.USER, 'user'],
  [eventCategories.TIME, 'time'],
  [eventCategories.PROCESSING, 'processing'],
  [eventCategories.WAIT, 'wait'],
  [eventCategories.SCHEDULER, 'scheduler'],
  [eventCategories.INTERNAL, 'internal'],
];

/** Category by event code; undefined for reads and writes, which take it from their descriptor. */
const categoryByType: readonly (string | undefined)[] = events.map((info) => {
  const category = info.category & mainCategories;
  if ((category & eventCategories.IO_BASE) !== 0) return undefined;
  return categoryNames.find(([number]) => number === category)?.[1] ?? 'unknown';
});

const ipcTypes: ReadonlySet<FdType> = new Set([
  fdType.fifo,
  fdType.unixSocket,
  fdType.event,
  fdType.signalfd,
  fdType.inotify,
  fdType.userfaultfd,
]);

function genericName(event: Event): string {
  const code = event.u16(0);
  // A capture may hold calls that were unknown where it was made; their number still tells their name.
  if (code === 0 && event.has(1)) return nameByNumber.get(event.u16(1)) ?? syscallNames[0]!;
  return syscallNames[code] ?? syscallNames[0]!;
}

function typeName(event: Event): string {
  if (event.type === genericExit) return genericName(event);
  return event.type === asyncEvent ? event.text(1) : event.info.name;
}

function isSyscall(info: EventInfo): boolean {
  return (info.category & eventCategories.SYSCALL) !== 0;
}

function ioCategory(fd: Fd | null): string {
  if (fd === null || (fd.flags & fdFlags.absent) !== 0) return 'unknown';
  if (isFile(fd) || fd.type === fdType.directory) return 'file';
  if (isIpSocket(fd) || isIpServer(fd)) return 'net';
  return ipcTypes.has(fd.type) ? 'ipc' : 'unknown';
}

/** The name, where all events of a type share it. */
function fixedName(info: EventInfo): string | undefined {
  return info.id === genericExit || info.id === asyncEvent ? undefined : info.name;
}

function typesNamed(arg: string | undefined): number[] {
  const number = arg !== undefined && /^\d{1,9}$/.test(arg) ? Number(arg) : -1;
  return events.filter((info) => info.id === number || info.name === arg).map((info) => info.id);
}

function typeIs(arg: string | undefined): EventGetter<number> {
  const codes = typesNamed(arg);
  if (codes.length === 0) throw new FieldArgumentError(`evt.type.is knows no event '${arg ?? ''}'`);
  return (event) => (codes.includes(event.type) ? 1 : 0);
}

export const kindFields = {
  'evt.dir': eventField(
    'CHARBUF',
    '> for the entry of a system call, < for its exit.',
    (event) => (event.info.isEnter ? '>' : '<'),
    { format: 'DIR', deprecated: true, ofType: (info) => (info.isEnter ? '>' : '<') },
  ),
  'evt.type': eventField('CHARBUF', 'Name of the system call or of the other event.', typeName, { ofType: fixedName }),
  'evt.type.is': eventFieldWith(
    'UINT32',
    'Whether the event is of a type: 1 or 0.',
    { kind: 'key', required: true, summary: 'name or number of an event type', dotted: 'only' },
    typeIs,
    { ofType: (info, arg) => (typesNamed(arg).includes(info.id) ? 1 : 0) },
  ),
  'syscall.type': eventField(
    'CHARBUF',
    'Name of the system call; nothing for other events.',
    (event) => (isSyscall(event.info) ? typeName(event) : null),
    { possible: isSyscall, ofType: (info) => (isSyscall(info) ? fixedName(info) : null) },
  ),
  'evt.category': eventField(
    'CHARBUF',
    'What the event is about: file, net, memory, process and so on; of reads and writes, the kind of their descriptor.',
    (event) => categoryByType[event.type] ?? ioCategory(event.fd),
    { ofType: (info) => categoryByType[info.id] },
  ),
  'evt.cpu': eventField('INT16', 'Number of the processor that the event came from.', (event) => event.cpu, {
    format: 'ID',
  }),
} as const;
