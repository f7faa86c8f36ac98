import { object, secretOr, textOr } from '../../model/schema.ts';
import { azureSignIn } from '../../transport/azure.ts';
import { httpOutput } from '../../transport/http-output.ts';

const serviceScope = 'https://eventhubs.azure.net/.default';

export default httpOutput({
  id: 'azure-event-hub',
  title: 'Azure Event Hubs',
  summary: 'Sends alerts to an event hub.',
  description:
    'By its HTTPS interface, each batch once, as events of their own. Signed in as the environment, a workload or the machine says ' +
    '(DefaultAzureCredential).',
  since: '0.2.0',
  stability: 'stable',
  category: 'queue',
  section: 'azure.eventhub',
  config: object({
    namespace: textOr('', 'Namespace: NAME or NAME.servicebus.windows.net.'),
    name: textOr('', 'Name of the event hub.'),
    accesstoken: secretOr('', "Saker's own: a token to use as it is, instead of signing in."),
    endpoint: textOr('', "Saker's own: another address of the service."),
  }),
  carriesJson: true,
  isEnabled: ({ namespace, name }) => namespace !== '' && name !== '',
  // A batch is 1 MiB at most, in an envelope of JSON that escapes quotes.
  batch: { count: 500, bytes: 400_000, waitMs: 50 },
  prepare: ({ accesstoken }) => azureSignIn(serviceScope, accesstoken),
  request({ namespace, name, endpoint }, batch, authorize) {
    const host = namespace.includes('.') ? namespace : `${namespace}.servicebus.windows.net`;
    const events = batch.map(({ json, uuid, priority, source }) => ({
      Body: json,
      BrokerProperties: { MessageId: uuid },
      UserProperties: { priority, source },
    }));
    return authorize({
      method: 'POST',
      url: `${endpoint === '' ? `https://${host}` : endpoint}/${encodeURIComponent(name)}/messages?api-version=2014-01`,
      headers: { 'content-type': 'application/vnd.microsoft.servicebus.json' },
      body: JSON.stringify(events),
    });
  },
  examples: [
    {
      title: 'With a token',
      config: { namespace: 'security', name: 'alerts', accesstoken: 'eyJ0eXAi.example-token', endpoint: '{url}' },
      expect: [
        {
          method: 'POST',
          path: '/alerts/messages?api-version=2014-01',
          headers: {
            authorization: 'Bearer eyJ0eXAi.example-token',
            'content-type': 'application/vnd.microsoft.servicebus.json',
          },
          json: [
            {
              Body: '{json}',
              BrokerProperties: { MessageId: '{uuid}' },
              UserProperties: { priority: 'Notice', source: 'syscall' },
            },
          ],
        },
      ],
    },
  ],
});
