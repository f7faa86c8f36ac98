import { count, integer, object, textOr } from '../../model/schema.ts';
import { awsOptions, awsShared, awsSigner, classifyAws } from '../../transport/aws.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { objectUrl } from '../../transport/s3.ts';

export default httpOutput({
  id: 'aws-security-lake',
  title: 'AWS Security Lake',
  summary: 'Stores alerts as OCSF findings in Parquet, in the bucket of a custom source.',
  description:
    'Objects are named PREFIX/region=REGION/accountId=ACCOUNT/eventDay=YYYYMMDD/ID.parquet and hold up to batchsize alerts. Until they are ' +
    'written, alerts wait in the durable queue.',
  since: '0.2.0',
  stability: 'stable',
  category: 'storage',
  section: 'aws.securitylake',
  shared: awsShared,
  config: object({
    ...awsOptions,
    bucket: textOr('', 'Bucket of Security Lake.'),
    prefix: textOr('', 'Begin of the names, as Security Lake gave it for the source.'),
    accountid: textOr('', 'Account that the alerts are of.'),
    interval: integer(5, 5, 60, 'Minutes between two objects, at most.'),
    batchsize: count(1000, 'Alerts in an object, at most.'),
    endpoint: textOr('', "Saker's own: another address of the service."),
  }),
  isEnabled: ({ bucket, prefix, accountid }) => bucket !== '' && prefix !== '' && accountid !== '',
  batch: { count: 1000, bytes: 32 << 20, waitMs: 300_000 },
  batching: ({ interval, batchsize }) => ({ count: batchsize, wait: `${interval}m` }),
  perRequest: ({ batchsize }) => Math.max(1, batchsize),
  async prepare(config, { environment, version }, client) {
    const service = { name: 's3', variable: 'S3', endpoint: config.endpoint };
    // Loaded when it is used: it brings the writer of parquet.
    const { findings } = await import('./parquet.ts');
    return { signer: await awsSigner(config, service, environment, client), version, findings };
  },
  request({ bucket, prefix, accountid }, batch, { signer, version, findings }) {
    const [first] = batch;
    const folder = prefix.replace(/^\/+|\/+$/g, '');
    const day = first!.timeText.slice(0, 10).replaceAll('-', '');
    const partition = `region=${signer.region}/accountId=${accountid}/eventDay=${day}`;
    // The same at each attempt, so that a repeat replaces what it repeats.
    const name = `${folder === '' ? '' : `${folder}/`}${partition}/${first!.uuid}.parquet`;
    return signer.sign({
      method: 'PUT',
      url: objectUrl(signer.endpoint, bucket, name),
      headers: { 'content-type': 'application/vnd.apache.parquet' },
      body: findings(batch, { version, region: signer.region, account: accountid }),
    });
  },
  classify: classifyAws,
  examples: [
    {
      title: 'Keys in the configuration',
      config: {
        region: 'eu-central-1',
        accesskeyid: 'AKIDEXAMPLE',
        secretaccesskey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
        checkidentity: false,
        bucket: 'lake',
        prefix: 'ext/saker',
        accountid: '123456789012',
        endpoint: '{url}',
      },
      expect: [
        {
          method: 'PUT',
          path: '/lake/ext/saker/region%3Deu-central-1/accountId%3D123456789012/eventDay%3D20261121/{uuid}.parquet',
          headers: { 'content-type': 'application/vnd.apache.parquet' },
        },
      ],
    },
  ],
});
