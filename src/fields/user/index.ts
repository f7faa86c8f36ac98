import { fieldClass, threadField } from '../../model/field.ts';
import type { Machine, User } from '../../model/machine.ts';
import type { Thread } from '../../model/thread.ts';
import { ofThread } from '../of-thread.ts';

const unset = 0xffffffff;

function userOf(thread: Thread, machine: Machine): User | undefined {
  return machine.user(thread.containerId, thread.uid);
}

/** A text that a user of unknown name has nonetheless: upstream gives it as a value, and rules compare with it. */
const unknown = '<NA>';

function rootOr(uid: number, root: string): string {
  return uid === 0 ? root : unknown;
}

/** In a container, names are those of its own accounts, which are read when they are needed. */
const late = { ofContainer: true } as const;

/** Fields of the user that a process runs as and of the one who logged in. */
export default fieldClass({
  id: 'user',
  prefixes: ['user'],
  summary: 'The user that the process runs as, and the one who logged in before it.',
  sources: ['syscall'],
  fields: ofThread({
    'user.uid': threadField('UINT32', 'User id (effective).', (thread) => thread.uid, { format: 'ID' }),
    'user.name': threadField(
      'CHARBUF',
      'Name of the user; <NA> when it is not known.',
      (thread, machine) => userOf(thread, machine)?.name ?? rootOr(thread.uid, 'root'),
      late,
    ),
    'user.homedir': threadField(
      'CHARBUF',
      'Home directory of the user; <NA> when it is not known.',
      (thread, machine) => userOf(thread, machine)?.home ?? rootOr(thread.uid, '/root'),
      late,
    ),
    'user.shell': threadField(
      'CHARBUF',
      'Login shell of the user; <NA> when it is not known.',
      (thread, machine) => userOf(thread, machine)?.shell ?? unknown,
      late,
    ),
    'user.loginuid': threadField(
      'INT64',
      'Id of the user who logged in; -1: no one did.',
      (thread) => (thread.loginuid === unset ? -1 : thread.loginuid),
      { format: 'ID' },
    ),
    'user.loginname': threadField(
      'CHARBUF',
      'Name of the user who logged in; <NA> when it is not known.',
      (thread, machine) => machine.user(thread.containerId, thread.loginuid)?.name ?? rootOr(thread.loginuid, 'root'),
      late,
    ),
  }),
});
