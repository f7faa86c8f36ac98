import { request } from 'node:https';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Pki } from '../../../test/kit/pki.ts';
import { PostServer } from '../../../test/kit/post-server.ts';
import { alertText, ServiceStage } from '../../../test/kit/service-stage.ts';

// Keys of Falcosidekick that are no output's: each has its meaning, from the file to what a receiver gets.

let stage: ServiceStage;
beforeEach(async () => (stage = await new ServiceStage().open()));
afterEach(() => stage.close());

const webhook = "webhook: {address: '{url}/hook'}\n";
const fields = { 'proc.name': 'bash', 'k8s.labels[app]': 'shop', 'user.uid': 0 };
const alert = alertText('R', { output: '07:00:00.000000000: Warning A shell', output_fields: fields, tags: ['b'] });

interface Received {
  readonly output: string;
  readonly output_fields: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
}

async function received(config: string, environment: Readonly<Record<string, string>> = {}): Promise<Received> {
  const service = await stage.start(config, environment);
  expect(await stage.post(service, alert)).toBe(200);
  return JSON.parse((await stage.arrived(1, '/hook'))[0]!.toString()) as Received;
}

describe('what every alert gets', () => {
  test.each([
    ['customfields: {env: prod, region: "%REGION", none: "%NONE"}\n', {}, { env: 'prod', region: 'eu', none: '' }],
    ['customfields: "env:prod,url:http://x:1"\n', {}, { env: 'prod', url: 'http://x:1' }],
    ['', { CUSTOMFIELDS: 'env:prod,region:%REGION' }, { env: 'prod', region: 'eu' }],
    ['templatedfields: {who: \'{{ or (index . "user.name") "nobody" }}\'}\n', {}, { who: 'nobody' }],
    ['', { TEMPLATEDFIELDS: 'p:{{ index . "proc.name" }}' }, { p: 'bash' }],
    ['bracketreplacer: "_"\n', {}, { 'k8s.labels_app': 'shop' }],
    ['', { BRACKETREPLACER: '.' }, { 'k8s.labels.app': 'shop' }],
  ])('%s %j', async (config, environment, expected) => {
    const { output_fields: found } = await received(config + webhook, { REGION: 'eu', ...environment });
    expect(found).toMatchObject(expected);
    expect('k8s.labels[app]' in found).toBe(!JSON.stringify([config, environment]).toLowerCase().includes('bracket'));
  });

  test.each([
    ['customtags: [z, a]\n', {}],
    ['', { CUSTOMTAGS: 'z,a' }],
  ])('tags, sorted: %s', async (config, environment) => {
    expect((await received(config + webhook, environment)).tags).toEqual(['a', 'b', 'z']);
  });

  test.each([
    ['<priority>: <output> [<tags>]', 'Warning: A shell [b]'],
    [
      '<timestamp>: <priority> <output> <custom_fields> <templated_fields>',
      '07:00:00.000000000: Warning A shell env=prod p=bash',
    ],
  ])('outputfieldformat %s', async (format, text) => {
    const own = `customfields: {env: prod}\ntemplatedfields: {p: '{{ index . "proc.name" }}'}\n`;
    expect((await received(`outputfieldformat: "${format}"\n${own}${webhook}`)).output).toBe(text);
  });

  test('a template with a mistake stops the start', async () => {
    await expect(stage.start(`templatedfields: {a: '{{ or '}\n${webhook}`)).rejects.toThrow();
  });
});

test('debug: what is sent is logged; otherwise it is not', async () => {
  const service = await stage.start(`debug: true\n${webhook}`);
  await stage.post(service, alert);
  await stage.arrived(1, '/hook');
  const sent = stage.logged.filter((line) => line.includes('sending'));
  expect(sent).toHaveLength(1);
  expect(sent[0]).toContain('A shell');
  expect(sent[0]).not.toContain('/hook');
  stage.configure(webhook);
  expect(await service.reload()).toBe(true);
  await stage.post(service, alert);
  await stage.arrived(2, '/hook');
  expect(stage.logged.filter((line) => line.includes('sending'))).toHaveLength(1);
});

test('metrics have the names and labels of Falcosidekick, and are bounded', async () => {
  const extra = 'customfields: {env.name: prod}\nprometheus: {extralabels: "proc.name,proc.tty"}\n';
  const service = await stage.start(`${extra}googlechat: {webhookurl: '{url}/chat'}\n`, { FALCO_HOSTNAME: 'h' });
  await stage.post(service, alert);
  await stage.post(service, 'no alert');
  await stage.arrived(1, '/chat');
  while (!service.metrics().includes('destination="googlechat",status="ok"} 1')) await new Promise(setImmediate);
  const peer = service
    .metrics()
    .split('\n')
    .filter((line) => line.startsWith('falcosecurity_falcosidekick_'));
  expect(peer).toEqual([
    'falcosecurity_falcosidekick_falco_events_total{hostname="h",rule="R",priority="Warning",priority_raw="warning",' +
      'source="syscalls",k8s_ns_name="",k8s_pod_name="",env_name="prod",proc_name="bash",proc_tty=""} 1',
    'falcosecurity_falcosidekick_inputs_total{source="requests",status="accepted"} 1',
    'falcosecurity_falcosidekick_inputs_total{source="requests",status="rejected"} 1',
    'falcosecurity_falcosidekick_outputs_total{destination="googlechat",status="ok"} 1',
    'falcosecurity_falcosidekick_outputs_total{destination="googlechat",status="error"} 0',
  ]);
  for (let batch = 0; batch < 3; batch++) {
    const many = Array.from({ length: 5000 }, (_, i) => alertText(`rule ${batch} ${i}`));
    await service.accept(service.delivery.read(Buffer.from(many.join('\n'))).notices);
  }
  const series = service
    .metrics()
    .split('\n')
    .filter((line) => line.includes('falco_events_total{'));
  expect(series).toHaveLength(10_001);
  expect(series.at(-1)).toMatch(/rule="\(others\)".* 5001$/);
});

