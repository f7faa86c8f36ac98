import { cef } from '../../formats/cef.ts';
import type { Notice } from '../../model/notice.ts';
import { choice, integer, object, textOr } from '../../model/schema.ts';
import { connectedOutput, taken } from '../../transport/connected-output.ts';
import { openDatagrams, openStream } from '../../transport/socket.ts';
import { cutBytes } from '../fields.ts';
import { rfc3164, rfc5424 } from './message.ts';

/** Bytes that a datagram holds, less the longest heads of IP and UDP. */
const mostDatagram = 65_000;

export default connectedOutput({
  id: 'syslog',
  title: 'Syslog',
  summary: 'Sends alerts to a syslog server by UDP, TCP or TLS.',
  description:
    'As RFC 5424 or the older RFC 3164, with the alert as JSON or CEF. Over TCP and TLS messages are framed by their length (RFC 6587, ' +
    'RFC 5425) or by line ends. Receivers cut messages that are longer than what they are set to (rsyslog 8 KiB, syslog-ng 64 KiB), and some ' +
    'take the rest for another message: `maxbytes` cuts before. Syslog acknowledges nothing: what is under way when a connection breaks may be lost.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'syslog',
  config: object({
    host: textOr('', 'Host of the server.'),
    port: integer(514, 1, 65_535, 'Port; with TLS mostly 6514.'),
    protocol: choice(['udp', 'tcp', 'tls'], 'udp', "How: by UDP, by TCP, or (Saker's own) by TLS."),
    format: choice(['json', 'cef'], 'json', 'Form of the alert.'),
    rfc: choice(['3164', '5424'], '3164', "Saker's own: form of the message around it."),
    framing: choice(
      ['newline', 'octets'],
      'newline',
      "Saker's own: how messages are told apart by TCP; TLS has octets.",
    ),
    tag: textOr('Falco', "Saker's own: name of the program that messages carry."),
    facility: integer(1, 0, 23, "Saker's own: facility; 1 is user, 16 to 23 are local0 to local7."),
    maxbytes: integer(65_000, 480, 16 << 20, "Saker's own: bytes of a message; by UDP never more than 65000."),
  }),
  isEnabled: ({ host }) => host !== '',
  batch: { count: 200, bytes: 1 << 20, waitMs: 5 },
  async connect({ host, port, protocol, format, rfc, framing, tag, facility, maxbytes }, { tls, timeoutMs, version }) {
    const message = (notice: Notice): Buffer => {
      const text = format === 'cef' ? cef(notice, version) : notice.json;
      const head = { facility, tag };
      const whole = rfc === '5424' ? rfc5424(notice, head, text) : rfc3164(notice, head, text);
      return Buffer.from(cutBytes(whole, protocol === 'udp' ? Math.min(maxbytes, mostDatagram) : maxbytes));
    };
    if (protocol === 'udp') {
      const sender = await openDatagrams({ host, port });
      return {
        async send(batch) {
          for (const notice of batch) await sender.send(message(notice));
          return taken();
        },
        close: () => sender.close(),
      };
    }
    const stream = await openStream({ host, port }, protocol === 'tls' ? tls : undefined, timeoutMs);
    const byLength = protocol === 'tls' || framing === 'octets';
    return {
      async send(batch) {
        const parts = batch.map(message).flatMap((bytes) => {
          return byLength ? [Buffer.from(`${bytes.length} `), bytes] : [bytes, Buffer.from('\n')];
        });
        await stream.write(Buffer.concat(parts));
        return taken();
      },
      close: () => stream.close(),
    };
  },
  examples: [
    { title: 'By UDP', config: { host: '127.0.0.1' } },
    { title: 'By TLS', config: { host: 'logs.example.com', port: 6514, protocol: 'tls', rfc: '5424' } },
  ],
});
