import { describe, expect, test } from 'vitest';
import { Event } from '../model/event.ts';
import { eventField, eventFieldWith, fieldClass, threadField } from '../model/field.ts';
import { buildFieldTable } from '../model/field-table.ts';
import type { Container, Machine } from '../model/machine.ts';
import { Thread } from '../model/thread.ts';
import type { LoadedRule } from '../model/rule.ts';
import { AlertMaker, type AlertOptions } from './alerts.ts';
import type { AppendOutput } from './alerts-append.ts';

const fields = fieldClass({
  id: 'fields',
  prefixes: ['proc', 'container'],
  summary: 'Fixed values.',
  sources: ['syscall'],
  fields: {
    'proc.name': eventField('CHARBUF', 'Bytes of all kinds.', () => 'a"b\\c\n\x01\x7f\xc3\xbc\xff'),
    'proc.pid': eventField('UINT64', 'A large number.', () => 18446744073709551615n),
    'proc.share': eventField('DOUBLE', 'A part.', () => 12),
    'proc.none': eventField('CHARBUF', 'No value.', () => null),
    'proc.list': eventField('CHARBUF', 'A list.', () => ['x', '\xc3\xbc'], { list: true }),
    'proc.env': eventFieldWith('CHARBUF', 'With a key.', { kind: 'key', required: true, summary: '' }, () => () => 'v'),
    'container.id': eventField('CHARBUF', 'Suggested.', () => 'host', { suggested: true }),
    'container.image.tag': eventField('CHARBUF', 'Suggested.', () => null, { suggested: true }),
  },
});
const table = buildFieldTable('syscall', [fields]);
const machine = {} as Machine;
const time = 1_795_222_677_005_529_223n;

const plain: AlertOptions = {
  hostname: 'oracle',
  jsonOutput: true,
  includeOutput: true,
  includeMessage: false,
  includeOutputFields: true,
  includeTags: true,
  isoTime: false,
  base64: false,
  appendOutput: [],
};

function rule(output: string, more: Partial<LoadedRule<null>> = {}): LoadedRule<null> {
  return {
    name: 'A rule',
    index: 0,
    condition: null,
    output,
    priority: 'Warning',
    source: 'syscall',
    tags: ['b', 'a'],
    enabled: true,
    capture: false,
    captureDurationMs: 0,
    file: '',
    eventTypes: new Set(),
    ...more,
  };
}

function line(output: string, options: Partial<AlertOptions> = {}, more: Partial<LoadedRule<null>> = {}): string {
  const maker = new AlertMaker({ ...plain, ...options }, () => table);
  const made = rule(output, more);
  expect(maker.prepare([made])).toEqual([]);
  const event = new Event();
  event.timeLow = Number(time & 0xffffffffn);
  event.timeHigh = Number(time >> 32n);
  return maker.make(event, machine, made).line;
}

// The clock of the text is local time.
const clock = /^(?:\d\d:){2}57\.005529223: /;

describe('JSON lines', () => {
  test('sorted keys, exact integers, missing values, escapes', () => {
    const text = line('%proc.pid %proc.none %proc.share %proc.list %proc.name');
    const clockText = JSON.parse(text).output.slice(0, 18);
    const expected =
      '{"hostname":"oracle","output":"CLOCK: Warning 18446744073709551615 <NA> 12.0 (x,ü) a\\"b\\\\c\\n\\u0001\x7fü\ufffd",' +
      '"output_fields":{"evt.time":1795222677005529223,"proc.list":["x","ü"],"proc.name":"a\\"b\\\\c\\n\\u0001\x7fü\ufffd",' +
      '"proc.none":null,"proc.pid":18446744073709551615,"proc.share":12.0},"priority":"Warning","rule":"A rule",' +
      '"source":"syscall","tags":["a","b"],"time":"2026-11-21T00:57:57.005529223Z"}';
    expect(text).toBe(expected.replace('CLOCK', clockText));
  });

  test.each([
    [
      { includeMessage: true },
      ['hostname', 'message', 'output', 'output_fields', 'priority', 'rule', 'source', 'tags', 'time'],
    ],
    [{ includeOutput: false }, ['hostname', 'output_fields', 'priority', 'rule', 'source', 'tags', 'time']],
    [{ includeOutputFields: false }, ['hostname', 'output', 'priority', 'rule', 'source', 'tags', 'time']],
    [{ includeTags: false }, ['hostname', 'output', 'output_fields', 'priority', 'rule', 'source', 'time']],
  ])('%j', (options, keys) => {
    expect(Object.keys(JSON.parse(line('x', options)))).toEqual(keys);
  });

  test('the message is the output without time and priority', () => {
    expect(JSON.parse(line('x %proc.share', { includeMessage: true })).message).toBe('x 12.0');
  });

  test('names of fields have the text of their arguments', () => {
    const names = Object.keys(JSON.parse(line('%proc.env[\xc3\xbc] %proc.env["a b"]')).output_fields);
    expect(names.toSorted()).toEqual(['evt.time', 'proc.env["a b"]', 'proc.env[\xfc]']);
  });

  test('ISO times', () => {
    const parsed = JSON.parse(line('x', { isoTime: true }));
    expect(parsed.output).toBe('2026-11-21T00:57:57.005529223+0000: Warning x');
    expect(Object.keys(parsed.output_fields)).toEqual(['evt.time.iso8601']);
  });

  test('tags once, names that are not ASCII', () => {
    const parsed = JSON.parse(line('x', {}, { name: 'r\xc3\xbc', tags: ['z', '\xc3\xbc', 'z'] }));
    expect(parsed.rule).toBe('rü');
    expect(parsed.tags).toEqual(['z', 'ü']);
  });
});

