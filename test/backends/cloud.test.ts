import { beforeAll, expect, test } from 'vitest';
import { exampleNotices } from '../kit/notice.ts';
import { never } from '../kit/outputs.ts';
import { wholeHostileNotice } from './kit/hostile.ts';
import { backendSuite } from './kit/suite.ts';

const ok = { kind: 'ok' };

interface Received {
  readonly message: { readonly data: string; readonly attributes: Record<string, string> };
}

async function isUp(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/`)).ok;
  } catch {
    return false;
  }
}

backendSuite(
  'Pub/Sub emulator',
  {
    command: 'cloud-pubsub-emulator',
    args: (port, folder) => ['--host=127.0.0.1', `--port=${port}`, `--data-dir=${folder}`],
    isReady: isUp,
    secondsToStart: 60,
  },
  (stage) => {
    const address = () => `http://127.0.0.1:${stage().backend.port}/v1/projects/saker`;
    async function call(method: string, path: string, body: object): Promise<Record<string, unknown>> {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${address()}/${path}`, { method, headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
      return (await answer.json()) as Record<string, unknown>;
    }
    beforeAll(async () => {
      await call('PUT', 'topics/alerts', {});
      await call('PUT', 'subscriptions/reader', { topic: 'projects/saker/topics/alerts' });
    });
    const open = (topic: string) => {
      const environment = { PUBSUB_EMULATOR_HOST: `127.0.0.1:${stage().backend.port}` };
      const config = { projectid: 'saker', topic, customattributes: { team: 'security' } };
      return stage().open('gcp-pubsub', config, { environment });
    };

    test('messages are the alerts, with attributes', async () => {
      const output = await open('alerts');
      const batch = [...exampleNotices(50), wholeHostileNotice('hostile')];
      expect(await output.send(batch, never)).toEqual(ok);
      const found: Received['message'][] = [];
      for (let i = 0; i < 20 && found.length < batch.length; i++) {
        const { receivedMessages = [] } = await call('POST', 'subscriptions/reader:pull', { maxMessages: 100 });
        found.push(...(receivedMessages as Received[]).map(({ message }) => message));
      }
      const texts = found.map(({ data }) => Buffer.from(data, 'base64').toString());
      expect(texts.sort()).toEqual(batch.map(({ json }) => json).sort());
      const attributes = new Map(found.map((message) => [message.attributes['uuid'], message.attributes]));
      const { uuid, rule, source, priority } = batch[0]!;
      expect(attributes.get(uuid)).toEqual({ team: 'security', uuid, rule, source, priority });
    });

    test('a topic that is not there', async () => {
      const output = await open('missing');
      expect(await output.send(exampleNotices(1), never)).toMatchObject({ kind: 'retry' });
    });
  },
  { required: false },
);
