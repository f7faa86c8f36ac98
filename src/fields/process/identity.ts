import { eventField, threadField } from '../../model/field.ts';

export const identityFields = {
  'proc.pid': threadField('INT64', 'Process id.', (thread) => (thread.pid < -1 ? null : thread.pid), { format: 'ID' }),
  'proc.vpid': threadField(
    'INT64',
    "Process id as the process's own pid namespace shows it.",
    (thread) => (thread.vpid === -1 ? null : thread.vpid),
    { format: 'ID' },
  ),
  'proc.tty': threadField('UINT32', 'Device number of the controlling terminal; 0: none.', (thread) => thread.tty, {
    format: 'ID',
  }),
  'proc.duration': eventField(
    'RELTIME',
    'Nanoseconds since the process started.',
    (event) => {
      const start = event.thread?.cloneTime ?? 0n;
      return start === 0n ? null : Number(event.time - start);
    },
    { format: 'DEC' },
  ),
  'proc.pid.ts': threadField(
    'RELTIME',
    'Start of the process, nanoseconds since the epoch.',
    (thread) => (thread.cloneTime === 0n ? null : thread.cloneTime),
    { format: 'DEC' },
  ),
  'proc.pidns_init_start_ts': threadField(
    'UINT64',
    "Start of the first process of the process's pid namespace, in nanoseconds.",
    (thread) => (thread.pidnsInitStart === 0n ? null : thread.pidnsInitStart),
    { format: 'DEC' },
  ),
} as const;
