import { describe, expect, test } from 'vitest';
import { output, type OutputSpec, singly } from '../../model/output.ts';
import { choice, count, flag, object, secretOr, textList, textMapOr, textOr } from '../../model/schema.ts';
import { loadDelivery, type LoadedDelivery } from './load.ts';

const about = { summary: 'For tests.', since: '0.1.0', stability: 'stable', batch: singly, examples: [] } as const;
const open = () => ({ send: () => Promise.resolve({ kind: 'ok' as const }), close: () => undefined });

const hook = output({
  ...about,
  id: 'hook',
  title: 'Hook',
  category: 'web',
  section: 'hook',
  config: object({
    address: secretOr('', 'Where to.'),
    method: choice(['POST', 'PUT'], 'POST', 'How.'),
    size: count(10, 'How much.'),
    strict: flag(false, 'Whether.'),
    headers: textMapOr({}, 'With what.'),
    to: textList('Whom.'),
  }),
  isEnabled: ({ address }) => address !== '',
  open,
});
const bucket = output({
  ...about,
  id: 'cloud-bucket',
  title: 'Bucket',
  category: 'storage',
  section: 'cloud.bucket',
  shared: ['region'],
  config: object({ region: textOr('', 'Where.'), name: textOr('', 'Which.'), sendtimeout: count(5, 'Its own.') }),
  isEnabled: ({ name }) => name !== '',
  open,
});
const specs = [hook, bucket] as unknown as OutputSpec[];

function load(
  text: string,
  environment: Record<string, string> = {},
  secrets: Record<string, string> = {},
): LoadedDelivery {
  const read = (path: string) => (path === 'c.yaml' ? text : secrets[path]);
  return loadDelivery({ file: 'c.yaml', environment, files: { read }, specs, intakes: [] });
}

function problems({ diagnostics }: LoadedDelivery): string[] {
  return diagnostics.map(({ severity, message, help, locations }) => {
    const { line, column } = locations[0]!.position;
    return `${severity} ${line + 1}:${column + 1} ${message}${help === undefined ? '' : ` (${help})`}`;
  });
}

test('an empty file is no mistake; nothing is turned on', () => {
  const loaded = load('');
  expect(loaded).toMatchObject({ ok: true, outputs: [], diagnostics: [] });
  expect(loaded.general['']).toMatchObject({ listenaddress: '', listenport: 2801, debug: false });
  expect(loaded.general.tlsserver).toMatchObject({ deploy: false, notlsport: 2810 });
});

test('values of all kinds, keys in any case', () => {
  const loaded = load(`
listenPort: 2900
customfields: {a: b, c: 'd:e'}
hook:
  Address: http://x
  METHOD: put
  size: 7
  strict: yes
  headers: {X-A: b}
  to: [one, two]
  minimumPriority: warning
`);
  expect(problems(loaded)).toEqual([]);
  expect(loaded.general[''].listenport).toBe(2900);
  expect(loaded.general[''].customfields).toEqual({ a: 'b', c: 'd:e' });
  expect(loaded.outputs).toMatchObject([
    {
      name: 'hook',
      options: {
        address: 'http://x',
        method: 'PUT',
        size: 7,
        strict: true,
        headers: { 'X-A': 'b' },
        to: ['one', 'two'],
      },
      common: { minimumpriority: 'warning', checkcert: true, maxconcurrentrequests: 1, sendtimeout: '30s' },
    },
  ]);
});

test('the environment goes before the file', () => {
  const environment = {
    LISTENPORT: '2901',
    CUSTOMFIELDS: 'a:b, c:http://d:1',
    HOOK_ADDRESS: 'http://environment',
    HOOK_TO: 'one,two',
    HOOK_SIZE: '',
    CLOUD_BUCKET_NAME: 'b',
    CLOUD_REGION: 'here',
  };
  const loaded = load('hook: {address: http://file, size: 3}\ncloud: {region: there}\n', environment);
  expect(problems(loaded)).toEqual([]);
  expect(loaded.general['']).toMatchObject({ listenport: 2901, customfields: { a: 'b', c: 'http://d:1' } });
  expect(loaded.outputs).toMatchObject([
    { name: 'hook', options: { address: 'http://environment', size: 3, to: ['one', 'two'] } },
    { name: 'cloud-bucket', options: { name: 'b', region: 'here', sendtimeout: 5 } },
  ]);
});

