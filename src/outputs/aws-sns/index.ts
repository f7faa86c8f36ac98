import type { Notice } from '../../model/notice.ts';
import type { ItemOutcome } from '../../model/output.ts';
import { flag, object, textOr } from '../../model/schema.ts';
import { awsOptions, awsShared, awsSigner, classifyAws, itemError, together } from '../../transport/aws.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { clean } from '../fields.ts';
import { jsonForXml, textForXml } from '../xml-text.ts';

/** With raw delivery to a queue, messages with more attributes are thrown away. */
const mostAttributes = 10;
/** Bytes of an attribute's value that are sent; all attributes count towards the size of the message. */
const longestValue = 1000;

/** Names may have letters, digits, `_`, `-` and single points. */
function attributeName(field: string): string {
  return field
    .replace(/[^A-Za-z0-9_.-]/g, '_')
    .replace(/\.{2,}/g, '.')
    .replace(/^\.|\.$/g, '_')
    .slice(0, 256);
}

/** What subscriptions filter by: the alert's own first, then its fields, as many as are allowed. */
function attributesOf(notice: Notice): [string, string][] {
  const own: [string, string][] = [
    ['priority', notice.priority.toString()],
    ['rule', notice.rule],
    ['source', notice.source],
    ['hostname', notice.hostname],
    ['tags', notice.tags.join(',')],
  ];
  const fields = [...notice.fields].map(([name, value]): [string, string] => [
    attributeName(name),
    value === null ? '' : String(value),
  ]);
  const known = new Map([...own, ...fields].filter(([, value]) => value !== ''));
  return [...known]
    .slice(0, mostAttributes)
    .map(([name, value]) => [name, textForXml(clean(value.slice(0, longestValue)))]);
}

function textOf({ rule, priority, timeText, source, hostname, tags, output, fields }: Notice): string {
  const lines = [
    `Priority: ${priority}`,
    `Rule: ${rule}`,
    `Time: ${timeText}`,
    `Source: ${source}`,
    ...(hostname === '' ? [] : [`Hostname: ${hostname}`]),
    ...(tags.length === 0 ? [] : [`Tags: ${tags.join(', ')}`]),
    `Output: ${output}`,
    ...[...fields].map(([name, value]) => `${name}: ${String(value)}`),
  ];
  // A line of an alert must not look like a line of ours.
  return lines.map((line) => textForXml(clean(line)).replaceAll('\n', ' ')).join('\n');
}

function form(topic: string, raw: boolean, batch: readonly Notice[]): string {
  const pairs: [string, string][] = [
    ['Action', 'PublishBatch'],
    ['Version', '2010-03-31'],
    ['TopicArn', topic],
  ];
  const isFifo = topic.endsWith('.fifo');
  for (const [i, notice] of batch.entries()) {
    const entry = `PublishBatchRequestEntries.member.${i + 1}`;
    pairs.push([`${entry}.Id`, String(i)], [`${entry}.Message`, raw ? jsonForXml(notice.json) : textOf(notice)]);
    if (isFifo) {
      pairs.push([`${entry}.MessageDeduplicationId`, notice.uuid]);
      pairs.push([`${entry}.MessageGroupId`, notice.rule.replace(/[^A-Za-z0-9]/g, '-').slice(0, 128)]);
    }
    for (const [j, [name, value]] of (raw ? [] : attributesOf(notice)).entries()) {
      const attribute = `${entry}.MessageAttributes.entry.${j + 1}`;
      pairs.push([`${attribute}.Name`, name], [`${attribute}.Value.DataType`, 'String']);
      pairs.push([`${attribute}.Value.StringValue`, value]);
    }
  }
  return new URLSearchParams(pairs).toString();
}

function element(xml: string, name: string): string {
  const start = xml.indexOf(`<${name}>`);
  const end = xml.indexOf(`</${name}>`, start);
  return start < 0 || end < 0 ? '' : xml.slice(start + name.length + 2, end);
}

/** Errors by the place in the batch, of the answer's `<Failed><member>...` */
function failures(xml: string): Map<number, ItemOutcome> {
  const found = new Map<number, ItemOutcome>();
  for (const member of element(xml, 'Failed').split('</member>').slice(0, -1)) {
    const isTheirs = element(member, 'SenderFault') === 'true';
    found.set(Number(element(member, 'Id')), itemError(element(member, 'Code'), element(member, 'Message'), isTheirs));
  }
  return found;
}

export default httpOutput({
  id: 'aws-sns',
  title: 'AWS SNS',
  summary: 'Publishes alerts to a topic.',
  description:
    'As text for people, with up to ten attributes to filter by (priority, rule, source, hostname, tags, fields), or as JSON.',
  since: '0.2.0',
  stability: 'stable',
  category: 'queue',
  section: 'aws.sns',
  shared: awsShared,
  config: object({
    ...awsOptions,
    topicarn: textOr('', 'ARN of the topic.'),
    rawjson: flag(false, 'Send the alert as JSON, without attributes.'),
    endpoint: textOr('', "Saker's own: another address of the service."),
  }),
  isEnabled: ({ topicarn }) => topicarn !== '',
  // PublishBatch takes 10 messages of 262144 bytes together; the text has the fields as the attributes do.
  batch: { count: 10, bytes: 100_000, waitMs: 0 },
  prepare(config, { environment }, client) {
    const [, , , region = ''] = config.topicarn.split(':');
    const service = { name: 'sns', variable: 'SNS', endpoint: config.endpoint };
    return awsSigner({ ...config, region: config.region || region }, service, environment, client);
  },
  request({ topicarn, rawjson }, batch, signer) {
    return signer.sign({
      method: 'POST',
      url: `${signer.endpoint}/`,
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: form(topicarn, rawjson, batch),
    });
  },
  classify(answer, batch) {
    const failed = answer.status === 200 ? failures(answer.body.toString('utf8')) : new Map<number, ItemOutcome>();
    if (failed.size === 0) return classifyAws(answer);
    return together(batch.map((_, i) => failed.get(i) ?? { kind: 'ok' }));
  },
  examples: [
    {
      title: 'JSON',
      config: {
        accesskeyid: 'AKIDEXAMPLE',
        secretaccesskey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
        checkidentity: false,
        topicarn: 'arn:aws:sns:eu-central-1:123456789012:alerts',
        rawjson: true,
        endpoint: '{url}',
      },
      expect: [
        {
          method: 'POST',
          path: '/',
          headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        },
      ],
    },
  ],
});
