import { fieldClass, threadField } from '../../model/field.ts';
import { ofThread } from '../of-thread.ts';

/** Fields of the group that a process runs as. */
export default fieldClass({
  id: 'group',
  prefixes: ['group'],
  summary: 'The group that the process runs as.',
  sources: ['syscall'],
  fields: ofThread({
    'group.gid': threadField('UINT32', 'Group id (effective).', (thread) => thread.gid, { format: 'ID' }),
    'group.name': threadField(
      'CHARBUF',
      'Name of the group; <NA> when it is not known.',
      (thread, machine) => machine.group(thread.containerId, thread.gid)?.name ?? (thread.gid === 0 ? 'root' : '<NA>'),
      // In a container, that of its own accounts, which are read when they are needed.
      { ofContainer: true },
    ),
  }),
});
