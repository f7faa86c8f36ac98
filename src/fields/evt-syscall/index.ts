import { fieldClass } from '../../model/field.ts';
import { argumentFields } from './arguments.ts';
import { countFields } from './count.ts';
import { infraFields } from './infra.ts';
import { ioFields } from './io.ts';
import { kindFields } from './kind.ts';
import { openFields } from './open.ts';
import { resultFields } from './result.ts';
import { timeFields } from './time.ts';

/** What only events of the syscall source have, besides the fields of evt. */
export default fieldClass({
  id: 'evt-syscall',
  prefixes: ['evt', 'syscall'],
  summary: 'Kind, parameters and result of a system call or another event of the kernel.',
  sources: ['syscall'],
  fields: {
    ...timeFields,
    ...kindFields,
    ...argumentFields,
    ...resultFields,
    ...ioFields,
    ...countFields,
    ...openFields,
    ...infraFields,
  },
});
