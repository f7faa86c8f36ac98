import { fieldClass } from '../../model/field.ts';
import { addressFields } from './addresses.ts';
import { localFields } from './local.ts';
import { nameFields } from './names.ts';
import { propertyFields } from './properties.ts';

/** Fields of the descriptor that an event is about. */
export default fieldClass({
  id: 'fd',
  prefixes: ['fd'],
  summary: 'The descriptor that the event is about: file, socket, pipe and so on.',
  sources: ['syscall'],
  fields: {
    ...nameFields,
    ...addressFields,
    ...localFields,
    ...propertyFields,
  },
});
