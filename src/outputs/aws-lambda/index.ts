import { jsonValue } from '../../model/notice-json.ts';
import { choice, object, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { awsOptions, awsShared, awsSigner, classifyAws } from '../../transport/aws.ts';
import { httpOutput } from '../../transport/http-output.ts';

export default httpOutput({
  id: 'aws-lambda',
  title: 'AWS Lambda',
  summary: 'Invokes a function with each alert.',
  description:
    'An error that the function itself reports makes the alert a dead letter: it was invoked, and would fail again.',
  since: '0.2.0',
  stability: 'stable',
  category: 'function',
  section: 'aws.lambda',
  shared: awsShared,
  config: object({
    ...awsOptions,
    functionname: textOr('', 'Name or ARN of the function.'),
    invocationtype: choice(
      ['RequestResponse', 'Event', 'DryRun'],
      'RequestResponse',
      'Whether the answer is waited for (RequestResponse) or not (Event).',
    ),
    logtype: choice(['Tail', 'None'], 'Tail', 'Whether the answer has the end of the log.'),
    endpoint: textOr('', "Saker's own: another address of the service."),
  }),
  carriesJson: true,
  isEnabled: ({ functionname }) => functionname !== '',
  batch: singly,
  prepare: (config, { environment }, client) =>
    awsSigner(config, { name: 'lambda', variable: 'LAMBDA', endpoint: config.endpoint }, environment, client),
  request({ functionname, invocationtype, logtype }, [notice], signer) {
    return signer.sign({
      method: 'POST',
      url: `${signer.endpoint}/2015-03-31/functions/${encodeURIComponent(functionname)}/invocations`,
      headers: {
        'content-type': 'application/json',
        'x-amz-invocation-type': invocationtype,
        'x-amz-log-type': logtype,
      },
      body: jsonValue(notice!),
    });
  },
  classify(answer) {
    const failure = answer.headers['x-amz-function-error'];
    if (failure === undefined) return classifyAws(answer);
    return { kind: 'drop', reason: `the function failed (${failure}): ${answer.body.toString('utf8', 0, 1000)}` };
  },
  examples: [
    {
      title: 'Keys in the configuration',
      config: {
        region: 'eu-central-1',
        accesskeyid: 'AKIDEXAMPLE',
        secretaccesskey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
        checkidentity: false,
        functionname: 'on-alert',
        endpoint: '{url}',
      },
      expect: [
        {
          method: 'POST',
          path: '/2015-03-31/functions/on-alert/invocations',
          headers: { 'x-amz-invocation-type': 'RequestResponse', 'x-amz-log-type': 'Tail' },
          body: '{json}',
        },
      ],
    },
  ],
});
