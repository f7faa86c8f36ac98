import { afterAll, beforeAll, expect, test } from 'vitest';
import { objectUrl } from '../../src/transport/s3.ts';
import { exampleNotices } from '../kit/notice.ts';
import { never } from '../kit/outputs.ts';
import { type AccessKey, awsConfig, type AwsReader, awsReader } from './kit/aws.ts';
import { wholeHostileNotice } from './kit/hostile.ts';
import { backendSuite } from './kit/suite.ts';

const key: AccessKey = { id: 'sakerkey', secret: 'correct horse battery' };
const ok = { kind: 'ok' };

async function isUp(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/minio/health/ready`)).ok;
  } catch {
    return false;
  }
}

backendSuite(
  'MinIO',
  {
    command: 'minio',
    args: (port, folder) => [
      'server',
      '--quiet',
      '--address',
      `127.0.0.1:${port}`,
      '--console-address',
      '127.0.0.1:0',
      folder,
    ],
    environment: (_, folder) => ({ HOME: folder, MINIO_ROOT_USER: key.id, MINIO_ROOT_PASSWORD: key.secret }),
    isReady: isUp,
  },
  (stage) => {
    let reader: AwsReader;
    beforeAll(async () => {
      reader = awsReader(stage().backend.port, key);
      for (const bucket of ['alerts', 'alerts.eu']) {
        await reader.exchange('s3', { method: 'PUT', path: `/${bucket}`, headers: {} });
      }
    });
    afterAll(() => reader?.close());
    const batch = [...exampleNotices(3), wholeHostileNotice('hostile')];
    const address = () => ({ endpoint: `http://127.0.0.1:${stage().backend.port}`, ...awsConfig(key) });

    async function objects(bucket: string, prefix: string): Promise<Map<string, string>> {
      const path = `/${bucket}?list-type=2&prefix=${encodeURIComponent(prefix)}`;
      const { body } = await reader.exchange('s3', { method: 'GET', path, headers: {} });
      const found = new Map<string, string>();
      for (const [, name] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) {
        const plain = name!.replaceAll('&#39;', "'").replaceAll('&amp;', '&');
        const place = new URL(objectUrl(address().endpoint, bucket, plain)).pathname;
        const answer = await reader.exchange('s3', { method: 'GET', path: place, headers: {} });
        found.set(plain, answer.body.toString());
      }
      return found;
    }

    test.each([
      ['aws-s3', { checkidentity: false }],
      ['yandex-s3', {}],
    ] as const)('%s: an object for each alert, the same one at each attempt', async (id, more) => {
      const prefix = `by ${id}/(a) 'b'*!`;
      const output = await stage().open(id, { ...address(), bucket: 'alerts', prefix, ...more });
      for (let i = 0; i < 2; i++) {
        expect(await output.send(batch, never)).toEqual({ kind: 'each', items: batch.map(() => ok) });
      }
      const names = batch.map(({ timeText, uuid }) => `${prefix}/2026-11-21/${timeText}-${uuid}.json`);
      expect(await objects('alerts', prefix)).toEqual(new Map(names.map((name, i) => [name, batch[i]!.json])));
    });

    test.each([
      ['aws-s3', { checkidentity: false }],
      ['yandex-s3', {}],
    ] as const)('%s: many alerts in an object, in a bucket with a point', async (id, more) => {
      const config = { ...address(), bucket: 'alerts.eu', prefix: id, objectformat: 'ndjson', ...more };
      const output = await stage().open(id, config);
      expect(await output.send(batch, never)).toEqual(ok);
      const found = await objects('alerts.eu', id);
      expect([...found.values()]).toEqual([`${batch.map(({ json }) => json).join('\n')}\n`]);
    });

    test('a bucket that is not there, a wrong key: later, perhaps', async () => {
      const { open } = stage();
      const common = { ...address(), checkidentity: false };
      for (const config of [{ bucket: 'missing' }, { bucket: 'alerts', secretaccesskey: 'wrong secret 4711' }]) {
        const output = await open('aws-s3', { ...common, ...config });
        const outcome = await output.send(exampleNotices(1), never);
        expect(outcome).toMatchObject({ kind: 'retry' });
        expect(JSON.stringify(outcome)).not.toContain('4711');
      }
    });
  },
  { required: false },
);
