import { encodeBytes } from '../../base/utf8.ts';
import { eventField, type FieldClass, type FieldSpec } from '../../model/field.ts';

/** The fields `static.<name>` of the configuration: the same value for every event, suggested for every output. */
export function staticFieldClass(fields: Readonly<Record<string, string>>): FieldClass[] {
  const specs = Object.entries(fields).map(([name, text]): [`static.${string}`, FieldSpec] => {
    const value = encodeBytes(text);
    return [`static.${name}`, eventField('CHARBUF', 'Set in the configuration.', () => value, { suggested: true })];
  });
  if (specs.length === 0) return [];
  return [
    {
      id: 'static',
      prefixes: ['static'],
      summary: 'Values set in the configuration (static_fields).',
      sources: 'any',
      fields: Object.fromEntries(specs),
    },
  ];
}
