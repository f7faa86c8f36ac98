import { eventField, threadField } from '../../model/field.ts';
import { leaderOf } from '../../model/lineage.ts';
import type { Thread } from '../../model/thread.ts';

type ReadId = (thread: Thread) => number;
type ReadText = (thread: Thread) => string;

const session: ReadId = (thread) => thread.sid;
const group: ReadId = (thread) => thread.pgid;
const virtualGroup: ReadId = (thread) => thread.vpgid;
const name: ReadText = (thread) => thread.comm;
const exe: ReadText = (thread) => thread.exe;
const exepath: ReadText = (thread) => thread.exepath;

function idField(summary: string, read: ReadId) {
  return threadField('INT64', summary, read, { format: 'ID' });
}

/** Depends on the event: a leader need not be an ancestor, so it may change without the thread noticing. */
function leaderField(summary: string, idOf: ReadId, read: ReadText, isVirtual = true) {
  return eventField('CHARBUF', summary, (event, machine) => {
    if (event.thread === null) return null;
    const leader = leaderOf(event.thread, machine, idOf, isVirtual);
    return leader === null ? '' : read(leader);
  });
}

export const groupFields = {
  'proc.sid': idField("Session id in the process's pid namespace.", session),
  'proc.sname': leaderField('Name of the leader of the session.', session, name),
  'proc.sid.exe': leaderField('First argument (argv[0]) of the leader of the session.', session, exe),
  'proc.sid.exepath': leaderField('Path of the program of the leader of the session.', session, exepath),
  'proc.vpgid': idField("Process group id in the process's pid namespace.", virtualGroup),
  'proc.vpgid.name': leaderField('Name of the leader of the process group.', virtualGroup, name),
  'proc.vpgid.exe': leaderField('First argument (argv[0]) of the leader of the process group.', virtualGroup, exe),
  'proc.vpgid.exepath': leaderField('Path of the program of the leader of the process group.', virtualGroup, exepath),
  'proc.pgid': idField('Process group id as the host shows it.', group),
  'proc.pgid.name': leaderField('Name of the leader of the process group by the ids of the host.', group, name, false),
  'proc.pgid.exe': leaderField(
    'First argument (argv[0]) of the leader of the process group by the ids of the host.',
    group,
    exe,
    false,
  ),
  'proc.pgid.exepath': leaderField(
    'Path of the program of the leader of the process group by the ids of the host.',
    group,
    exepath,
    false,
  ),
  'proc.is_sid_leader': threadField(
    'BOOL',
    'Whether the process leads its session.',
    (thread) => thread.sid === thread.vpid,
  ),
  'proc.is_vpgid_leader': threadField(
    'BOOL',
    'Whether the process leads its process group.',
    (thread) => thread.vpgid === thread.vpid,
  ),
  'proc.is_pgid_leader': threadField(
    'BOOL',
    'Whether the process leads its process group, by the ids of the host.',
    (thread) => thread.pgid === thread.pid,
  ),
} as const;
