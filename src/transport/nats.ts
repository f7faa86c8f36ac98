import { readFile } from 'node:fs/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Notice } from '../model/notice.ts';
import type { ClientTls, ItemOutcome, Outcome } from '../model/output.ts';
import { tlsPems } from './tls.ts';

/** Who connects, and how. */
interface NatsLogin {
  readonly hostport: string;
  readonly user: string;
  readonly password: string;
  readonly token: string;
  readonly credentialsfile: string;
}

/** Connects; when the connection breaks, it is for the caller to make another, with pauses of its own. @throws Error */
export async function connectNats(
  login: NatsLogin,
  { tls, timeoutMs, version }: { readonly tls: ClientTls; readonly timeoutMs: number; readonly version: string },
): Promise<NatsConnection> {
  const { hostport, user, password, token, credentialsfile } = login;
  const { connect, credsAuthenticator } = await import('@nats-io/transport-node');
  return await connect({
    servers: natsServers(hostport),
    name: `saker ${version}`,
    timeout: timeoutMs,
    reconnect: false,
    ...natsTls(hostport, tls),
    ...(user === '' ? {} : { user, pass: password }),
    ...(token === '' ? {} : { token }),
    ...(credentialsfile === '' ? {} : { authenticator: credsAuthenticator(await readFile(credentialsfile)) }),
  });
}

/** The servers of a list separated by commas. */
function natsServers(hostport: string): string[] {
  return hostport
    .split(',')
    .map((server) => server.trim())
    .filter((server) => server !== '');
}

/** TLS where an address, or a certificate, says so; servers that ask for it get it in any case. */
function natsTls(hostport: string, tls: ClientTls) {
  const isTls = /\btls:\/\//.test(hostport) || tls.cert !== undefined || tls.ca.length > 0;
  if (!isTls) return {};
  const { ca, ...rest } = tlsPems(tls);
  return { tls: { ...rest, ...(ca === undefined ? {} : { ca: ca.join('\n') }) } };
}

/** Bytes of a message that servers take unless they are told otherwise. */
export const usualPayload = 1 << 20;

const ok: ItemOutcome = { kind: 'ok' };

/** Publishes what the server takes; what is longer never will be. @param most bytes of a message. */
export async function publishEach(
  batch: readonly Notice[],
  most: number,
  publish: (notice: Notice) => Promise<unknown>,
): Promise<Outcome> {
  const items = batch.map(({ json }): ItemOutcome => {
    if (json.length * 3 < most || Buffer.byteLength(json) <= most) return ok;
    return { kind: 'drop', reason: `longer than the ${most} bytes that the server takes` };
  });
  await Promise.all(batch.filter((_, i) => items[i] === ok).map(publish));
  return items.every((item) => item === ok) ? ok : { kind: 'each', items };
}
