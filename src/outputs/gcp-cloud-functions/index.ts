import { object, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { googleOptions, googleShared, googleSignIn } from '../../transport/google.ts';
import { classifyAnswer, jsonOf } from '../../transport/http-outcome.ts';
import { httpOutput } from '../../transport/http-output.ts';

const nameForm = /^projects\/[^/]+\/locations\/[^/]+\/functions\/[^/]+$/;

export default httpOutput({
  id: 'gcp-cloud-functions',
  title: 'GCP Cloud Functions',
  summary: 'Calls a function with each alert.',
  description:
    'An error that the function itself reports makes the alert a dead letter: it was called, and would fail again.',
  since: '0.2.0',
  stability: 'stable',
  category: 'function',
  section: 'gcp.cloudfunctions',
  shared: googleShared,
  config: object({
    ...googleOptions,
    name: textOr('', 'Full name: projects/PROJECT/locations/REGION/functions/FUNCTION.'),
    endpoint: textOr('https://cloudfunctions.googleapis.com', "Saker's own: another address of the service."),
  }),
  carriesJson: true,
  isEnabled: ({ name }) => name !== '',
  batch: singly,
  prepare(config) {
    if (!nameForm.test(config.name)) {
      throw new Error('gcp.cloudfunctions.name has the form projects/PROJECT/locations/REGION/functions/FUNCTION');
    }
    return googleSignIn(config);
  },
  request: ({ name, endpoint }, [notice], authorize) =>
    authorize({
      method: 'POST',
      url: `${endpoint}/v1/${name.split('/').map(encodeURIComponent).join('/')}:call`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ data: notice!.json }),
    }),
  classify(answer) {
    const error = answer.status === 200 ? jsonOf(answer)?.['error'] : undefined;
    if (typeof error !== 'string' || error === '') return classifyAnswer(answer);
    return { kind: 'drop', reason: `the function failed: ${error}` };
  },
  examples: [
    {
      title: 'With a token',
      config: {
        accesstoken: 'ya29.example-token',
        name: 'projects/my-project/locations/europe-west1/functions/on-alert',
        endpoint: '{url}',
      },
      expect: [
        {
          method: 'POST',
          path: '/v1/projects/my-project/locations/europe-west1/functions/on-alert:call',
          headers: { authorization: 'Bearer ya29.example-token' },
          json: { data: '{json}' },
        },
      ],
    },
  ],
});
