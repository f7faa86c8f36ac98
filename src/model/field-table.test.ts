import { expect, it } from 'vitest';
import { eventField, eventFieldWith, FieldArgumentError, fieldClass, threadFieldWith } from './field.ts';
import { buildFieldTable } from './field-table.ts';

const one = fieldClass({
  id: 'one',
  prefixes: ['one', 'own'],
  summary: 'A class.',
  sources: ['syscall'],
  fields: {
    'one.plain': eventField('INT64', 'Plain.', () => 1),
    'one.nth': threadFieldWith(
      'CHARBUF',
      'Nth.',
      { kind: 'index', required: false, summary: 'number' },
      (arg) => () => arg ?? 'none',
    ),
    'one.arg': eventFieldWith(
      'DYN',
      'By name.',
      { kind: 'key', required: true, summary: 'name', dotted: 'only' },
      (arg) => () => arg ?? '',
      { typeOf: (arg) => (arg === 'size' ? 'UINT32' : 'CHARBUF') },
    ),
    'one.arg.special': eventField('BOOL', 'Longer name.', () => true),
    'one.both': eventFieldWith(
      'CHARBUF',
      'By key.',
      { kind: 'key', required: true, summary: 'key', dotted: 'also' },
      (arg) => () => arg ?? '',
    ),
  },
});
const everywhere = fieldClass({
  id: 'everywhere',
  prefixes: ['evt'],
  summary: 'A class.',
  sources: 'any',
  fields: { 'evt.num': eventField('UINT64', 'Number.', () => 1) },
});
const table = buildFieldTable('syscall', [everywhere, one]);

it('has the classes of its source and those of all', () => {
  expect(table.classes).toEqual([everywhere, one]);
  expect(buildFieldTable('k8s_audit', [everywhere, one]).classes).toEqual([everywhere]);
  expect(buildFieldTable('k8s_audit', [everywhere, one]).find('one.plain')).toBeUndefined();
});

it.each([
  ['one.plain', undefined, 'one.plain', undefined, 'one.plain', 'INT64'],
  ['one.nth', '2', 'one.nth', '2', 'one.nth[2]', 'CHARBUF'],
  ['one.nth', undefined, 'one.nth', undefined, 'one.nth', 'CHARBUF'],
  ['one.nth', '+02', 'one.nth', '2', 'one.nth[+02]', 'CHARBUF'],
  ['one.nth', ' \t2', 'one.nth', '2', 'one.nth[ \t2]', 'CHARBUF'],
  ['one.nth', '-1', 'one.nth', undefined, 'one.nth[-1]', 'CHARBUF'],
  ['one.nth', '-5', 'one.nth', '-5', 'one.nth[-5]', 'CHARBUF'],
  ['one.nth', '4294967298', 'one.nth', '2', 'one.nth[4294967298]', 'CHARBUF'],
  ['one.nth', '2147483648', 'one.nth', '-2147483648', 'one.nth[2147483648]', 'CHARBUF'],
  ['one.nth', '99999999999999999999', 'one.nth', undefined, 'one.nth[99999999999999999999]', 'CHARBUF'],
  ['one.arg.size', undefined, 'one.arg', 'size', 'one.arg.size', 'UINT32'],
  ['one.arg.name', undefined, 'one.arg', 'name', 'one.arg.name', 'CHARBUF'],
  ['one.arg.special', undefined, 'one.arg.special', undefined, 'one.arg.special', 'BOOL'],
  ['one.both.app.io/name', undefined, 'one.both', 'app.io/name', 'one.both.app.io/name', 'CHARBUF'],
  ['one.both', 'a', 'one.both', 'a', 'one.both[a]', 'CHARBUF'],
])('binds %s with %s', (name, arg, boundName, boundArg, text, type) => {
  expect(table.bind(name, arg)).toMatchObject({ name: boundName, arg: boundArg, text, type });
});

it('does not know other names', () => {
  for (const name of ['one', 'one.nonsense', 'one.plain.x', 'two.plain', '']) {
    expect(table.bind(name, undefined)).toBeUndefined();
  }
  expect(table.bind('one.arg.size', '1')).toBeUndefined();
});

it.each([
  ['one.plain', '1', 'one.plain takes no argument, but one.plain[1] has one'],
  ['one.nth', 'x', "one.nth takes a number (number), not 'x'"],
  ['one.nth', '1 ', "one.nth takes a number (number), not '1 '"],
  ['one.nth', '0x1', "one.nth takes a number (number), not '0x1'"],
  ['one.both', 'a]b', "one.both[a]b]: an argument can't have a ']' in it"],
  ['one.arg', undefined, 'one.arg needs an argument (name), as in one.arg....'],
  ['one.both', undefined, 'one.both needs an argument (key), as in one.both....'],
])('refuses %s with %s', (name, arg, message) => {
  expect(() => table.bind(name, arg)).toThrow(FieldArgumentError);
  expect(() => table.bind(name, arg)).toThrow(message);
});

it('suggests names that look alike', () => {
  expect(table.suggest('one.plian')).toContain('one.plain');
  expect(table.suggest('one.both.x')).toContain('one.both');
  expect(table.suggest('something.else')).toEqual([]);
});