describe('certificates', () => {
  let pki: Pki;
  beforeAll(() => void (pki = new Pki()));
  afterAll(() => pki.close());

  /** A receiver that wants to see a certificate, or not. */
  async function secure(requestCert: boolean): Promise<PostServer> {
    const certificates = { cert: pki.text('server.crt'), key: pki.text('server.key'), ca: pki.text('ca.crt') };
    return await new PostServer({ ...certificates, requestCert, rejectUnauthorized: requestCert }).listen();
  }

  test.each([
    ['tlsclient.cacertfile', false, '', 'tlsclient: {cacertfile: {pki}/ca.crt}', true],
    ['the same from the environment', false, '', 'ENVIRONMENT', true],
    ['nothing', false, '', '', false],
    ['checkcert: false', false, 'checkcert: false', '', true],
    ['cacertfile of the output', false, 'cacertfile: {pki}/ca.crt', '', true],
    ['mutualtls by the folder', true, 'mutualtls: true', 'mutualtlsfilespath: {pki}', true],
    [
      'mutualtls by files',
      true,
      'mutualtls: true',
      'mutualtlsclient: {certfile: {pki}/client.crt, keyfile: {pki}/client.key, cacertfile: {pki}/ca.crt}',
      true,
    ],
    ['no certificate where one is wanted', true, 'checkcert: false', 'mutualtlsfilespath: {pki}', false],
  ])('%s', async (name, isMutual, own, general, isTaken) => {
    const server = await secure(isMutual);
    try {
      const words = (text: string): string => text.replaceAll('{pki}', pki.folder);
      const address = `address: 'https://127.0.0.1:${server.port}/', ${words(own)}`;
      const isEnvironment = general === 'ENVIRONMENT';
      const environment: Record<string, string> = isEnvironment ? { TLSCLIENT_CACERTFILE: pki.file('ca.crt') } : {};
      const service = await stage.start(`${isEnvironment ? '' : words(general)}\nwebhook: {${address}}\n`, environment);
      expect([name, (await service.test('webhook'))?.['webhook'] === 'ok']).toEqual([name, isTaken]);
    } finally {
      await server.close();
    }
  });

  test('a file that is not there is told when the output opens; the others go on', async () => {
    const other = "nodered: {address: '{url}/other'}\n";
    const service = await stage.start(`webhook: {address: '{url}/hook', cacertfile: /none/ca.crt}\n${other}`);
    await stage.post(service, alert);
    await stage.arrived(1, '/other');
    expect(service.delivery.stats().outputs.get('webhook')).toMatchObject({ ready: false });
    expect(stage.logged.join('\n')).toContain('/none/ca.crt');
  });

  test('a renewed certificate of the server is used after a reload', async () => {
    const files = `certfile: ${pki.file('server.crt')}, keyfile: ${pki.file('server.key')}`;
    const service = await stage.start(`listenaddress: 127.0.0.1\ntlsserver: {deploy: true, ${files}}\n${webhook}`);
    const status = (): Promise<number> =>
      new Promise((resolve, reject) => {
        const options = {
          host: '127.0.0.1',
          port: service.ports[0],
          path: '/ping',
          ca: pki.text('ca.crt'),
          agent: false,
        };
        request(options, (answer) => resolve(answer.resume().statusCode ?? 0))
          .on('error', reject)
          .end();
      });
    expect(await status()).toBe(200);
    expect(await service.reload()).toBe(true);
    expect(await status()).toBe(200);
  });
});

test('the environment alone is a configuration, and goes before the file', async () => {
  const url = `http://127.0.0.1:${stage.sink.port}`;
  const service = await stage.start("webhook: {address: 'http://127.0.0.1:9/', minimumpriority: emergency}\n", {
    WEBHOOK_ADDRESS: `${url}/hook`,
    WEBHOOK_MINIMUMPRIORITY: 'debug',
    WEBHOOK_CUSTOMHEADERS: 'x-a:b,x-url:http://c:1',
    NODERED_ADDRESS: `${url}/nr`,
  });
  await stage.post(service, alert);
  await stage.arrived(1, '/nr');
  await stage.arrived(1, '/hook');
  expect(stage.sink.posts.find(({ url: path }) => path === '/hook')?.headers).toMatchObject({
    'x-a': 'b',
    'x-url': 'http://c:1',
  });
});
