import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutputId } from '../../src/app/registry.ts';
import type { Notice } from '../../src/model/notice.ts';
import { exampleNotice, exampleNotices, makeNotice } from '../kit/notice.ts';
import { never } from '../kit/outputs.ts';
import { type AccessKey, awsConfig, type AwsReader, awsReader, elementText, region } from './kit/aws.ts';
import { wholeHostileNotice } from './kit/hostile.ts';
import { lock, moto } from './kit/moto.ts';
import { backendSuite, type Stage } from './kit/suite.ts';

const ok = { kind: 'ok' };
const hostile = wholeHostileNotice('hostile');
/** Characters that XML, and so some services, can't have. */
const forbidden = makeNotice({ uuid: 'forbidden', output: 'a\ufffeb\uffffc\0d\x1be\x7ff\u{1f985}' });
const account = '123456789012';

/** Services refuse events that are too old or of the future. */
function now(count: number): Notice[] {
  const time = BigInt(Date.now()) * 1_000_000n;
  return exampleNotices(count).map(({ uuid }, i) => makeNotice({ uuid, time: time + BigInt(i) * 1_000_000n }));
}

interface Aws {
  readonly reader: AwsReader;
  readonly open: (id: OutputId, config: object) => ReturnType<Stage['open']>;
}

/** The server's own doors, with the key; outputs find it by AWS_ENDPOINT_URL. */
function cloud(
  stage: () => Stage,
): () => Aws & { readonly key: AccessKey; readonly environment: Record<string, string> } {
  let key: AccessKey;
  let reader: AwsReader;
  beforeAll(async () => {
    key = await lock(stage().backend.port);
    reader = awsReader(stage().backend.port, key);
  });
  afterAll(() => reader?.close());
  return () => {
    const environment = { AWS_ENDPOINT_URL: `http://127.0.0.1:${stage().backend.port}` };
    return {
      key,
      reader,
      environment,
      open: (id, config) => stage().open(id, { ...awsConfig(key), ...config }, { environment }),
    };
  };
}

