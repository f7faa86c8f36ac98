import { eventField, FieldArgumentError, type ThreadGetter, threadField, threadFieldWith } from '../../model/field.ts';

/** The kernel's names of some cgroup subsystems are shorter than those that users know. */
const longNames: ReadonlyMap<string, string> = new Map([
  ['io', 'blkio'],
  ['perf', 'perf_event'],
  ['mem', 'memory'],
]);

function subsystem(item: string): [string, string] {
  const equals = item.indexOf('=');
  const name = item.slice(0, Math.max(equals, 0)).replace('_cgroup', '');
  return [longNames.get(name) ?? name, item.slice(equals + 1)];
}

function cgroup(arg: string | undefined): ThreadGetter<string> {
  const wanted = arg ?? '';
  if (!/^[a-zA-Z_]+$/.test(wanted)) throw new FieldArgumentError(`'${wanted}' is no name of a cgroup subsystem`);
  return (thread) => {
    for (const item of thread.cgroups) {
      const [name, path] = subsystem(item);
      if (name === wanted) return path;
    }
    return null;
  };
}

/** Known from the event, also where its thread is not. */
export const eventThreadFields = {
  'thread.tid': eventField('INT64', 'Id of the thread.', (event) => event.tid | 0, { format: 'ID' }),
} as const;

export const threadFields = {
  'thread.ismain': threadField('BOOL', 'Whether the thread is the main one of its process.', (thread) => thread.isMain),
  'thread.vtid': threadField(
    'INT64',
    "Id of the thread in the process's pid namespace.",
    (thread) => (thread.vtid === -1 ? null : thread.vtid),
    { format: 'ID' },
  ),
  'thread.nametid': eventField(
    'CHARBUF',
    'Name of the process and id of the thread in one word.',
    (event) => (event.thread === null ? null : `${event.thread.comm}${event.tid | 0}`),
    { hidden: true },
  ),
  'thread.cgroups': threadField('CHARBUF', 'All cgroups, as subsystem=path.', (thread) =>
    thread.cgroups.length === 0 ? null : thread.cgroups.map((item) => subsystem(item).join('=')).join(' '),
  ),
  'thread.cgroup': threadFieldWith(
    'CHARBUF',
    'The cgroup of one subsystem, as in thread.cgroup.memory.',
    { kind: 'key', required: true, summary: 'name of a subsystem', dotted: 'only' },
    cgroup,
  ),
} as const;
