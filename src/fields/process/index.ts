import { fieldClass } from '../../model/field.ts';
import { ofThread } from '../of-thread.ts';
import { ancestorFields } from './ancestors.ts';
import { commandFields } from './command.ts';
import { descriptorFields } from './descriptors.ts';
import { executableFields } from './executable.ts';
import { groupFields } from './groups.ts';
import { identityFields } from './identity.ts';
import { eventThreadFields, threadFields } from './thread.ts';
import { runTimeFields, usageFields } from './usage.ts';

/** Fields of the process and thread that caused an event. */
export default fieldClass({
  id: 'process',
  prefixes: ['proc', 'thread'],
  summary: 'The process and the thread that caused the event, and the ancestors of the process.',
  sources: ['syscall'],
  fields: {
    ...ofThread({
      ...commandFields,
      ...ancestorFields,
      ...identityFields,
      ...groupFields,
      ...executableFields,
      ...descriptorFields,
      ...usageFields,
      ...threadFields,
    }),
    ...eventThreadFields,
    ...runTimeFields,
  },
});
