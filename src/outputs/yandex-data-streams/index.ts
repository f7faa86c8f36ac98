import { object, textOr } from '../../model/schema.ts';
import { awsSigner } from '../../transport/aws.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { classifyRecords, putRecords, recordLimits } from '../../transport/kinesis.ts';
import { asAws, yandexOptions, yandexShared } from '../../transport/yandex.ts';

export default httpOutput({
  id: 'yandex-data-streams',
  title: 'Yandex Data Streams',
  summary: 'Puts alerts in a data stream.',
  since: '0.2.0',
  stability: 'stable',
  category: 'queue',
  section: 'yandex.datastreams',
  shared: yandexShared,
  config: object({
    ...yandexOptions,
    endpoint: textOr('https://yds.serverless.yandexcloud.net', 'Address of the service.'),
    streamname: textOr('', 'Full name of the stream: /ru-central1/FOLDER/DATABASE/STREAM.'),
  }),
  carriesJson: true,
  isEnabled: ({ streamname }) => streamname !== '',
  batch: recordLimits,
  prepare: (config, { environment }, client) =>
    awsSigner(asAws(config), { name: 'kinesis', variable: 'KINESIS', endpoint: config.endpoint }, environment, client),
  request: ({ streamname }, batch, signer) => putRecords(signer, streamname, batch),
  classify: classifyRecords,
  examples: [
    {
      title: 'A stream',
      config: {
        accesskeyid: 'YCAJEXAMPLE',
        secretaccesskey: 'YCOexamplesecret0123456789',
        endpoint: '{url}',
        streamname: '/ru-central1/folder/database/alerts',
      },
      expect: [
        {
          method: 'POST',
          path: '/',
          headers: { 'x-amz-target': 'Kinesis_20131202.PutRecords' },
          json: {
            StreamName: '/ru-central1/folder/database/alerts',
            Records: [{ Data: '{base64}', PartitionKey: '{uuid}' }],
          },
        },
      ],
    },
  ],
});
