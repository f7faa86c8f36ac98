import type { Event } from '../../model/event.ts';
import { type EventInfo, eventCategories, eventFlags } from '../../model/event-table.ts';
import { type Fd, fdFlags } from '../../model/fd.ts';
import { fdName, isFile, isIpServer, isIpSocket } from '../../model/fd-text.ts';
import { eventField } from '../../model/field.ts';
import { bufferText } from '../../model/format.ts';
import { paramIndex } from '../../model/param-text.ts';
import { resultOf } from './result.ts';

const mainCategories = eventCategories.SYSCALL - 1;
const reads = eventFlags.READS_FROM_FD;
const writes = eventFlags.WRITES_TO_FD;

function hasFlag(info: EventInfo, flag: number): boolean {
  return (info.flags & flag) !== 0;
}

function ioCategory(info: EventInfo): number {
  return info.category & mainCategories;
}

function isIo(info: EventInfo): boolean {
  return (ioCategory(info) & eventCategories.IO_BASE) !== 0;
}

function isRead(info: EventInfo): boolean {
  return ioCategory(info) === eventCategories.IO_READ;
}

function isWrite(info: EventInfo): boolean {
  return ioCategory(info) === eventCategories.IO_WRITE;
}

function isNet(fd: Fd): boolean {
  return isIpSocket(fd) || isIpServer(fd);
}

function anyFd(): boolean {
  return true;
}

/** The number of bytes read or written, for events and descriptors of some kind. */
function lengthField(summary: string, fits: (info: EventInfo) => boolean, fdFits: (fd: Fd) => boolean, hidden = true) {
  function length(event: Event): number | null {
    const { fd } = event;
    if (fd === null || (fd.flags & fdFlags.absent) !== 0 || !fits(event.info) || !fdFits(fd)) return null;
    const result = resultOf(event);
    return result >= 0 ? result : null;
  }
  return eventField('UINT64', summary, length, { format: 'DEC', hidden, possible: fits });
}

/** A property of the type of an event. */
function typeField(summary: string, flag: number) {
  return eventField('BOOL', summary, (event) => hasFlag(event.info, flag), { ofType: (info) => hasFlag(info, flag) });
}

function direction(info: EventInfo): string | null {
  if (hasFlag(info, writes)) return 'write';
  return hasFlag(info, reads) ? 'read' : null;
}

/** Rules see an empty buffer where there is no data. */
function buffer(event: Event): string | null {
  const index = paramIndex(event.info.params, 'data');
  if (index < 0) return null;
  return event.has(index) ? event.raw(index) : '';
}

function shownBuffer(event: Event, base64: boolean): string | null {
  const data = buffer(event);
  return data === null || data === '' ? null : bufferText(data, base64);
}

export const ioFields = {
  'evt.buffer': eventField('BYTEBUF', 'The first bytes of the data that was read or written.', buffer, {
    possible: (info) => paramIndex(info.params, 'data') >= 0,
    shown: (_arg, { base64 }) => {
      return (event) => shownBuffer(event, base64);
    },
  }),
  'evt.buflen': lengthField('Bytes read or written.', isIo, anyFd, false),
  'evt.buflen.in': lengthField('Bytes read.', isRead, anyFd),
  'evt.buflen.out': lengthField('Bytes written.', isWrite, anyFd),
  'evt.buflen.file': lengthField('Bytes read from or written to a file.', isIo, isFile),
  'evt.buflen.file.in': lengthField('Bytes read from a file.', isRead, isFile),
  'evt.buflen.file.out': lengthField('Bytes written to a file.', isWrite, isFile),
  'evt.buflen.net': lengthField('Bytes received from or sent to an IP socket.', isIo, isNet),
  'evt.buflen.net.in': lengthField('Bytes received from an IP socket.', isRead, isNet),
  'evt.buflen.net.out': lengthField('Bytes sent to an IP socket.', isWrite, isNet),
  'evt.is_io': typeField('Whether the event reads from or writes to a descriptor.', reads | writes),
  'evt.is_io_read': typeField('Whether the event reads from a descriptor.', reads),
  'evt.is_io_write': typeField('Whether the event writes to a descriptor.', writes),
  'evt.io_dir': eventField('CHARBUF', 'read or write, for events that do either.', (event) => direction(event.info), {
    possible: (info) => hasFlag(info, reads | writes),
    ofType: direction,
  }),
  'evt.is_wait': typeField('Whether the system call waits for something, as poll and sleep do.', eventFlags.WAITS),
  'evt.is_syslog': eventField(
    'BOOL',
    'Whether the event writes to /dev/log.',
    (event) => hasFlag(event.info, writes) && event.fd !== null && fdName(event.fd).includes('/dev/log'),
    { ofType: (info) => (hasFlag(info, writes) ? undefined : false) },
  ),
} as const;
