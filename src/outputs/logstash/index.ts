import { flag, integer, object, textList, textOr } from '../../model/schema.ts';
import { connectedOutput, taken } from '../../transport/connected-output.ts';
import { openStream } from '../../transport/socket.ts';

/** Tags are behind the fields, one of which may have the same name. */
function withTags(json: string, added: string, isFirst: boolean): string {
  const key = '"tags":[';
  const place = json.lastIndexOf(key);
  if (added === '' || place < 0) return json;
  const start = place + key.length;
  return `${json.slice(0, start)}${added}${isFirst ? '' : ','}${json.slice(start)}`;
}

export default connectedOutput({
  id: 'logstash',
  title: 'Logstash',
  summary: 'Sends alerts as lines of JSON by TCP.',
  description:
    'To an input `tcp` with the codec `json_lines`. It acknowledges nothing: what is under way when a connection breaks may be lost.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'logstash',
  config: object({
    address: textOr('', 'Host.'),
    port: integer(5044, 1, 65_535, 'Port.'),
    tls: flag(false, 'Speak TLS.'),
    checkcert: flag(true, "Check the server's certificate."),
    tags: textList('Tags to add to every alert.'),
  }),
  carriesJson: true,
  isEnabled: ({ address }) => address !== '',
  batch: { count: 500, bytes: 1 << 20, waitMs: 5 },
  async connect({ address, port, tls: isTls, checkcert, tags }, { tls, timeoutMs }) {
    const wanted = isTls || tls.cert !== undefined;
    const stream = await openStream(
      { host: address, port },
      wanted ? { ...tls, checkCert: checkcert } : undefined,
      timeoutMs,
    );
    const added = tags.length === 0 ? '' : JSON.stringify([...tags]).slice(1, -1);
    return {
      async send(batch) {
        const lines = batch.map(({ json, tags: own }) => withTags(json, added, own.length === 0));
        await stream.write(`${lines.join('\n')}\n`);
        return taken();
      },
      close: () => stream.close(),
    };
  },
  examples: [{ title: 'In the clear', config: { address: '127.0.0.1', port: 5044 } }],
});
