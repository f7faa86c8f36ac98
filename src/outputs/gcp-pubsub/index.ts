import { object, textMapOr, textOr } from '../../model/schema.ts';
import { anybody, emulator, googleOptions, googleShared, googleSignIn } from '../../transport/google.ts';
import { httpOutput } from '../../transport/http-output.ts';

export default httpOutput({
  id: 'gcp-pubsub',
  title: 'GCP Pub/Sub',
  summary: 'Publishes alerts to a topic.',
  description:
    'Attributes of a message: source, priority, rule, uuid and what is configured. PUBSUB_EMULATOR_HOST is respected.',
  since: '0.2.0',
  stability: 'stable',
  category: 'queue',
  section: 'gcp.pubsub',
  shared: googleShared,
  config: object({
    ...googleOptions,
    projectid: textOr('', 'Project of the topic.'),
    topic: textOr('', 'Name of the topic.'),
    customattributes: textMapOr({}, 'Attributes to add to every message.'),
    endpoint: textOr('https://pubsub.googleapis.com', "Saker's own: another address of the service."),
  }),
  carriesJson: true,
  isEnabled: ({ projectid, topic }) => projectid !== '' && topic !== '',
  // A publish request takes 1000 messages and 10 MB, in base64.
  batch: { count: 500, bytes: 6_000_000, waitMs: 50 },
  async prepare(config, { environment }) {
    const local = emulator('PUBSUB_EMULATOR_HOST', environment);
    const authorize = local === undefined ? await googleSignIn(config) : anybody;
    return { authorize, server: local ?? config.endpoint };
  },
  request({ projectid, topic, customattributes }, batch, { authorize, server }) {
    const messages = batch.map(({ json, source, priority, rule, uuid }) => ({
      data: Buffer.from(json).toString('base64'),
      attributes: { ...customattributes, source, priority, rule: rule.slice(0, 256), uuid },
    }));
    const path = `projects/${encodeURIComponent(projectid)}/topics/${encodeURIComponent(topic)}:publish`;
    return authorize({
      method: 'POST',
      url: `${server}/v1/${path}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages }),
    });
  },
  examples: [
    {
      title: 'With a token',
      config: {
        accesstoken: 'ya29.example-token',
        projectid: 'my-project',
        topic: 'alerts',
        customattributes: { team: 'security' },
        endpoint: '{url}',
      },
      expect: [
        {
          method: 'POST',
          path: '/v1/projects/my-project/topics/alerts:publish',
          headers: { authorization: 'Bearer ya29.example-token', 'content-type': 'application/json' },
          json: {
            messages: [
              {
                data: '{base64}',
                attributes: {
                  team: 'security',
                  source: 'syscall',
                  priority: 'Notice',
                  rule: 'Terminal shell in container',
                  uuid: '{uuid}',
                },
              },
            ],
          },
        },
      ],
    },
  ],
});