test('rules with the same additions alert each with its own output, and others with theirs', () => {
  const additions: AppendOutput[] = [
    {
      source: undefined,
      rule: undefined,
      tags: ['x'],
      extraOutput: 'p=%proc.pid',
      extraFields: [],
      suggestedOutput: false,
    },
  ];
  const maker = new AlertMaker({ ...plain, jsonOutput: false, appendOutput: additions }, () => table);
  const rules = ['one', 'two', 'three'].map((name) => rule(`${name} %proc.share`, { name, tags: ['x'] }));
  const other = rule('other', { name: 'other' });
  expect(maker.prepare([...rules, other])).toEqual([]);
  const event = new Event();
  const messages = [...rules, ...rules, other].map((one) => maker.make(event, machine, one).line.replace(/^\S+ /, ''));
  const added = ['one', 'two', 'three'].map((name) => `Warning ${name} 12.0 p=18446744073709551615`);
  expect(messages).toEqual([...added, ...added, 'Warning other']);
  expect(() => maker.make(event, machine, rule('never prepared'))).toThrow('not prepared');
});

test('whatever bytes a value has, an alert is one line that every reader takes', () => {
  let state = 1;
  for (let i = 0; i < 500; i++) {
    const bytes = Array.from({ length: 30 }, () => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return String.fromCharCode((state >> 8) & 0xff);
    }).join('');
    const one = buildFieldTable('syscall', [
      fieldClass({
        id: 'one',
        prefixes: ['proc'],
        summary: 'One value.',
        sources: ['syscall'],
        fields: { 'proc.name': eventField('CHARBUF', 'Bytes.', () => bytes) },
      }),
    ]);
    for (const jsonOutput of [true, false]) {
      const maker = new AlertMaker({ ...plain, jsonOutput }, () => one);
      const made = rule('%proc.name');
      maker.prepare([made]);
      const text = maker.make(new Event(), machine, made).line;
      expect(text.split('').every((char) => char >= ' ')).toBe(true);
      expect(text.isWellFormed()).toBe(true);
      if (!jsonOutput) continue;
      const expected = Buffer.from(bytes, 'latin1').toString('utf8');
      expect(JSON.parse(text).output_fields['proc.name']).toBe(expected);
    }
  }
});

describe('text lines', () => {
  test('one line whatever the values hold', () => {
    const text = line('%proc.name', { jsonOutput: false });
    expect(text).toMatch(clock);
    expect(text.replace(clock, '')).toBe('Warning a\\"b\\\\c\\n\\u0001\x7fü\ufffd');
  });

  test('ISO times', () => {
    expect(line('x', { jsonOutput: false, isoTime: true })).toBe('2026-11-21T00:57:57.005529223+0000: Warning x');
  });
});

function addition(more: Partial<AppendOutput>): AppendOutput {
  const none = { source: undefined, rule: undefined, tags: [], extraOutput: undefined, extraFields: [] };
  return { ...none, suggestedOutput: false, ...more };
}

