import { describe, expect, test } from 'vitest';
import { alertJson } from '../../../test/kit/alerts.ts';
import type { Alert } from '../../model/alert.ts';
import { defaultIntake } from '../defaults.ts';
import type { IntakeSettings } from '../settings.ts';
import { readBody } from './body.ts';
import { NoticeMaker } from './maker.ts';
import { restoreNotice } from './restore.ts';

function read(body: string | Uint8Array, settings: Partial<IntakeSettings> = {}) {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return readBody(bytes, new NoticeMaker({ ...defaultIntake, ...settings }));
}

function one(changes: Readonly<Record<string, unknown>>, settings: Partial<IntakeSettings> = {}) {
  return read(JSON.stringify(alertJson(changes)), settings).notices[0]!;
}

test('an alert of Falco becomes a notice', () => {
  const notice = one({ uuid: '8c0f5a6e-1f4b-4f0e-9a43-0d8f6c1b2a3d' });
  expect(notice).toMatchObject({
    uuid: '8c0f5a6e-1f4b-4f0e-9a43-0d8f6c1b2a3d',
    time: 1_795_238_965_123_456_789n,
    timeText: '2026-11-21T05:29:25.123456789Z',
    priority: 'Warning',
    tags: ['container', 'shell'],
    hostname: 'node-1',
  });
  expect(notice.json).toBe(
    '{"uuid":"8c0f5a6e-1f4b-4f0e-9a43-0d8f6c1b2a3d","output":"05:29:25.123456789: Warning A shell was started (user=root)"' +
      ',"priority":"Warning","rule":"Terminal shell in container","time":"2026-11-21T05:29:25.123456789Z"' +
      ',"output_fields":{"proc.name":"bash","proc.pid":4711,"k8s.ns.name":"shop"},"source":"syscall"' +
      ',"tags":["container","shell"],"hostname":"node-1"}',
  );
  expect(restoreNotice(notice.json)).toEqual(notice);
});

test.each([
  ['', 'empty'],
  ['  \n', 'empty'],
  ['[]', 'empty'],
  ['{', 'json'],
  ['nonsense', 'json'],
  ['null', 'object'],
  ['7', 'object'],
  ['[7]', 'object'],
  [`${'['.repeat(100_000)}1234567890123456${']'.repeat(100_000)}`, 'depth'],
  [JSON.stringify(alertJson({ priority: 'Loud' })), 'priority'],
  [JSON.stringify(alertJson({ priority: 4 })), 'priority'],
  [JSON.stringify(alertJson({ priority: undefined })), 'priority'],
  [JSON.stringify(alertJson({ rule: '' })), 'rule'],
  [JSON.stringify(alertJson({ time: undefined })), 'time'],
  [JSON.stringify(alertJson({ time: '0001-01-01T00:00:00Z' })), 'time'],
  [JSON.stringify(alertJson({ time: '2026-02-30T00:00:00Z' })), 'time'],
  [JSON.stringify(alertJson({ time: 1_700_000_000 })), 'time'],
  [JSON.stringify(alertJson({ output_fields: {} })), 'output_fields'],
  [JSON.stringify(alertJson({ output_fields: ['a'] })), 'output_fields'],
  [JSON.stringify(alertJson({ tags: 'x' })), 'tags'],
  [JSON.stringify(alertJson({ tags: [1] })), 'tags'],
  [JSON.stringify(alertJson()).replace('4711', `${'['.repeat(50_000)}${']'.repeat(50_000)}`), 'depth'],
])('%.60s is refused: %s', (body, code) => {
  const { notices, refused } = read(body);
  expect(notices).toEqual([]);
  expect(refused.map((each) => each.code)).toEqual([code]);
});

describe('values', () => {
  test.each([
    ['1795238965123456789', 1_795_238_965_123_456_789n],
    ['-9007199254740993', -9_007_199_254_740_993n],
    ['9007199254740991', 9_007_199_254_740_991],
    ['1.5', 1.5],
    ['1e300', 1e300],
    ['true', true],
    ['null', null],
    ['[1, "a", 1795238965123456789]', [1, 'a', 1_795_238_965_123_456_789n]],
    ['{"a": {"b": 1795238965123456789}}', '{"a":{"b":1795238965123456789}}'],
  ])('%s', (json, expected) => {
    const alert = JSON.stringify(alertJson({ output_fields: { 'a.b': 'X' } })).replace('"X"', json);
    for (const body of [alert, `[${alert}]`]) {
      const { fields, json: written } = read(body).notices[0]!;
      expect(fields.get('a.b')).toEqual(expected);
      expect(restoreNotice(written)!.fields.get('a.b')).toEqual(expected);
    }
  });

  test('a number is found by its name, not by a text that looks like it', () => {
    const output = 'says "evt.time": 111111111111111111111 and \\"evt.time":2';
    const alert = JSON.stringify(alertJson({ output, output_fields: { 'evt.time': 'X' } })).replace(
      '"X"',
      '1795238965123456789',
    );
    expect(read(alert).notices[0]!.fields.get('evt.time')).toBe(1_795_238_965_123_456_789n);
    const escaped = alert.replace('"evt.time":1795', '"evt\\u002etime":1795');
    expect(read(escaped).notices[0]!.fields.get('evt.time')).toBe(1_795_238_965_123_456_789n);
  });

  test('bytes that are not UTF-8, and halves of characters, become U+FFFD', () => {
    const bytes = Buffer.from(JSON.stringify(alertJson({ output: 'X' })))
      .toString('latin1')
      .replace('"X"', '"\xff\xfe"');
    expect(read(Buffer.from(bytes, 'latin1')).notices[0]!.output).toBe('\ufffd\ufffd');
    const half = JSON.stringify(alertJson({ output: 'X' })).replace('"X"', '"\\ud800x"');
    expect(read(half).notices[0]!.output).toBe('\ufffdx');
  });

  test('texts that are too long are cut, and say so', () => {
    const maker = new NoticeMaker({ ...defaultIntake, textLength: 10 });
    const body = JSON.stringify(alertJson({ output: 'o'.repeat(25), rule: 'short' }));
    expect(readBody(Buffer.from(body), maker).notices[0]!.output).toBe('oooooooooo[... 15 characters cut]');
    expect(maker.cut).toBeGreaterThan(0);
  });
});

