import type { Event } from '../../model/event.ts';
import type { Fd } from '../../model/fd.ts';
import { fdName, fdTypeName } from '../../model/fd-text.ts';
import { eventField } from '../../model/field.ts';
import type { Thread } from '../../model/thread.ts';

/** Descriptors come and go without the thread noticing, so all of these depend on the event. */
function standard(event: Event, number: number): Fd | undefined {
  return event.thread?.fds?.get(number);
}

function typeField(number: number, summary: string) {
  return eventField('CHARBUF', summary, (event) => {
    const fd = standard(event, number);
    return fd === undefined ? null : fdTypeName(fd.type);
  });
}

function nameField(number: number, summary: string) {
  return eventField('CHARBUF', summary, (event) => {
    const fd = standard(event, number);
    return fd === undefined ? null : fdName(fd);
  });
}

function openCount(thread: Thread): number {
  return thread.main?.fds?.size ?? 0;
}

function usage(thread: Thread): number {
  const limit = Number(thread.main?.fdLimit ?? 0);
  return limit > 0 ? Math.min((openCount(thread) * 100) / limit, 100) : 0;
}

export const descriptorFields = {
  'proc.fdopencount': eventField(
    'UINT64',
    'Number of open descriptors.',
    (event) => (event.thread === null ? null : openCount(event.thread)),
    { format: 'DEC' },
  ),
  'proc.fdlimit': eventField(
    'INT64',
    'Number of descriptors that the process may have open.',
    (event) => (event.thread === null ? null : (event.thread.main?.fdLimit ?? 0)),
    { format: 'DEC' },
  ),
  'proc.fdusage': eventField('DOUBLE', 'Open descriptors in percent of the limit.', (event) =>
    event.thread === null ? null : usage(event.thread),
  ),
  'proc.stdin.type': typeField(0, 'Type of the standard input.'),
  'proc.stdout.type': typeField(1, 'Type of the standard output.'),
  'proc.stderr.type': typeField(2, 'Type of the standard error output.'),
  'proc.stdin.name': nameField(0, 'Name of what the standard input is.'),
  'proc.stdout.name': nameField(1, 'Name of what the standard output is.'),
  'proc.stderr.name': nameField(2, 'Name of what the standard error output is.'),
} as const;