describe('append_output', () => {
  test.each([
    ['suggested fields', [addition({ suggestedOutput: true })], 'x container_id=host container_image_tag=<NA>'],
    [
      'suggested fields that are missing',
      [addition({ extraOutput: '%container.id', suggestedOutput: 'missing' })],
      'x host',
    ],
    ['text', [addition({ extraOutput: 'on %container.id' }), addition({ extraOutput: 'z' })], 'x on host z'],
    ['of the rule', [addition({ rule: 'A rule', extraOutput: 'y' }), addition({ rule: 'B', extraOutput: 'z' })], 'x y'],
    [
      'of the source',
      [addition({ source: 'syscall', extraOutput: 'y' }), addition({ source: 's', extraOutput: 'z' })],
      'x y',
    ],
    [
      'of all tags',
      [addition({ tags: ['a', 'b'], extraOutput: 'y' }), addition({ tags: ['a', 'c'], extraOutput: 'z' })],
      'x y',
    ],
  ])('%s', (_, appendOutput, message) => {
    expect(JSON.parse(line('x', { appendOutput, includeMessage: true })).message).toBe(message);
  });

  test('extra fields: raw values and texts, in output_fields only', () => {
    const extraFields = [
      { name: 'proc.share', format: undefined },
      { name: 'text', format: 'is %container.id' },
      { name: 'proc.none', format: undefined },
      { name: 'proc.pid x', format: undefined },
    ];
    const parsed = JSON.parse(line('x', { appendOutput: [addition({ extraFields })] }));
    expect(parsed.output_fields).toEqual({
      'evt.time': expect.anything(),
      'proc.none': null,
      'proc.pid x': null,
      'proc.share': 12,
      text: 'is host',
    });
    expect(parsed.output).toMatch(/Warning x$/);
  });

  test.each([
    [addition({ extraOutput: '%proc.nmae' }), 'unknown field in output: %proc.nmae'],
    [addition({ extraFields: [{ name: 'proc.nmae', format: undefined }] }), 'append_output: unknown field'],
    [addition({ extraFields: [{ name: 'x', format: '%' }] }), "append_output: an output can't end"],
  ])('what does not fit is told for the rule', (extra, message) => {
    const maker = new AlertMaker({ ...plain, appendOutput: [extra] }, () => table);
    const problems = maker.prepare([rule('x')]);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.rule).toBe('A rule');
    expect(problems[0]!.message).toContain(message);
  });

  test('what is wrong in every rule is told once', () => {
    const maker = new AlertMaker({ ...plain, appendOutput: [addition({ extraOutput: '%proc.nmae' })] }, () => table);
    const problems = maker.prepare([rule('x'), rule('y'), rule('z')]);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.message).toMatch(/^unknown field in output: %proc\.nmae.* \(and in 2 more rules\)$/);
  });
});

describe('internal alerts', () => {
  const make = (options: Partial<AlertOptions>) =>
    new AlertMaker({ ...plain, ...options }, () => table).internal(time, 'Debug', 'Saker internal: x', 'it is so', {
      n: 7n,
      a: 'b',
    }).line;

  test('JSON', () => {
    expect(make({})).toBe(
      '{"hostname":"oracle","output":"it is so","output_fields":{"a":"b","n":7},"priority":"Debug",' +
        '"rule":"Saker internal: x","source":"internal","time":"2026-11-21T00:57:57.005529223Z"}',
    );
  });

  test('text', () => {
    expect(make({ jsonOutput: false })).toMatch(/^(?:\d\d:){2}57\.005529223: Debug it is so \(a="b" n=7\)$/);
  });
});

describe('drafts', () => {
  const late = fieldClass({
    id: 'late',
    prefixes: ['proc', 'container'],
    summary: 'A process in a container.',
    sources: ['syscall'],
    fields: {
      'proc.name': threadField('CHARBUF', 'Name.', (thread) => thread.comm),
      'container.name': threadField(
        'CHARBUF',
        'Name.',
        (thread, of) => of.container(thread.containerId)?.name ?? null,
        { ofContainer: true },
      ),
    },
  });
  const lateTable = buildFieldTable('syscall', [late]);

  function draft(output: string, container: Partial<Container> | undefined) {
    const maker = new AlertMaker({ ...plain, jsonOutput: false }, () => lateTable);
    const made = rule(output);
    expect(maker.prepare([made])).toEqual([]);
    let known: Partial<Container> | undefined;
    const changing = { container: (id: string) => (id === 'c1' ? known : undefined) } as Machine;
    const event = new Event();
    event.thread = new Thread();
    event.thread.comm = 'sh';
    event.thread.containerId = 'c1';
    const complete = maker.draft(event, changing, made);
    // Until the engine answers, all of this goes on.
    event.thread.comm = 'other';
    event.thread.containerId = 'host';
    event.thread = null;
    known = container;
    return { alert: complete(), isAboutContainer: maker.isAboutContainer(made) };
  }

  test('the container is that of later, all else of the event', () => {
    const { alert, isAboutContainer } = draft('%proc.name in %7container.name %toupper(container.name)', {
      name: 'web',
    });
    expect(alert.message).toBe('sh in web     WEB');
    expect([...alert.fields.values()].slice(0, 2)).toEqual(['sh', 'web']);
    expect(isAboutContainer).toBe(true);
  });

  test('an engine that does not answer leaves the value out', () => {
    expect(draft('%proc.name in %container.name', undefined).alert.message).toBe('sh in <NA>');
  });

  test('an alert that names nothing of the container has no need to wait', () => {
    expect(draft('%proc.name', undefined).isAboutContainer).toBe(false);
  });
});