test.each([
  ['2026-11-21T05:29:25Z', '2026-11-21T05:29:25.000000000Z'],
  ['2026-11-21T07:29:25.5+02:00', '2026-11-21T05:29:25.500000000Z'],
  ['2026-11-20T23:59:25.1234567891-05:30', '2026-11-21T05:29:25.123456789Z'],
  ['1969-12-31T23:59:59.25Z', '1969-12-31T23:59:59.250000000Z'],
])('time %s', (time, expected) => {
  expect(one({ time }).timeText).toBe(expected);
});

test('lines and lists are read, good ones taken where others are refused', () => {
  const good = JSON.stringify(alertJson());
  expect(read(`${good}\n{}\n\n${good}\n`)).toMatchObject({
    notices: [{}, {}],
    refused: [{ index: 1, code: 'priority' }],
  });
  expect(read(`[${good}, 3, ${good}]`)).toMatchObject({ notices: [{}, {}], refused: [{ index: 1, code: 'object' }] });
  expect(read(`${good} rubbish`).refused).toMatchObject([{ index: 0, code: 'json' }]);
  expect(read(`${good}\n${good}`, { alertsPerBody: 1 })).toMatchObject({
    notices: [{}],
    refused: [{ code: 'length' }],
  });
  expect(read(good, { alertBytes: 50 }).refused).toMatchObject([{ code: 'length' }]);
  expect(read(JSON.stringify([alertJson(), alertJson()], undefined, 2)).notices).toHaveLength(2);
});

test('what Falcosidekick fills in', () => {
  const bare = one({ uuid: 'mine', source: undefined, hostname: undefined, tags: undefined }, { hostname: 'here' });
  expect(bare).toMatchObject({ source: 'syscalls', hostname: 'here', tags: [] });
  expect(bare.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  expect(one({ rule: 'Test rule' }).source).toBe('internal');
  expect(one({ priority: 'EMERGENCY' }).priority).toBe('Emergency');
  expect(one({ output_fields: null }, { customFields: { env: 'prod' } }).fields).toEqual(new Map([['env', 'prod']]));
});

test('enrichment', () => {
  const notice = one(
    { output_fields: { 'proc.aname[2]': 'sshd', x: '' } },
    {
      customFields: { env: 'prod' },
      customTags: ['zone-a', 'shell'],
      templatedFields: { parent: '{{ or (index . "x") (index . "proc.aname[2]") }}' },
      bracketReplacer: '_',
      outputFieldFormat: '<timestamp>: <priority> <output> (<custom_fields> <templated_fields>) <tags>',
    },
  );
  expect([...notice.fields]).toEqual([
    ['proc.aname_2', 'sshd'],
    ['x', ''],
    ['env', 'prod'],
    ['parent', 'sshd'],
  ]);
  expect(notice.tags).toEqual(['container', 'shell', 'zone-a']);
  expect(notice.output).toBe(
    '05:29:25.123456789: Warning A shell was started (user=root) (env=prod parent=sshd) container,shell,zone-a',
  );
});

test('templates that are wrong are told with their place', () => {
  const maker = new NoticeMaker({ ...defaultIntake, templatedFields: { a: 'x{{ foo }}' } });
  expect(maker.problems).toEqual([{ path: 'intake.templatedFields.a', offset: 4, message: 'unknown function foo' }]);
});

test("Saker's own alerts", () => {
  const alert: Alert = {
    time: 1_795_238_965_123_456_789n,
    hostname: 'node-1',
    rule: 'R',
    priority: 'Error',
    source: 'syscall',
    tags: ['t'],
    message: 'text',
    fields: new Map<string, Alert['fields'] extends ReadonlyMap<string, infer V> ? V : never>([
      ['evt.time', 1_795_238_965_123_456_789n],
      ['proc.aname', ['a', 'b']],
      ['fd.name', null],
    ]),
    line: '',
  };
  const notice = new NoticeMaker(defaultIntake).fromAlert(alert);
  expect(JSON.parse(notice.json)).toMatchObject({
    output: 'text',
    priority: 'Error',
    output_fields: { 'fd.name': null },
  });
  expect(notice.json).toContain('"evt.time":1795238965123456789,"proc.aname":["a","b"]');
});
