import { object, textOr } from '../../model/schema.ts';
import { awsOptions, awsShared, awsSigner } from '../../transport/aws.ts';
import { classifyRecords, putRecords, recordLimits } from '../../transport/kinesis.ts';
import { httpOutput } from '../../transport/http-output.ts';

export default httpOutput({
  id: 'aws-kinesis',
  title: 'AWS Kinesis',
  summary: 'Puts alerts in a data stream.',
  description: 'Records are spread over the shards by the id of the alert.',
  since: '0.2.0',
  stability: 'stable',
  category: 'queue',
  section: 'aws.kinesis',
  shared: awsShared,
  config: object({
    ...awsOptions,
    streamname: textOr('', 'Name of the stream.'),
    endpoint: textOr('', "Saker's own: another address of the service."),
  }),
  carriesJson: true,
  isEnabled: ({ streamname }) => streamname !== '',
  batch: recordLimits,
  prepare: (config, { environment }, client) =>
    awsSigner(config, { name: 'kinesis', variable: 'KINESIS', endpoint: config.endpoint }, environment, client),
  request: ({ streamname }, batch, signer) => putRecords(signer, streamname, batch),
  classify: classifyRecords,
  examples: [
    {
      title: 'Keys in the configuration',
      config: {
        region: 'eu-central-1',
        accesskeyid: 'AKIDEXAMPLE',
        secretaccesskey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
        checkidentity: false,
        streamname: 'alerts',
        endpoint: '{url}',
      },
      expect: [
        {
          method: 'POST',
          path: '/',
          headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Kinesis_20131202.PutRecords' },
          json: { StreamName: 'alerts', Records: [{ Data: '{base64}', PartitionKey: '{uuid}' }] },
        },
      ],
    },
  ],
});
