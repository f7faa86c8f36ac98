import { describe, expect, test } from 'vitest';
import { Event } from '../model/event.ts';
import { eventField, eventFieldWith, fieldClass } from '../model/field.ts';
import { buildFieldTable } from '../model/field-table.ts';
import type { Machine } from '../model/machine.ts';
import { checkOutput, compileOutput } from './output-format.ts';

const values = fieldClass({
  id: 'values',
  prefixes: ['proc', 'fd', 'evt', 'container'],
  summary: 'Fixed values.',
  sources: ['syscall'],
  fields: {
    'proc.name': eventField('CHARBUF', 'A name.', () => 'Bash'),
    'proc.pid': eventField('UINT64', 'A number.', () => 18446744073709551615n),
    'proc.nothing': eventField('CHARBUF', 'Never has a value.', () => null),
    'proc.aname': eventFieldWith(
      'CHARBUF',
      'With an index.',
      { kind: 'index', required: false, summary: 'which' },
      (arg) => () => `ancestor${arg ?? ''}`,
    ),
    'proc.key': eventFieldWith(
      'CHARBUF',
      'With a key.',
      { kind: 'key', required: true, summary: 'which' },
      () => () => 'x',
    ),
    'proc.types': eventField('CHARBUF', 'A list.', () => ['file', 'pipe'], { list: true }),
    'proc.dev': eventField('UINT64', 'Hexadecimal.', () => 0xfe00, { format: 'HEX' }),
    'fd.ip': eventField('IPADDR', 'For conditions.', () => '\x7f\x00\x00\x01', { filterOnly: true }),
    'fd.sip': eventField('IPADDR', 'An address.', () => '\x7f\x00\x00\x01'),
    'evt.type': eventField('CHARBUF', 'An event.', () => 'openat'),
    'evt.buffer': eventField('BYTEBUF', 'Bytes.', () => 'a\0\xff'),
  },
});
const table = buildFieldTable('syscall', [values]);
const machine = {} as Machine;

function fill(output: string, base64 = false): { text: string; fields: Record<string, unknown> } {
  const compiled = compileOutput(output, table, { base64 });
  if (!compiled.ok) throw new Error(compiled.problem.message);
  const event = new Event();
  const fields = compiled.format.fields.map((field) => [field.text, field.json(event, machine)]);
  return { text: compiled.format.message(event, machine), fields: Object.fromEntries(fields) };
}

describe('outputs', () => {
  test.each([
    ['plain text', 'plain text'],
    ['', ''],
    ['%proc.name', 'Bash'],
    ['*%proc.name', 'Bash'],
    ['a %proc.name, b', 'a Bash, b'],
    ['%proc.name%proc.pid', 'Bash18446744073709551615'],
    ['%proc.name.', 'Bash.'],
    ['(%proc.name)', '(Bash)'],
    ['%proc.nothing', '<NA>'],
    ['%proc.aname[2]:%proc.aname', 'ancestor2:ancestor'],
    ['%proc.types', '(file,pipe)'],
    ['%proc.dev', 'FE00'],
    ['%fd.sip', '127.0.0.1'],
    ['%evt.buffer', 'a..'],
    // What is too long for a field is text again.
    ['%evt.typeX', 'openatX'],
    ['%proc.name[x', 'Bash[x'],
    ['%proc.name[2]', 'Bash[2]'],
    ['%proc.aname[x]', 'ancestor[x]'],
    ['%toupper(proc.name)', 'BASH'],
    ['%toupper(basename(proc.name))!', 'BASH!'],
    ['%toupper(proc.name)[x', 'BASH[x'],
    ['%toupper(toupper(proc.name))[2]', 'BASH[2]'],
    ['%len(proc.name)', '4'],
    ['%len(proc.types)', '2'],
    ['%toupper(proc.nothing)', '<NA>'],
    ['%2proc.name|', 'Ba|'],
    ['%6proc.name|', 'Bash  |'],
    ['%6proc.nothing|', '<NA>  |'],
    ['%06proc.name|', 'Bash  |'],
    ['%0proc.name|', 'Bash|'],
    ['%4294967298proc.name|', 'Ba|'],
    [`%${'9'.repeat(30)}proc.name|`, `${'Bash'.padEnd(65_536)}|`],
    ['%2147483648proc.name|', `${'Bash'.padEnd(65_536)}|`],
    ['a%container.info b', 'a b'],
    ['50 %%proc.name'.replace('%%', '%'), '50 Bash'],
  ])('%j', (output, text) => {
    expect(fill(output).text).toBe(text);
  });

  test('base64', () => {
    expect(fill('%evt.buffer', true)).toEqual({ text: 'YQD/', fields: { 'evt.buffer': 'YQD/' } });
  });

  test('fields: each once, with values for JSON; those within transformers, not the transformers', () => {
    const output = '%proc.types %proc.name %toupper(proc.aname[2]) %proc.name %proc.pid %proc.dev %proc.nothing';
    expect(fill(output).fields).toEqual({
      'proc.types': ['file', 'pipe'],
      'proc.name': 'Bash',
      'proc.aname[2]': 'ancestor2',
      'proc.pid': 18446744073709551615n,
      'proc.dev': 'FE00',
      'proc.nothing': null,
    });
  });
});

