import { describe, expect, test } from 'vitest';
import { exampleNotice, hostileNotice, makeNotice } from '../../test/kit/notice.ts';
import { cef } from './cef.ts';
import { ecs } from './ecs.ts';
import { ocsf } from './ocsf.ts';
import { otelLog } from './otel.ts';
import { sarif } from './sarif.ts';

const rich = makeNotice({
  rule: 'Read sensitive file | odd=name',
  priority: 'Critical',
  tags: ['T1555.003', 'mitre_credential_access', 'host'],
  output: 'a=b|c\\d\nnext',
  fields: {
    'proc.name': 'cat',
    'proc.pid': 42,
    'proc.cmdline': 'cat /etc/shadow',
    'proc.exepath': '/usr/bin/cat',
    'proc.pname': 'bash',
    'user.name': 'root',
    'user.uid': 0,
    'fd.name': '/etc/sha dow',
    'container.id': '3ad7b26ded6d',
    'container.image.repository': 'nginx',
    'container.image.tag': '1.27',
    'k8s.ns.name': 'shop',
    'k8s.pod.name': 'web-1',
    'container.name': '<NA>',
    'evt.time': 1_795_238_965_123_456_789n,
    'proc.tty': null,
  },
});

function parsed(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

test('ECS', () => {
  expect(parsed(ecs(rich))).toMatchObject({
    '@timestamp': '2026-11-21T05:29:25.123456789Z',
    event: { kind: 'alert', severity: 5, id: rich.uuid },
    rule: { name: 'Read sensitive file | odd=name' },
    process: {
      pid: 42,
      name: 'cat',
      command_line: 'cat /etc/shadow',
      executable: '/usr/bin/cat',
      parent: { name: 'bash' },
    },
    user: { name: 'root', id: '0' },
    file: { path: '/etc/sha dow' },
    container: { id: '3ad7b26ded6d', image: { name: 'nginx', tag: ['1.27'] } },
    orchestrator: { type: 'kubernetes', namespace: 'shop', resource: { type: 'pod', name: 'web-1' } },
    threat: { tactic: { id: ['TA0006'], name: ['Credential Access'] }, technique: { id: ['T1555.003'] } },
  });
  // What has no value is not there, and integers are whole.
  expect(parsed(ecs(rich))['container']).not.toHaveProperty('name');
  expect(ecs(rich)).toContain('"evt.time":1795238965123456789');
});

test('OCSF', () => {
  expect(parsed(ocsf(rich, '1.2.3'))).toMatchObject({
    class_uid: 2004,
    type_uid: 200_401,
    severity_id: 5,
    time: 1_795_238_965_123,
    metadata: { version: '1.5.0', uid: rich.uuid, product: { version: '1.2.3' } },
    finding_info: { title: rich.rule, attacks: [{ tactic: { uid: 'TA0006' } }, { technique: { uid: 'T1555.003' } }] },
    evidences: [
      { process: { pid: 42, file: { path: '/usr/bin/cat', name: 'cat' }, parent_process: { name: 'bash' } } },
    ],
  });
});

test('OpenTelemetry', () => {
  const record = parsed(otelLog(rich));
  expect(record).toMatchObject({ timeUnixNano: '1795238965123456789', severityNumber: 21, severityText: 'Critical' });
  const attributes = record['attributes'] as { key: string; value: unknown }[];
  const byKey = Object.fromEntries(attributes.map(({ key, value }) => [key, value]));
  expect(byKey).toMatchObject({
    'process.pid': { intValue: '42' },
    'saker.tags': { arrayValue: { values: [{ stringValue: 'T1555.003' }, {}, {}] } },
    'saker.field.evt.time': { intValue: '1795238965123456789' },
  });
});

test('CEF: escaped as head and extension want it', () => {
  const text = cef(rich, '1.0');
  expect(text).toMatch(/^CEF:0\|Saker\|Saker\|1\.0\|Read sensitive file \\\| odd=name\|[^|]*\\\|[^|]*\|8\|externalId=/);
  expect(text).toContain(String.raw` msg=a\=b|c\\d\nnext `);
  expect(text).toContain(' cs1=T1555.003,mitre_credential_access,host cs1Label=tags ');
});

test('SARIF', () => {
  expect(parsed(sarif([rich, exampleNotice, rich], '1.0'))).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { rules: [{ id: rich.rule }, { id: exampleNotice.rule }] } },
        results: [
          {
            ruleIndex: 0,
            level: 'error',
            locations: [{ physicalLocation: { artifactLocation: { uri: 'file:///etc/sha%20dow' } } }],
          },
          { ruleIndex: 1, level: 'note' },
          { ruleIndex: 0 },
        ],
      },
    ],
  });
  expect(parsed(sarif([], '1.0'))).toMatchObject({ runs: [{ results: [] }] });
});

describe('a hostile alert stays one line', () => {
  test.each([
    ['ECS', ecs],
    ['OCSF', (notice: typeof rich) => ocsf(notice, '1')],
    ['OpenTelemetry', otelLog],
    ['SARIF', (notice: typeof rich) => sarif([notice], '1')],
  ])('%s', (_, format) => {
    const text = format(hostileNotice());
    expect(() => JSON.parse(text) as unknown).not.toThrow();
    expect(text).not.toMatch(/[\r\n]/);
  });

  test('CEF', () => expect(cef(hostileNotice(), '1')).not.toMatch(/[\r\n]/));
});
