import { describe, expect, test } from 'vitest';
import { type Options, parseArguments, parseChoice, parseSeconds, UsageError } from './options.ts';

const options = {
  rules: { short: 'r', value: 'PATH', repeat: true, about: '' },
  json: { about: '' },
  verbose: { short: 'v', about: '' },
  out: { short: 'o', value: 'FILE', about: '' },
  list: { value: 'SOURCE', optionalValue: true, about: '' },
  print: { short: 'p', value: 'FORMAT', shortOnly: true, about: '' },
} as const satisfies Options;

describe('arguments', () => {
  test.each([
    [[], {}, []],
    [['-r', 'a', '--rules=b', '-rc', '--rules', '-d'], { rules: ['a', 'b', 'c', '-d'] }, []],
    [['x', '--json', 'y', '-v'], { json: true, verbose: true }, ['x', 'y']],
    [['-vo', 'f'], { verbose: true, out: 'f' }, []],
    [['-of'], { out: 'f' }, []],
    [['-o=f'], { out: '=f' }, []],
    [['--out=a=b'], { out: 'a=b' }, []],
    [['--out', '1', '--out', '2'], { out: '2' }, []],
    [['--list', 'x'], { list: '' }, ['x']],
    [['--list=syscall'], { list: 'syscall' }, []],
    [['-pc'], { print: 'c' }, []],
    [['-', '--', '--json', '-v'], {}, ['-', '--json', '-v']],
  ])('%j', (args, values, positionals) => {
    const none = { rules: [], json: false, verbose: false, out: undefined, list: undefined, print: undefined };
    expect(parseArguments(options, args)).toEqual({ values: { ...none, ...values }, positionals });
  });

  test.each([
    [['--jsn'], 'unknown option --jsn', "did you mean '--json'?"],
    [['-x'], 'unknown option -x', undefined],
    [['-vx'], 'unknown option -x', undefined],
    [['--print', 'x'], 'unknown option --print', undefined],
    [['--json=yes'], 'option --json takes no value', undefined],
    [['--out'], 'option --out needs a value: --out FILE', undefined],
    [['-r'], 'option -r needs a value: -r PATH', undefined],
    [['--constructor'], 'unknown option --constructor', undefined],
  ])('%j is refused', (args, message, help) => {
    let error: unknown;
    try {
      parseArguments(options, args);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toBe(message);
    expect((error as UsageError).help).toBe(help);
  });
});

test.each([
  ['90', 90],
  ['1.5s', 1.5],
  ['5m', 300],
  ['2h', 7200],
])('%s as seconds', (text, seconds) => {
  expect(parseSeconds(text, '--duration')).toBe(seconds);
});

test.each(['', '5 m', 'm', '-1', '1d', '1e9'])('%j is no time', (text) => {
  expect(() => parseSeconds(text, '--duration')).toThrow(`--duration is '${text}'`);
});

test('words', () => {
  expect(parseChoice('JSON', ['text', 'json'], '--format')).toBe('json');
  expect(() => parseChoice('jsn', ['text', 'json'], '--format')).toThrow('expected one of text, json');
});