test.each([
  ['2', 'proc.aname[2]'],
  ['"2"', 'proc.aname[2]'],
  ['+2', 'proc.aname[+2]'],
  ['-1', 'proc.aname[-1]'],
  ['" 2"', 'proc.aname[" 2"]'],
  ['"a b"', 'proc.key["a b"]'],
  ["'a=b'", 'proc.key["a=b"]'],
  ['"a(b"', 'proc.key[a(b]'],
  ['"a[b"', 'proc.key[a[b]'],
  ['"a\\"b"', 'proc.key["a\\"b"]'],
  ['"a\'b"', 'proc.key["a\'b"]'],
  ['"a\\tb"', 'proc.key["a\\tb"]'],
  ['""', 'proc.key[""]'],
  ['\xc3\xa9', 'proc.key[\xc3\xa9]'],
])('the name of a field with argument %s', (arg, name) => {
  const written = `${name.slice(0, name.indexOf('['))}[${arg}]`;
  expect(Object.keys(fill(`%${written}`).fields)).toEqual([name]);
});

test.each([
  ['100%', "an output can't end with '%'", 3],
  ['%5', "an output can't end with '%'", 0],
  ['x %proc.nmae y', /^unknown field in output: %proc.nmae; did you mean proc.name/, 2],
  ['%nothing', /^no field behind '%'/, 0],
  ['%%proc.name', /^no field behind '%'/, 0],
  ['% proc.name', /^no field behind '%'/, 0],
  ['%toupper(proc.pid)', /toupper/, 0],
  [`%${'9'.repeat(30)}`, "an output can't end with '%'", 0],
  ['%-5proc.name', /^no field behind '%'/, 0],
] as const)('%j is refused', (output, help, offset) => {
  const problem = checkOutput(output, table);
  const end = /^[^%]*%(\d*)$/.exec(output)?.[1];
  const isAtEnd = `invalid formatting syntax: formatting cannot end with a ${end === '' ? '%' : 'number'}`;
  expect(problem?.message).toBe(end === undefined ? "unknown filter: unexpected token after '" : isAtEnd);
  expect(problem?.help).toMatch(help);
  expect(problem?.offset).toBe(offset);
});

test('an empty text is refused', () => {
  expect(checkOutput('', table)?.message).toBe('empty formatting token');
});

test('a field for conditions only has no value', () => {
  expect(fill('from %fd.ip')).toEqual({ text: 'from <NA>', fields: { 'fd.ip': null } });
});

test('a long output with a mistake is refused quickly', () => {
  expect(checkOutput(`%${'a('.repeat(50_000)}`, table)).toBeDefined();
  expect(checkOutput(`%${'toupper('.repeat(50_000)}`, table)).toBeDefined();
  // Each of these fields takes a thousand attempts if its end is looked for from behind: minutes.
  expect(checkOutput('%proc.name['.repeat(50_000), table)).toBeUndefined();
  expect(checkOutput(`%proc.name${'x'.repeat(90)}`.repeat(5000), table)).toBeUndefined();
});
