import { expect, test } from 'vitest';
import {
  choice,
  count,
  flag,
  integer,
  object,
  optionDocs,
  parse,
  secret,
  secretMap,
  secretOr,
  text,
  textList,
  textMap,
  textMapOr,
  textOr,
} from './schema.ts';

const config = object({
  path: text('1'),
  mode: textOr('fast', '2'),
  on: flag(false, '3'),
  size: count(5, '4'),
  key: secret('5'),
  more: textMap('6'),
  token: secretOr('', '7'),
  port: integer(80, 1, 65_535, '8'),
  method: choice(['POST', 'PUT'], 'POST', '9'),
  hosts: textList('10', ['a']),
  labels: textMapOr({ a: 'b' }, '11'),
  headers: secretMap('12'),
});

test.each([
  ['path', '1', 'string', 'a text', undefined, false],
  ['mode', '2', 'string', 'a text', 'fast', false],
  ['on', '3', 'boolean', 'true or false', false, false],
  ['size', '4', 'number', 'an integer from 0 on', 5, false],
  ['key', '5', 'string', 'a text', undefined, true],
  ['more', '6', 'record', 'names with a text each', undefined, false],
  ['token', '7', 'string', 'a text', '', true],
  ['port', '8', 'number', 'an integer from 1 to 65535', 80, false],
  ['method', '9', 'picklist', 'one of POST, PUT', 'POST', false],
  ['hosts', '10', 'array', 'a list of texts', ['a'], false],
  ['labels', '11', 'record', 'names with a text each', { a: 'b' }, false],
  ['headers', '12', 'record', 'names with a text each', {}, true],
])('what the option %s says of itself', (name, about, kind, expects, fallback, isSecret) => {
  const doc = optionDocs(config).find((item) => item.name === name);
  expect(doc).toMatchObject({ name, about, kind, expects, fallback, secret: isSecret });
  expect(doc?.words).toEqual(kind === 'picklist' ? ['POST', 'PUT'] : undefined);
});

test.each([
  [{ port: 0 }, false],
  [{ port: 65_536 }, false],
  [{ port: 1.5 }, false],
  [{ method: 'GET' }, false],
  [{ hosts: [1] }, false],
  [{ unknown: 1 }, false],
  [{ port: 1, method: 'PUT', hosts: [], headers: { a: 'b' } }, true],
])('%j is taken: %s', (values, isTaken) => {
  expect(parse(config, { path: '', key: '', more: {}, ...values }).success).toBe(isTaken);
});
