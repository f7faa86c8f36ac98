import { expect, test } from 'vitest';
import { count, flag, object, optionDocs, secret, text, textMap, textOr } from './schema.ts';

test('what options say of themselves', () => {
  const config = object({
    path: text('Where.'),
    mode: textOr('fast', 'How.'),
    on: flag(false, 'Whether.'),
    size: count(5, 'How much.'),
    key: secret('A key.'),
    more: textMap('More.'),
  });
  expect(optionDocs(config)).toEqual([
    { name: 'path', about: 'Where.', expects: 'a text', fallback: undefined, secret: false },
    { name: 'mode', about: 'How.', expects: 'a text', fallback: 'fast', secret: false },
    { name: 'on', about: 'Whether.', expects: 'true or false', fallback: false, secret: false },
    { name: 'size', about: 'How much.', expects: 'an integer from 0 on', fallback: 5, secret: false },
    { name: 'key', about: 'A key.', expects: 'a text', fallback: undefined, secret: true },
    { name: 'more', about: 'More.', expects: 'names with a text each', fallback: undefined, secret: false },
  ]);
});
