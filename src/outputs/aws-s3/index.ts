import { choice, object, textOr } from '../../model/schema.ts';
import { awsOptions, awsShared, awsSigner, classifyAws } from '../../transport/aws.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { objectLimits, objectName, objectRequest, objectsPerRequest, objectUrl } from '../../transport/s3.ts';

const acls = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
] as const;

export default httpOutput({
  id: 'aws-s3',
  title: 'AWS S3',
  summary: 'Stores alerts as objects in a bucket.',
  description: 'Also for other servers that speak S3 (`endpoint`). Objects are named PREFIX/DATE/TIME-ID.json.',
  since: '0.2.0',
  stability: 'stable',
  category: 'storage',
  section: 'aws.s3',
  shared: awsShared,
  config: object({
    ...awsOptions,
    bucket: textOr('', 'Name of the bucket.'),
    prefix: textOr('falco', 'Begin of the names of objects.'),
    endpoint: textOr('', 'Another address of the service; the bucket is then part of the path.'),
    objectcannedacl: choice(acls, 'bucket-owner-full-control', 'Who may do what with the objects.'),
    objectformat: choice(['json', 'ndjson'], 'json', "Saker's own: one alert in an object, or many, one a line."),
  }),
  carriesJson: true,
  isEnabled: ({ bucket }) => bucket !== '',
  batch: objectLimits,
  perRequest: objectsPerRequest,
  prepare: (config, { environment }, client) =>
    awsSigner(config, { name: 's3', variable: 'S3', endpoint: config.endpoint }, environment, client),
  request(config, batch, signer) {
    const { bucket, prefix, objectcannedacl, objectformat } = config;
    const url = objectUrl(signer.endpoint, bucket, objectName(prefix, batch, objectformat));
    return signer.sign(objectRequest(url, batch, objectformat, { 'x-amz-acl': objectcannedacl }));
  },
  classify: classifyAws,
  examples: [
    {
      title: 'A server of your own',
      config: {
        region: 'eu-central-1',
        accesskeyid: 'AKIDEXAMPLE',
        secretaccesskey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
        checkidentity: false,
        bucket: 'alerts',
        endpoint: '{url}',
      },
      expect: [
        {
          method: 'PUT',
          path: '/alerts/falco/2026-11-21/2026-11-21T05%3A29%3A25.123456789Z-{uuid}.json',
          headers: { 'content-type': 'application/json', 'x-amz-acl': 'bucket-owner-full-control' },
          body: '{json}',
        },
      ],
    },
  ],
});
