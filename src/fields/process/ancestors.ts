import {
  type ArgSpec,
  eventField,
  type FieldOptions,
  type Scalar,
  type ThreadGetter,
  threadField,
  threadFieldWith,
} from '../../model/field.ts';
import type { Event } from '../../model/event.ts';
import { ancestor, ofAncestors } from '../../model/lineage.ts';
import type { Machine } from '../../model/machine.ts';
import type { Thread } from '../../model/thread.ts';
import { argsText, commandLine } from './command.ts';

const generation: ArgSpec = { kind: 'index', required: false, summary: 'generations up; 0 is the process itself' };

function parentText(summary: string, read: (process: Thread) => string) {
  return threadField('CHARBUF', summary, (thread) => {
    const parent = ancestor(thread, 1);
    return parent === null ? null : read(parent);
  });
}

function ofGeneration(read: (process: Thread) => string) {
  return (arg: string | undefined): ThreadGetter<string> => {
    if (arg === undefined) {
      return (thread) => {
        const text = ofAncestors(thread, read).reduce(joined, '');
        return text === '' ? null : text;
      };
    }
    const n = Number(arg);
    if (n < 0) return () => null;
    return (thread) => {
      const process = ancestor(thread, n);
      return process === null ? null : read(process);
    };
  };
}

/** Empty values in front leave no blank. */
function joined(text: string, next: string): string {
  return text === '' ? next : `${text} ${next}`;
}

/** A field of the nth ancestor; without n it prints all and, in conditions, holds for any. */
function ancestorText(summary: string, read: (process: Thread) => string, compares = true) {
  const options: FieldOptions = {
    noRhs: true,
    noTransformer: true,
    compareEach: (thread: Thread): readonly Scalar[] => ofAncestors(thread, read),
  };
  return threadFieldWith('CHARBUF', summary, generation, ofGeneration(read), compares ? options : {});
}

function ancestorPid(arg: string | undefined): ThreadGetter<number> {
  const n = Number(arg ?? '0');
  return n < 0 ? () => null : (thread) => ancestor(thread, n)?.pid ?? null;
}

function isShell(thread: Thread): boolean {
  return thread.comm.endsWith('sh');
}

function loginShell(thread: Thread): number | null {
  const shells = ofAncestors(thread, (process) => (isShell(process) ? process.pid : null));
  const oldest = shells.findLast((pid) => pid !== null);
  if (oldest !== undefined) return oldest;
  return isShell(thread.leader) ? thread.leader.pid : null;
}

/** The very thread that made this one, or took it over, where it still lives; otherwise the process of that thread. */
function creatorOf(thread: Thread, machine: Machine): Thread | null {
  return machine.thread(thread.ptid) ?? thread.parent;
}

function sinceParentStart(event: Event): number | null {
  const parent = event.thread === null ? null : ancestor(event.thread, 1);
  return parent === null || parent.cloneTime === 0n ? null : Number(event.time - parent.cloneTime);
}

function openCountWithParent(event: Event): number | null {
  if (event.thread === null || ancestor(event.thread, 1) === null) return null;
  return event.thread.fds?.size ?? 0;
}

export const ancestorFields = {
  'proc.pname': parentText('Name of the parent.', (process) => process.comm),
  'proc.pexe': parentText('First argument (argv[0]) of the parent.', (process) => process.exe),
  'proc.pexepath': parentText('Path of the program of the parent.', (process) => process.exepath),
  'proc.pcmdline': parentText('Name and arguments of the parent.', commandLine),
  'proc.aname': ancestorText('Name of an ancestor.', (process) => process.comm),
  'proc.aexe': ancestorText('First argument (argv[0]) of an ancestor.', (process) => process.exe),
  'proc.aexepath': ancestorText('Path of the program of an ancestor.', (process) => process.exepath),
  'proc.acmdline': ancestorText('Name and arguments of an ancestor.', commandLine),
  'proc.aargs': ancestorText('Arguments of an ancestor; without number, those of all as one text.', argsText, false),
  'proc.apid': threadFieldWith('INT64', 'Process id of an ancestor.', generation, ancestorPid, {
    format: 'ID',
    noRhs: true,
    noTransformer: true,
    compareEach: (thread: Thread): readonly Scalar[] => ofAncestors(thread, (process) => process.pid),
  }),
  'proc.ppid': threadField('INT64', 'Process id of the parent.', (thread) => ancestor(thread, 1)?.pid ?? null, {
    format: 'ID',
  }),
  'proc.pvpid': threadField(
    'INT64',
    'Process id of the parent as its own pid namespace shows it.',
    (thread, machine) => creatorOf(thread, machine)?.vpid ?? null,
    { format: 'ID' },
  ),
  'proc.loginshellid': threadField(
    'INT64',
    'Process id of the oldest ancestor whose name ends in sh, or of the process itself if none does.',
    loginShell,
    { format: 'ID' },
  ),
  'proc.ppid.duration': eventField(
    'RELTIME',
    'Nanoseconds since the parent started; where it was there before a capture began, outputs show the number of open descriptors, as upstream does.',
    sinceParentStart,
    { format: 'DEC', shown: () => (event) => sinceParentStart(event) ?? openCountWithParent(event) },
  ),
  'proc.ppid.ts': threadField(
    'RELTIME',
    'Start of the parent, nanoseconds since the epoch; 0: it began before the capture.',
    (thread, machine) => creatorOf(thread, machine)?.cloneTime ?? null,
    { format: 'DEC' },
  ),
} as const;
