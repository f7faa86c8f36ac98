import type { Notice } from '../model/notice.ts';
import type { ClientTls, ItemOutcome, Outcome } from '../model/output.ts';

/** The servers of a list separated by commas. */
export function natsServers(hostport: string): string[] {
  return hostport
    .split(',')
    .map((server) => server.trim())
    .filter((server) => server !== '');
}

/** TLS where an address, or a certificate, says so; servers that ask for it get it in any case. */
export function natsTls(hostport: string, { ca, cert, key, checkCert }: ClientTls) {
  const isTls = /\btls:\/\//.test(hostport) || cert !== undefined || ca.length > 0;
  if (!isTls) return {};
  return {
    tls: {
      rejectUnauthorized: checkCert,
      ...(ca.length === 0 ? {} : { ca: ca.join('\n') }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  };
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
