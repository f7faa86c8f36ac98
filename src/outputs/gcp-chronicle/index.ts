import { object, textOr } from '../../model/schema.ts';
import { googleOptions, googleShared, googleSignIn } from '../../transport/google.ts';
import { httpOutput } from '../../transport/http-output.ts';

/** Parts of the address, so nothing that could lead elsewhere. */
const forms = {
  region: /^[a-z][a-z0-9-]{0,62}$/,
  projectid: /^[a-z0-9][a-z0-9:.-]{0,127}$/,
  instanceid: /^[0-9a-fA-F-]{1,64}$/,
  logtype: /^[A-Z][A-Z0-9_]{0,127}$/,
} as const;

export default httpOutput({
  id: 'gcp-chronicle',
  title: 'Google SecOps (Chronicle)',
  summary: 'Imports alerts as raw logs.',
  since: '0.2.0',
  stability: 'stable',
  category: 'storage',
  section: 'gcp.chronicle',
  shared: googleShared,
  config: object({
    ...googleOptions,
    region: textOr('', 'Region of the instance, e.g. us or europe.'),
    projectid: textOr('', 'Project that the instance is bound to.'),
    instanceid: textOr('', 'Id of the instance.'),
    logtype: textOr('FALCO_IDS', 'Log type to import as.'),
    endpoint: textOr('', "Saker's own: another address of the service."),
  }),
  carriesJson: true,
  isEnabled: ({ region, projectid, instanceid }) => region !== '' && projectid !== '' && instanceid !== '',
  // logs:import takes 4 MB, in base64.
  batch: { count: 500, bytes: 2_500_000, waitMs: 200 },
  prepare(config) {
    for (const [key, form] of Object.entries(forms)) {
      const value = config[key as keyof typeof forms];
      if (!form.test(value))
        throw new Error(`gcp.chronicle.${key} is '${value.slice(0, 80)}', expected ${form.source}`);
    }
    return googleSignIn(config);
  },
  request({ region, projectid, instanceid, logtype, endpoint }, batch, authorize) {
    const server = endpoint === '' ? `https://chronicle.${region}.rep.googleapis.com` : endpoint;
    const instance = `projects/${projectid}/locations/${region}/instances/${instanceid}`;
    const logs = batch.map(({ json, timeText }) => ({
      data: Buffer.from(json).toString('base64'),
      log_entry_time: timeText,
      collection_time: timeText,
    }));
    return authorize({
      method: 'POST',
      url: `${server}/v1beta/${instance}/logTypes/${logtype}/logs:import`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inline_source: { logs } }),
    });
  },
  examples: [
    {
      title: 'With a token',
      config: {
        accesstoken: 'ya29.example-token',
        region: 'europe',
        projectid: 'my-project',
        instanceid: '0a1b2c3d-0000-0000-0000-000000000000',
        endpoint: '{url}',
      },
      expect: [
        {
          method: 'POST',
          path: '/v1beta/projects/my-project/locations/europe/instances/0a1b2c3d-0000-0000-0000-000000000000/logTypes/FALCO_IDS/logs:import',
          headers: { authorization: 'Bearer ya29.example-token' },
          json: {
            inline_source: {
              logs: [
                {
                  data: '{base64}',
                  log_entry_time: '2026-11-21T05:29:25.123456789Z',
                  collection_time: '2026-11-21T05:29:25.123456789Z',
                },
              ],
            },
          },
        },
      ],
    },
  ],
});