backendSuite(
  'Moto (AWS)',
  moto,
  (stage) => {
    const aws = cloud(stage);

    async function makeQueue(name: string, attributes?: Record<string, string>): Promise<string> {
      const body = { QueueName: name, ...(attributes === undefined ? {} : { Attributes: attributes }) };
      return (await aws().reader.json('sqs', 'AmazonSQS.CreateQueue', body))['QueueUrl'] as string;
    }

    interface Message {
      readonly Body: string;
      readonly Attributes?: Record<string, string>;
    }

    async function receive(url: string, count: number): Promise<Message[]> {
      const found: Message[] = [];
      for (let i = 0; i < 20 && found.length < count; i++) {
        const body = { QueueUrl: url, MaxNumberOfMessages: 10, AttributeNames: ['All'] };
        const answer = await aws().reader.json('sqs', 'AmazonSQS.ReceiveMessage', body);
        found.push(...((answer['Messages'] ?? []) as Message[]));
      }
      return found;
    }

    test('a key that is not known, a wrong one: told at the start, with nothing of it', async () => {
      const { key, open } = aws();
      const url = await makeQueue('unknown');
      const wrong = open('aws-sqs', { url, secretaccesskey: 'wrong secret 4711' });
      await expect(wrong).rejects.toThrow(/^(?!.*4711).*SignatureDoesNotMatch/);
      const unknown = open('aws-sqs', { url, accesskeyid: 'AKIAUNKNOWN' });
      await expect(unknown).rejects.toThrow(/^AWS does not know these keys/);
      expect(key.id).toMatch(/^AKIA/);
    });

    test('SQS: messages are the alerts', async () => {
      const url = await makeQueue('alerts');
      const output = await aws().open('aws-sqs', { url });
      const batch = [...exampleNotices(9), forbidden];
      expect(await output.send(batch, never)).toEqual(ok);
      const found = await receive(url, 10);
      const values = (texts: readonly string[]) =>
        texts.map((text): unknown => JSON.parse(text)).map((it) => JSON.stringify(it));
      expect(values(found.map(({ Body }) => Body)).sort()).toEqual(values(batch.map(({ json }) => json)).sort());
    });

    test('SQS, FIFO: in order, a group for each rule, repeats are dropped', async () => {
      const url = await makeQueue('alerts.fifo', { FifoQueue: 'true' });
      const output = await aws().open('aws-sqs', { url });
      const batch = exampleNotices(10);
      expect(await output.send(batch, never)).toEqual(ok);
      expect(await output.send(batch, never)).toEqual(ok);
      const found = await receive(url, 11);
      expect(found.map(({ Body }) => Body)).toEqual(batch.map(({ json }) => json));
      expect(found[0]?.Attributes).toMatchObject({
        MessageDeduplicationId: exampleNotice.uuid,
        MessageGroupId: 'Terminal-shell-in-container',
      });
    });

    test('SQS: what is too long, and a queue that is not there', async () => {
      const { open } = aws();
      const url = await makeQueue('long');
      const output = await open('aws-sqs', { url });
      expect(await output.send([hostile], never)).toMatchObject({ kind: 'drop' });
      const missing = await open('aws-sqs', { url: `${url}-missing` });
      expect(await missing.send([exampleNotice], never)).toMatchObject({ kind: 'retry' });
    });

    async function makeTopic(name: string, raw: boolean): Promise<{ topicarn: string; queue: string }> {
      const { reader } = aws();
      const queue = await makeQueue(`${name}-queue`);
      const common = { Version: '2010-03-31' };
      const topicarn = elementText(
        await reader.query('sns', { Action: 'CreateTopic', ...common, Name: name }),
        'TopicArn',
      );
      await reader.query('sns', {
        Action: 'Subscribe',
        ...common,
        TopicArn: topicarn,
        Protocol: 'sqs',
        Endpoint: `arn:aws:sqs:${region}:${account}:${name}-queue`,
        ...(raw ? { 'Attributes.entry.1.key': 'RawMessageDelivery', 'Attributes.entry.1.value': 'true' } : {}),
      });
      return { topicarn, queue };
    }

    test('SNS: a queue that subscribes gets JSON', async () => {
      const { topicarn, queue } = await makeTopic('json', true);
      const output = await aws().open('aws-sns', { topicarn, rawjson: true });
      const batch = exampleNotices(10);
      expect(await output.send(batch, never)).toEqual(ok);
      const found = await receive(queue, 10);
      expect(found.map(({ Body }) => Body).sort()).toEqual(batch.map(({ json }) => json).sort());
    });

    test('SNS: text with attributes to filter by; a hostile one is a message, too', async () => {
      const { topicarn, queue } = await makeTopic('text', false);
      const output = await aws().open('aws-sns', { topicarn });
      const small = makeNotice({
        ...hostile,
        fields: Object.fromEntries([...hostile.fields].filter(([, value]) => String(value).length < 1000)),
      });
      expect(await output.send([exampleNotice, small, forbidden], never)).toEqual(ok);
      const found = (await receive(queue, 3)).map(({ Body }) => JSON.parse(Body) as Record<string, never>);
      expect(found).toHaveLength(3);
      const [plain] = found.filter(({ Message }) => String(Message).includes('Rule: Terminal shell'));
      expect(plain!['MessageAttributes']).toMatchObject({
        priority: { Type: 'String', Value: 'Notice' },
        rule: { Type: 'String', Value: 'Terminal shell in container' },
        hostname: { Type: 'String', Value: 'web-1' },
      });
      expect(Object.keys(plain!['MessageAttributes']!)).toHaveLength(10);
      expect(String(plain!['Message'])).toContain('\nproc.name: sh\n');
      const texts = found.map((it) => String(it['Message'])).join('\n');
      expect(/[^\P{Cc}\n\t]|[\ufffe\uffff]/u.test(texts)).toBe(false);
    });

    test('Kinesis: the records of a stream', async () => {
      const { open, reader } = aws();
      await reader.json('kinesis', 'Kinesis_20131202.CreateStream', { StreamName: 'alerts', ShardCount: 1 });
      const output = await open('aws-kinesis', { streamname: 'alerts' });
      const batch = exampleNotices(100);
      expect(await output.send(batch, never)).toEqual(ok);
      const place = { StreamName: 'alerts', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' };
      const { ShardIterator } = await reader.json('kinesis', 'Kinesis_20131202.GetShardIterator', place);
      const { Records } = await reader.json('kinesis', 'Kinesis_20131202.GetRecords', { ShardIterator });
      const found = Records as { Data: string; PartitionKey: string }[];
      expect(found.map(({ Data }) => Buffer.from(Data, 'base64').toString())).toEqual(batch.map(({ json }) => json));
      expect(found.map(({ PartitionKey }) => PartitionKey)).toEqual(batch.map(({ uuid }) => uuid));
      const missing = await open('aws-kinesis', { streamname: 'missing' });
      expect(await missing.send(batch, never)).toMatchObject({ kind: 'retry' });
    });

    test('CloudWatch Logs: the stream is made, events are in order, those of the future are dead letters', async () => {
      const { open, reader } = aws();
      await expect(open('aws-cloudwatch-logs', { loggroup: 'alerts' })).rejects.toThrow(/ResourceNotFound/);
      await reader.json('logs', 'Logs_20140328.CreateLogGroup', { logGroupName: 'alerts' });
      const output = await open('aws-cloudwatch-logs', { loggroup: 'alerts' });
      const batch = now(50);
      expect(await output.send([...batch.slice(25), ...batch.slice(0, 25)], never)).toEqual(ok);
      const place = { logGroupName: 'alerts', logStreamName: 'falcosidekick-logstream', startFromHead: true };
      const { events } = await reader.json('logs', 'Logs_20140328.GetLogEvents', place);
      const found = events as { message: string; timestamp: number }[];
      expect(found.map(({ message }) => message)).toEqual(batch.map(({ json }) => json));
      expect(found[0]!.timestamp).toBe(Number(batch[0]!.time / 1_000_000n));
      const future = makeNotice({ uuid: 'future', time: batch[0]!.time + 10_800_000_000_000n });
      // Of events that are too old this server says an index that is one less than AWS has it.
      const outcome = await output.send([future, batch[0]!], never);
      expect(outcome).toMatchObject({ kind: 'each', items: [{ kind: 'drop' }, ok] });
      // Made already: no mistake.
      const again = await open('aws-cloudwatch-logs', { loggroup: 'alerts' });
      expect(await again.send(now(1), never)).toEqual(ok);
    });

    test('Lambda: a function is invoked', async () => {
      const { open, reader } = aws();
      await fetch(`http://127.0.0.1:${stage().backend.port}/moto-api/config`, {
        method: 'POST',
        body: JSON.stringify({ lambda: { use_docker: false } }),
      });
      const role = {
        Action: 'CreateRole',
        Version: '2010-05-08',
        RoleName: 'function',
        AssumeRolePolicyDocument: '{}',
      };
      const arn = elementText(await reader.query('iam', role), 'Arn');
      const made = {
        FunctionName: 'isolate',
        Runtime: 'python3.12',
        Role: arn,
        Handler: 'a.b',
        Code: { ZipFile: 'UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==' },
      };
      await reader.exchange('lambda', {
        method: 'POST',
        path: '/2015-03-31/functions',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(made),
      });
      const output = await open('aws-lambda', { functionname: 'isolate' });
      expect(await output.send([exampleNotice], never)).toEqual(ok);
    });

    async function makeBucket(name: string): Promise<void> {
      const place = `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
      const headers = { 'content-type': 'application/xml' };
      await aws().reader.exchange('s3', { method: 'PUT', path: `/${name}`, headers, body: place });
    }

    async function objectNames(bucket: string): Promise<string[]> {
      const { body } = await aws().reader.exchange('s3', {
        method: 'GET',
        path: `/${bucket}?list-type=2`,
        headers: {},
      });
      return [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, name]) => name!);
    }

    test('S3: an object for each alert, by its own address', async () => {
      await makeBucket('alerts');
      const { open, reader, environment } = aws();
      const output = await open('aws-s3', { bucket: 'alerts', endpoint: environment['AWS_ENDPOINT_URL'] });
      const batch = [...exampleNotices(3), hostile];
      expect(await output.send(batch, never)).toEqual({ kind: 'each', items: batch.map(() => ok) });
      const names = await objectNames('alerts');
      const expected = batch.map(({ timeText, uuid }) => `falco/2026-11-21/${timeText}-${uuid}.json`);
      expect(names.sort()).toEqual(expected.sort());
      for (const { timeText, uuid, json } of batch) {
        const path = `/alerts/falco/2026-11-21/${encodeURIComponent(timeText)}-${uuid}.json`;
        const found = await reader.exchange('s3', { method: 'GET', path, headers: {} });
        expect(found.body.toString()).toBe(json);
        expect(found.headers['content-type']).toBe('application/json');
      }
    });

    test('Security Lake: findings in Parquet', async () => {
      await makeBucket('lake');
      const { open, reader } = aws();
      const output = await open('aws-security-lake', { bucket: 'lake', prefix: 'ext/saker', accountid: account });
      const batch = exampleNotices(200);
      expect(await output.send(batch, never)).toEqual(ok);
      const name = `ext/saker/region=${region}/accountId=${account}/eventDay=20261121/${exampleNotice.uuid}.parquet`;
      expect(await objectNames('lake')).toEqual([name]);
      const path = `/lake/${name.replaceAll('=', '%3D')}`;
      const { body } = await reader.exchange('s3', { method: 'GET', path, headers: {} });
      const rows = await parquetReadObjects({ file: new Uint8Array(body).buffer });
      expect(rows).toHaveLength(200);
      expect(rows[0]).toMatchObject({
        class_uid: 2001,
        message: exampleNotice.output,
        finding: { uid: exampleNotice.uuid, title: exampleNotice.rule },
        cloud: { region, account: { uid: account } },
        raw_data: exampleNotice.json,
      });
    });
  },
  { required: false },
);
