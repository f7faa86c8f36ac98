import { choice, object, textOr } from '../../model/schema.ts';
import { awsSigner, classifyAws } from '../../transport/aws.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { objectLimits, objectName, objectRequest, objectsPerRequest, objectUrl } from '../../transport/s3.ts';
import { asAws, yandexOptions, yandexShared } from '../../transport/yandex.ts';

export default httpOutput({
  id: 'yandex-s3',
  title: 'Yandex Object Storage',
  summary: 'Stores alerts as objects in a bucket.',
  since: '0.2.0',
  stability: 'stable',
  category: 'storage',
  section: 'yandex.s3',
  shared: yandexShared,
  config: object({
    ...yandexOptions,
    endpoint: textOr('https://storage.yandexcloud.net', 'Address of the service.'),
    bucket: textOr('', 'Name of the bucket.'),
    prefix: textOr('falco', 'Begin of the names of objects.'),
    objectformat: choice(['json', 'ndjson'], 'json', "Saker's own: one alert in an object, or many, one a line."),
  }),
  carriesJson: true,
  isEnabled: ({ bucket }) => bucket !== '',
  batch: objectLimits,
  perRequest: objectsPerRequest,
  prepare: (config, { environment }, client) =>
    awsSigner(asAws(config), { name: 's3', variable: 'S3', endpoint: config.endpoint }, environment, client),
  request({ bucket, prefix, objectformat }, batch, signer) {
    const url = objectUrl(signer.endpoint, bucket, objectName(prefix, batch, objectformat));
    return signer.sign(objectRequest(url, batch, objectformat, {}));
  },
  classify: classifyAws,
  examples: [
    {
      title: 'Many alerts in an object',
      config: {
        accesskeyid: 'YCAJEXAMPLE',
        secretaccesskey: 'YCOexamplesecret0123456789',
        endpoint: '{url}',
        bucket: 'alerts',
        objectformat: 'ndjson',
      },
      notices: 2,
      expect: [
        {
          method: 'PUT',
          path: '/alerts/falco/2026-11-21/2026-11-21T05%3A29%3A25.123456789Z-{uuid}.ndjson',
          headers: { 'content-type': 'application/x-ndjson' },
          body: '{json}\n{json:1}\n',
        },
      ],
    },
  ],
});
