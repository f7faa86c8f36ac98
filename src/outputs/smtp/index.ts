import { isIP } from 'node:net';
import { choice, flag, object, secretOr, textList, textOr } from '../../model/schema.ts';
import { type Outcome, singly } from '../../model/output.ts';
import { connectedOutput, taken } from '../../transport/connected-output.ts';
import { tlsSocketOptions } from '../../transport/tls.ts';
import { htmlMail, subjectOf, textMail } from './mail.ts';
import { signIn } from './sign-in.ts';

interface MailError extends Error {
  /** What the server answered; absent: it did not. */
  readonly responseCode?: number;
  readonly command?: string;
}

async function outcomeOf(sent: Promise<{ readonly rejected: readonly unknown[] }>): Promise<Outcome> {
  try {
    const { rejected } = await sent;
    // The others have it: sending it again would give them a second one.
    return rejected.length === 0 ? taken() : { kind: 'drop', reason: `refused for ${rejected.map(String).join(', ')}` };
  } catch (error) {
    const { responseCode = 0, command = '', message } = error as MailError;
    const isOwnFault = responseCode >= 500 && /^(?:MAIL FROM|RCPT TO|DATA)$/.test(command);
    if (isOwnFault) return { kind: 'drop', reason: message };
    throw error;
  }
}

export default connectedOutput({
  id: 'smtp',
  title: 'SMTP',
  summary: 'Sends each alert as a mail.',
  description:
    'Mails have an id made of the alert, so that one that is sent twice is recognised. One connection is kept for several mails.',
  since: '0.2.0',
  stability: 'stable',
  category: 'mail',
  section: 'smtp',
  config: object({
    hostport: textOr('', 'Server: HOST:PORT. At port 465 TLS is spoken from the start.'),
    tls: flag(true, 'Ask for STARTTLS, and send nothing without it.'),
    from: textOr('', 'Sender.'),
    to: textList('Recipients.'),
    outputformat: choice(['html', 'text'], 'html', 'Whether mails have an HTML part besides the text.'),
    authmechanism: choice(
      ['', 'plain', 'oauthbearer', 'external', 'anonymous'],
      'plain',
      'How to sign in; empty: not at all.',
    ),
    user: textOr('', 'User; with `plain`, nobody signs in without one.'),
    password: secretOr('', 'Password.'),
    token: secretOr('', 'Token for oauthbearer.'),
    identity: textOr('', 'Identity for plain and external.'),
    trace: textOr('', 'Trace for anonymous.'),
  }),
  isEnabled: ({ hostport, from, to }) => hostport !== '' && from !== '' && to.length > 0,
  batch: singly,
  async connect(config, { tls, timeoutMs }) {
    const { createTransport } = await import('nodemailer');
    const [, host = '', port = '25'] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(config.hostport) ?? [];
    const transport = createTransport({
      pool: true,
      maxConnections: 1,
      host,
      port: Number(port),
      secure: port === '465',
      requireTLS: config.tls && port !== '465',
      ignoreTLS: !config.tls,
      tls:
        config.tls || port === '465'
          ? { ...tlsSocketOptions(tls), ...(isIP(host) === 0 ? { servername: host } : {}) }
          : {},
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...signIn(config),
    });
    return {
      async send([notice]) {
        const sent = transport.sendMail({
          from: config.from,
          to: [...config.to],
          subject: subjectOf(notice!),
          messageId: `<${notice!.uuid}@saker>`,
          date: new Date(Number(notice!.time / 1_000_000n)),
          text: textMail(notice!),
          ...(config.outputformat === 'html' ? { html: htmlMail(notice!) } : {}),
        });
        return await outcomeOf(sent);
      },
      close: () => transport.close(),
    };
  },
  examples: [
    {
      title: 'A relay on this machine',
      config: { hostport: '127.0.0.1:25', tls: false, from: 'saker@example.com', to: ['soc@example.com'] },
    },
    {
      title: 'Signed in',
      config: {
        hostport: 'smtp.example.com:587',
        from: 'saker@example.com',
        to: ['soc@example.com', 'oncall@example.com'],
        user: 'saker',
        password: 'correct horse',
      },
    },
  ],
});
