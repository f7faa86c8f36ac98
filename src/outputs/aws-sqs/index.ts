import type { ItemOutcome } from '../../model/output.ts';
import { object, textOr } from '../../model/schema.ts';
import { awsCall, awsOptions, awsShared, awsSigner, classifyAws, itemError, together } from '../../transport/aws.ts';
import { jsonOf } from '../../transport/http-outcome.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { jsonForXml } from '../xml-text.ts';

interface Failed {
  readonly Id: string;
  readonly Code?: string;
  readonly Message?: string;
  readonly SenderFault?: boolean;
}

/** The server of a queue, and its region, are in its address. */
function serverOf(url: string): { endpoint: string; region: string } {
  if (!URL.canParse(url))
    throw new Error('aws.sqs.url is no URL, e.g. https://sqs.eu-central-1.amazonaws.com/123456789012/alerts');
  const { origin, hostname } = new URL(url);
  return { endpoint: origin, region: /^(?:[^.]+\.)?sqs\.([a-z0-9-]+)\./.exec(hostname)?.[1] ?? '' };
}

export default httpOutput({
  id: 'aws-sqs',
  title: 'AWS SQS',
  summary: 'Puts alerts in a queue.',
  description:
    'In a FIFO queue (its name ends in .fifo) alerts of a rule are one group, and repeats are dropped by their id.',
  since: '0.2.0',
  stability: 'stable',
  category: 'queue',
  section: 'aws.sqs',
  shared: awsShared,
  config: object({
    ...awsOptions,
    url: textOr('', 'Address of the queue.'),
  }),
  carriesJson: true,
  isEnabled: ({ url }) => url !== '',
  // SendMessageBatch takes 10 messages of 262144 bytes together.
  batch: { count: 10, bytes: 240_000, waitMs: 0 },
  prepare(config, { environment }, client) {
    const { endpoint, region } = serverOf(config.url);
    const service = { name: 'sqs', variable: 'SQS', endpoint };
    return awsSigner({ ...config, region: config.region || region }, service, environment, client);
  },
  request({ url }, batch, signer) {
    const isFifo = url.endsWith('.fifo');
    const entries = batch.map(({ uuid, rule, json }, i) => ({
      Id: String(i),
      MessageBody: jsonForXml(json),
      ...(isFifo
        ? { MessageDeduplicationId: uuid, MessageGroupId: rule.replace(/[^A-Za-z0-9]/g, '-').slice(0, 128) }
        : {}),
    }));
    return awsCall(signer, '1.0', 'AmazonSQS.SendMessageBatch', { QueueUrl: url, Entries: entries });
  },
  classify(answer, batch) {
    const failed = (jsonOf(answer)?.['Failed'] ?? []) as readonly Failed[];
    if (answer.status !== 200 || failed.length === 0) return classifyAws(answer);
    const byId = new Map(failed.map((item) => [item.Id, item]));
    return together(
      batch.map((_, i): ItemOutcome => {
        const item = byId.get(String(i));
        if (item === undefined) return { kind: 'ok' };
        return itemError(item.Code ?? 'error', item.Message ?? '', item.SenderFault === true);
      }),
    );
  },
  examples: [
    {
      title: 'A FIFO queue',
      config: {
        region: 'eu-central-1',
        accesskeyid: 'AKIDEXAMPLE',
        secretaccesskey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
        checkidentity: false,
        url: '{url}/123456789012/alerts.fifo',
      },
      expect: [
        {
          method: 'POST',
          path: '/',
          headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessageBatch' },
          json: {
            QueueUrl: '{url}/123456789012/alerts.fifo',
            Entries: [
              {
                Id: '0',
                MessageBody: '{json}',
                MessageDeduplicationId: '{uuid}',
                MessageGroupId: 'Terminal-shell-in-container',
              },
            ],
          },
        },
      ],
    },
  ],
});