describe('secrets', () => {
  test('come from files', () => {
    const loaded = load(
      'hook: {address_file: /s}\n',
      { CLOUD_BUCKET_NAME_FILE: '/t' },
      { '/s': 'http://x\n', '/t': 'b' },
    );
    expect(problems(loaded)).toEqual([]);
    expect(loaded.outputs).toMatchObject([{ options: { address: 'http://x' } }, { options: { name: 'b' } }]);
  });

  test('are not shown', () => {
    const loaded = load('hook:\n  address: [http://secret]\n  size: many\n');
    expect(problems(loaded)).toEqual([
      'error 2:12 hook.address is not valid, expected a text',
      "error 3:9 hook.size is 'many', expected an integer from 0 on",
    ]);
  });
});

test('more than one output of a kind', () => {
  const loaded = load(`
cloud: {region: here, bucket: {name: first}}
outputs:
  - {output: hook, as: ops, address: http://a, minimumpriority: error}
  - {output: cloud.bucket, as: second, name: b}
  - {output: cloud-bucket, as: third, name: c, region: there}
  - {output: hook, as: fourth}
`);
  expect(problems(loaded)).toEqual([
    "error 7:5 the output 'fourth' lacks what turns it on (see `saker outputs show hook`)",
  ]);
  expect(loaded.outputs).toMatchObject([
    { name: 'cloud-bucket', options: { name: 'first', region: 'here' } },
    { name: 'ops', options: { address: 'http://a' }, common: { minimumpriority: 'error' } },
    { name: 'second', options: { name: 'b', region: 'here' } },
    { name: 'third', options: { name: 'c', region: 'there' } },
  ]);
});

test.each([
  ['hok: {address: x}', "warning 1:1 unknown key 'hok'; it is ignored (did you mean 'hook'?)"],
  ['hook: {adress: x}', "warning 1:8 unknown key 'hook.adress'; it is ignored (did you mean 'address'?)"],
  ['cloud: {buckt: {}}', "warning 1:9 unknown key 'cloud.buckt'; it is ignored (did you mean 'bucket'?)"],
  ['hook: 3', "error 1:7 'hook' has to be a map of keys and values"],
  ['listenport: 70000', "error 1:13 listenport is '70000', expected an integer from 0 to 65535"],
  ['hook: {method: get}', "error 1:16 hook.method is 'get', expected one of POST, PUT"],
  [
    'hook: {address: a, address_file: /none}',
    'error 1:34 both hook.address and hook.address_file are set: which one shall count?',
  ],
  ['hook: {address_file: /none}', "error 1:22 hook.address_file: can't read '/none': there is no such file"],
  ['outputs: {}', "error 1:10 'outputs' has to be a list: - output: slack"],
  ['outputs: [{output: hok}]', "error 1:11 there is no output 'hok' (did you mean 'hook'?)"],
  [
    'outputs: [{output: hook, as: "a b", address: x}]',
    "error 1:11 the name 'a b' of an output is not letters, digits, '.', '_' and '-'",
  ],
  [
    'outputs: [{output: hook, address: x}, {output: hook, address: y}]',
    "error 1:39 there are two outputs 'hook' (call one of them something else: as: NAME)",
  ],
  [
    'outputs: [{output: hook, address: x, aas: y}]',
    "warning 1:38 unknown key 'outputs.0.aas'; it is ignored (did you mean 'as'?)",
  ],
  ['[a]', 'error 1:1 a configuration file is a map of keys and values'],
])('%s', (text, problem) => {
  expect(problems(load(text))).toEqual([problem]);
});

test('maintenance', () => {
  const loaded = load(`
maintenance:
  - {name: nightly, zone: Europe/Berlin, days: [mon, Friday], from: '22:30', to: '04:00', rules: ['Package*']}
  - {name: move, start: '2026-11-21T05:00:00Z', end: '2026-11-21T06:00:00Z', maximumpriority: warning}
  - {name: wrong, from: '25:00', to: '26:00'}
  - {name: back, start: '2026-11-21T05:00:00Z', end: '2026-11-21T04:00:00Z'}
`);
  expect(problems(loaded)).toEqual([
    "error 5:5 maintenance 'wrong': from and to are clock times such as 22:30, or give start and end",
    "error 6:5 maintenance 'back': it ends before it starts",
  ]);
  expect(loaded.maintenance).toMatchObject([
    { name: 'nightly', when: { kind: 'weekly', days: [1, 5], from: 1350, to: 240 }, match: { rules: ['Package*'] } },
    { name: 'move', when: { kind: 'range', start: 1_795_237_200_000 }, match: { maximumPriority: 'Warning' } },
  ]);
});

test('a missing file', () => {
  const loaded = loadDelivery({ file: '/none', environment: {}, files: { read: () => undefined }, specs, intakes: [] });
  expect(problems(loaded)).toEqual(['error 1:1 there is no configuration file /none']);
});
