import type { ClientTls } from '../model/output.ts';

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
