import type { Event } from '../../model/event.ts';
import { type EventInfo, events } from '../../model/event-table.ts';
import type { Fd } from '../../model/fd.ts';
import { fdName, isIpServer, isIpSocket } from '../../model/fd-text.ts';
import { eventField, type FieldOptions, fieldClass } from '../../model/field.ts';
import { ipText } from '../../model/format.ts';
import { paramIndex, pollFds } from '../../model/param-text.ts';

const fdsIndex = Int8Array.from(events, (info) => (isPoll(info) ? paramIndex(info.params, 'fds') : -1));

function isPoll(info: EventInfo): boolean {
  return (info.name === 'poll' || info.name === 'ppoll') && paramIndex(info.params, 'fds') >= 0;
}

/** The texts that `read` gives for the descriptors, separated by commas; those without text are left out. */
function listField(
  summary: string,
  read: (number: number, fd: Fd | undefined) => string | undefined,
  format: FieldOptions['format'] = 'NA',
) {
  function list(event: Event): string | null {
    const index = fdsIndex[event.type]!;
    if (index < 0 || event.thread === null) return null;
    const texts: string[] = [];
    for (const { number } of pollFds(event.raw(index))) {
      const text = read(number, event.thread.fds?.get(number));
      if (text !== undefined) texts.push(text);
    }
    return texts.length === 0 ? null : texts.join(',');
  }
  return eventField('CHARBUF', summary, list, { format, possible: isPoll });
}

function nameOf(fd: Fd | undefined): string {
  const name = fd === undefined ? '' : fdName(fd);
  return name === '' ? '<NA>' : name;
}

function ofSocket(fd: Fd | undefined, read: (fd: Fd) => string, servers = false): string | undefined {
  return fd !== undefined && (isIpSocket(fd) || (servers && isIpServer(fd))) ? read(fd) : undefined;
}

/** Fields of the descriptors that poll and ppoll wait for. */
export default fieldClass({
  id: 'fdlist',
  prefixes: ['fdlist'],
  summary: 'The descriptors that poll and ppoll wait for.',
  sources: ['syscall'],
  fields: {
    'fdlist.nums': listField('Numbers of the descriptors, separated by commas.', (number) => number.toString(), 'ID'),
    'fdlist.names': listField('Names of the descriptors, separated by commas.', (_number, fd) => nameOf(fd)),
    'fdlist.cips': listField("Addresses of the clients' ends, separated by commas.", (_number, fd) =>
      ofSocket(fd, (socket) => ipText(socket.sourceIp)),
    ),
    'fdlist.sips': listField("Addresses of the servers' ends, separated by commas.", (_number, fd) =>
      ofSocket(fd, (socket) => ipText(socket.destIp), true),
    ),
    'fdlist.cports': listField(
      "Ports of the clients' ends, separated by commas.",
      (_number, fd) => ofSocket(fd, (socket) => socket.sourcePort.toString()),
      'DEC',
    ),
    'fdlist.sports': listField(
      "Ports of the servers' ends, separated by commas.",
      (_number, fd) => ofSocket(fd, (socket) => socket.destPort.toString()),
      'DEC',
    ),
  },
});
