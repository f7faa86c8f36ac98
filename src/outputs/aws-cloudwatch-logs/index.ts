import { object, textOr } from '../../model/schema.ts';
import type { Notice } from '../../model/notice.ts';
import type { ItemOutcome } from '../../model/output.ts';
import { awsCall, awsOptions, awsShared, awsSigner, classifyAws, together } from '../../transport/aws.ts';
import type { HttpClient } from '../../transport/http-client.ts';
import { jsonOf } from '../../transport/http-outcome.ts';
import { httpOutput } from '../../transport/http-output.ts';

const defaultStream = 'falcosidekick-logstream';
const service = 'Logs_20140328';

interface Rejected {
  readonly tooNewLogEventStartIndex?: number;
  readonly tooOldLogEventEndIndex?: number;
  readonly expiredLogEventEndIndex?: number;
}

function milliseconds(notice: Notice): number {
  return Number(notice.time / 1_000_000n);
}

/** The service wants them by time; the sort keeps the order of equal ones. */
function inOrder(batch: readonly Notice[]): readonly Notice[] {
  return batch.toSorted((a, b) => milliseconds(a) - milliseconds(b));
}

/** Makes the stream where it is missing. @throws Error where the group is missing or nothing is allowed */
async function makeStream(
  signer: Awaited<ReturnType<typeof awsSigner>>,
  client: HttpClient,
  group: string,
  stream: string,
): Promise<void> {
  const body = { logGroupName: group, logStreamName: stream };
  const request = await awsCall(signer, '1.1', `${service}.CreateLogStream`, body);
  const answer = await client.exchange(request, new AbortController().signal);
  const text = answer.body.toString('utf8', 0, 1000);
  if (answer.status !== 200 && !text.includes('ResourceAlreadyExists')) {
    throw new Error(`the log stream ${stream} can't be made: status ${answer.status}: ${text}`);
  }
}

export default httpOutput({
  id: 'aws-cloudwatch-logs',
  title: 'AWS CloudWatch Logs',
  summary: 'Writes alerts to a log stream.',
  description: 'The stream is made where it is missing, the group has to be there.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'aws.cloudwatchlogs',
  shared: awsShared,
  config: object({
    ...awsOptions,
    loggroup: textOr('', 'Name of the log group.'),
    logstream: textOr('', `Name of the stream; empty: ${defaultStream}.`),
    endpoint: textOr('', "Saker's own: another address of the service."),
  }),
  carriesJson: true,
  isEnabled: ({ loggroup }) => loggroup !== '',
  // PutLogEvents takes 10,000 events of 1 MiB together, each counted with 26 bytes more.
  batch: { count: 1000, bytes: 1_000_000, waitMs: 200 },
  async prepare(config, { environment }, client) {
    const target = { name: 'logs', variable: 'CLOUDWATCH_LOGS', endpoint: config.endpoint };
    const signer = await awsSigner(config, target, environment, client);
    await makeStream(signer, client, config.loggroup, config.logstream || defaultStream);
    return signer;
  },
  request({ loggroup, logstream }, batch, signer) {
    const events = inOrder(batch).map((notice) => ({ timestamp: milliseconds(notice), message: notice.json }));
    return awsCall(signer, '1.1', `${service}.PutLogEvents`, {
      logGroupName: loggroup,
      logStreamName: logstream || defaultStream,
      logEvents: events,
    });
  },
  classify(answer, batch) {
    const rejected = jsonOf(answer)?.['rejectedLogEventsInfo'] as Rejected | undefined;
    if (answer.status !== 200 || rejected === undefined) return classifyAws(answer);
    // Indices count in the order in which they were sent.
    const { tooNewLogEventStartIndex: tooNew = Infinity } = rejected;
    const tooOld = Math.max(rejected.tooOldLogEventEndIndex ?? 0, rejected.expiredLogEventEndIndex ?? 0);
    const sent = inOrder(batch);
    const refused = new Set(sent.filter((_, i) => i < tooOld || i >= tooNew));
    return together(
      batch.map((notice): ItemOutcome => {
        if (!refused.has(notice)) return { kind: 'ok' };
        return { kind: 'drop', reason: 'the service takes no event of that age' };
      }),
    );
  },
  examples: [
    {
      title: 'Keys in the configuration',
      config: {
        region: 'eu-central-1',
        accesskeyid: 'AKIDEXAMPLE',
        secretaccesskey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
        checkidentity: false,
        loggroup: 'security',
        logstream: 'alerts',
        endpoint: '{url}',
      },
      expect: [
        {
          method: 'POST',
          path: '/',
          headers: { 'x-amz-target': 'Logs_20140328.CreateLogStream', 'content-type': 'application/x-amz-json-1.1' },
          json: { logGroupName: 'security', logStreamName: 'alerts' },
        },
        {
          method: 'POST',
          path: '/',
          headers: { 'x-amz-target': 'Logs_20140328.PutLogEvents' },
          json: {
            logGroupName: 'security',
            logStreamName: 'alerts',
            logEvents: [{ timestamp: 1795238965123, message: '{json}' }],
          },
        },
      ],
    },
  ],
});
