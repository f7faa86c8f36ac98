import type { Event } from '../../model/event.ts';
import { eventByCode, eventCategories } from '../../model/event-table.ts';
import { type Fd, fdFlags, fdType } from '../../model/fd.ts';
import { isFile, isIpServer, isIpSocket } from '../../model/fd-text.ts';
import { eventField } from '../../model/field.ts';
import { hasResult, resultOf } from './result.ts';

const procInfo = eventByCode('PROCINFO_E').id;
const mainCategories = eventCategories.SYSCALL - 1;
const opens = new Set(
  ['OPEN_X', 'CREAT_X', 'OPENAT_2_X', 'OPENAT2_X', 'OPEN_BY_HANDLE_AT_X'].map(
    (code) => eventByCode(`SYSCALL_${code}`).id,
  ),
);
const connects = new Set(['ACCEPT_5_X', 'ACCEPT4_6_X', 'CONNECT_X'].map((code) => eventByCode(`SOCKET_${code}`).id));

type Kind = 'file' | 'net' | 'other';

function kindOfFd(fd: Fd): Kind {
  if (isFile(fd) || fd.type === fdType.directory) return 'file';
  return isIpSocket(fd) || isIpServer(fd) || fd.type === fdType.unixSocket ? 'net' : 'other';
}

/** What an event deals with: by its descriptor, and without one by its type; memory is told by the type alone. */
function kindOf(event: Event): Kind | 'memory' {
  const { fd } = event;
  if (fd !== null && (fd.flags & fdFlags.absent) === 0) return kindOfFd(fd);
  if (opens.has(event.type)) return 'file';
  if (connects.has(event.type)) return 'net';
  return isMemory(event) ? 'memory' : 'other';
}

function isMemory(event: Event): boolean {
  return (event.info.category & mainCategories) === eventCategories.MEMORY;
}

function errors(event: Event): number | null {
  const result = resultOf(event);
  if (Number.isNaN(result)) return null;
  return result < 0 ? 1 : 0;
}

function errorField(summary: string, fits: (event: Event) => boolean) {
  return eventField('UINT32', summary, (event) => (fits(event) ? errors(event) : null), {
    format: 'DEC',
    possible: hasResult,
  });
}

export const countFields = {
  'evt.count': eventField('UINT32', 'Always 1: events add up.', () => 1, { format: 'DEC', ofType: () => 1 }),
  'evt.count.error': errorField('1 for a system call that failed, else 0.', () => true),
  'evt.count.error.file': errorField(
    '1 for a file operation that failed, else 0.',
    (event) => kindOf(event) === 'file',
  ),
  'evt.count.error.net': errorField(
    '1 for a network operation that failed, else 0.',
    (event) => kindOf(event) === 'net',
  ),
  'evt.count.error.memory': errorField('1 for a memory operation that failed, else 0.', isMemory),
  'evt.count.error.other': errorField(
    '1 for any other system call that failed, else 0.',
    (event) => kindOf(event) === 'other',
  ),
  'evt.count.exit': eventField(
    'UINT32',
    '1 for the exit of a system call.',
    (event) => (event.info.isEnter ? null : 1),
    {
      format: 'DEC',
      possible: (info) => !info.isEnter,
      ofType: (info) => (info.isEnter ? null : 1),
    },
  ),
  'evt.count.procinfo': eventField(
    'UINT32',
    '1 for a report of the processor time of a main thread, else 0.',
    (event) => (event.type === procInfo && event.thread?.isMain === true ? 1 : 0),
    { format: 'DEC', hidden: true },
  ),
  'evt.count.threadinfo': eventField(
    'UINT32',
    '1 for a report of the processor time of a thread, else 0.',
    (event) => (event.type === procInfo ? 1 : 0),
    { format: 'DEC', hidden: true },
  ),
} as const;
