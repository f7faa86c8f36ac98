import { choice, object, textOr } from '../../model/schema.ts';
import { anybody, emulator, googleOptions, googleShared, googleSignIn } from '../../transport/google.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { objectBody, objectLimits, objectName, objectsPerRequest, objectType } from '../../transport/s3.ts';

export default httpOutput({
  id: 'gcp-storage',
  title: 'GCP Storage',
  summary: 'Stores alerts as objects in a bucket.',
  description: 'Objects are named PREFIX/DATE/TIME-ID.json. STORAGE_EMULATOR_HOST is respected.',
  since: '0.2.0',
  stability: 'stable',
  category: 'storage',
  section: 'gcp.storage',
  shared: googleShared,
  config: object({
    ...googleOptions,
    bucket: textOr('', 'Name of the bucket.'),
    prefix: textOr('', 'Begin of the names of objects.'),
    objectformat: choice(['json', 'ndjson'], 'json', "Saker's own: one alert in an object, or many, one a line."),
    endpoint: textOr('https://storage.googleapis.com', "Saker's own: another address of the service."),
  }),
  carriesJson: true,
  isEnabled: ({ bucket }) => bucket !== '',
  batch: objectLimits,
  perRequest: objectsPerRequest,
  async prepare(config, { environment }) {
    const local = emulator('STORAGE_EMULATOR_HOST', environment);
    const authorize = local === undefined ? await googleSignIn(config) : anybody;
    return { authorize, server: local ?? config.endpoint };
  },
  request({ bucket, prefix, objectformat }, batch, { authorize, server }) {
    const name = encodeURIComponent(objectName(prefix, batch, objectformat));
    return authorize({
      method: 'POST',
      url: `${server}/upload/storage/v1/b/${encodeURIComponent(bucket)}/o?uploadType=media&name=${name}`,
      headers: { 'content-type': objectType(objectformat) },
      body: objectBody(batch, objectformat),
    });
  },
  examples: [
    {
      title: 'With a token',
      config: { accesstoken: 'ya29.example-token', bucket: 'alerts', prefix: 'falco', endpoint: '{url}' },
      expect: [
        {
          method: 'POST',
          path: '/upload/storage/v1/b/alerts/o?uploadType=media&name=falco%2F2026-11-21%2F2026-11-21T05%3A29%3A25.123456789Z-{uuid}.json',
          headers: { authorization: 'Bearer ya29.example-token', 'content-type': 'application/json' },
          body: '{json}',
        },
      ],
    },
  ],
});
