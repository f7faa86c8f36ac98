import { validateHeaderValue } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { printable } from '../../base/log.ts';
import { lineWriter } from '../../model/writer.ts';
import { count, flag, type Out, object, secret, textOr } from '../../model/schema.ts';
import { FdWriter, OutputError } from '../fd-writer.ts';
import { readCertificates, systemFolder } from './certificates.ts';
import { type Answer, Poster } from './poster.ts';
import { parseTarget, type Target } from './target.ts';

const compress = promisify(gzip);
const stdout = 1;
/** Characters of an answer that an error quotes. */
const quoted = 200;

const config = object({
  url: secret('Where alerts are posted to; quotes around it are left out. Messages show no more than its host.'),
  json: flag(false, 'The alerts are JSON (application/json), otherwise text (text/plain).'),
  userAgent: textOr('saker', 'User-Agent of the requests.'),
  insecure: flag(false, "Don't check the server's certificate. Whoever sits in between can read all alerts."),
  caCert: textOr('', 'File with the certificate authority of the server; goes before the other two.'),
  caBundle: textOr('', 'File with certificate authorities.'),
  caPath: textOr(systemFolder, 'Folder with certificate authorities, as c_rehash names them, or of *.pem and *.crt.'),
  mtls: flag(false, 'Show a certificate to the server.'),
  clientCert: textOr('/etc/ssl/certs/client.crt', 'That certificate, with those between it and its authority.'),
  clientKey: textOr('/etc/ssl/certs/client.key', 'Its key, without a password.'),
  echo: flag(false, "Print the server's answers."),
  compressUploads: flag(false, 'Compress the requests: Content-Encoding gzip. The server has to understand it.'),
  keepAlive: flag(false, 'Probe idle connections (TCP keep-alive). They are used again in any case.'),
  timeoutMs: count(10_000, 'Milliseconds for one request, connecting included; 0: a day.'),
  maxConsecutiveTimeouts: count(5, 'How often an alert is sent again after there was no answer in time.'),
});

const day = 86_400_000;
const unknownAuthority = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

function failure(error: unknown, target: Target): OutputError {
  const { message, code, errors } = error as NodeJS.ErrnoException & { errors?: readonly Error[] };
  // A host with several addresses has an error for each.
  const text = message === '' ? (errors ?? []).map((item) => item.message).join(', ') : message;
  const remedy = unknownAuthority.has(code ?? '') ? '; is its authority in ca_cert, ca_bundle or ca_path?' : '';
  return new OutputError(target.name, Object.assign(new Error(target.redact(`${text}${remedy}`)), { code }));
}

function refusal({ status, reason, body }: Answer, target: Target): OutputError {
  const words = body.toString('utf8').replace(/\s+/g, ' ').trim();
  const excerpt = words === '' ? '' : `: ${target.redact(words).slice(0, quoted)}`;
  return new OutputError(target.name, new Error(`the server answered ${status} ${target.redact(reason)}${excerpt}`));
}

function makePoster(options: Out<typeof config>, target: Target): Poster {
  const isTls = target.url.protocol === 'https:';
  return new Poster({
    url: target.url,
    headers: {
      accept: '*/*',
      'content-type': options.json ? 'application/json' : 'text/plain',
      'user-agent': options.userAgent,
      ...(options.compressUploads ? { 'content-encoding': 'gzip' } : {}),
    },
    tls: { insecure: options.insecure, context: isTls ? readCertificates(options) : undefined },
    probes: options.keepAlive,
    timeoutMs: options.timeoutMs === 0 ? day : options.timeoutMs,
    repeats: options.maxConsecutiveTimeouts,
    environment: process.env,
  });
}

/**
 * By node:http(s), not fetch: that has no way to give certificates without another package.
 *
 * Differences to Falco, which are improvements: an answer other than 2xx is an error (Falco takes it for delivered), a
 * request ends after a time (Falco waits for ever), and compressUploads does compress the requests. Falco's option asks
 * libcurl for CURLOPT_TRANSFER_ENCODING, which sends `TE: gzip`: it asks for compressed answers and leaves the uploads
 * as they are.
 */
export default lineWriter({
  id: 'http',
  summary: 'Posts each alert to a URL.',
  description:
    'An answer other than 2xx is an error. An alert that is not answered in time is sent again, so that it may arrive ' +
    'twice; one that is refused, or whose server is away, is lost, counted and reported. SIGUSR1 reads certificates again.',
  since: '0.1.0',
  stability: 'stable',
  config,
  examples: [
    { title: 'minimal', config: { url: 'http://localhost:2801', json: true } },
    {
      title: 'mutual TLS',
      config: {
        url: 'https://alerts.example.com/v1',
        caCert: '/etc/saker/ca.pem',
        mtls: true,
        clientCert: '/etc/saker/client.pem',
        clientKey: '/etc/saker/client-key.pem',
      },
    },
  ],
  open(options) {
    const target = parseTarget(options.url);
    validateHeaderValue('user-agent', options.userAgent);
    const echo = options.echo ? new FdWriter(stdout, 'standard output') : undefined;
    let poster = makePoster(options, target);
    return {
      async write(alert) {
        const plain = Buffer.from(alert.line);
        const body = options.compressUploads ? await compress(plain) : plain;
        let answer: Answer;
        try {
          answer = await poster.post(body);
        } catch (error) {
          throw failure(error, target);
        }
        if (echo !== undefined && answer.body.length > 0) await echo.line(printable(answer.body.toString('utf8')));
        if (answer.status < 200 || answer.status > 299) throw refusal(answer, target);
      },
      reopen() {
        // First the new one: where certificates can't be read, the old ones stay.
        const next = makePoster(options, target);
        poster.close();
        poster = next;
      },
      close: () => poster.close(),
    };
  },
});
