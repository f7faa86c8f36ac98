import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { ClientTls } from '../model/output.ts';

/** What Node's TLS sockets take. */
export interface TlsSocketOptions {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
}

/** Whom servers are believed to be by: Node's list, the machine's own, and those of the configuration. */
function authorities(more: readonly string[]): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...more])];
}

/** Reading the lists takes some 30 ms once a process: ask when a connection is to be made. @throws Error */
export function tlsSocketOptions({ checkCert, ca, cert, key }: ClientTls): TlsSocketOptions {
  try {
    const secureContext = createSecureContext({
      ...(checkCert ? { ca: authorities(ca) } : {}),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      minVersion: 'TLSv1.2',
    });
    return { secureContext, rejectUnauthorized: checkCert };
  } catch (cause) {
    throw new Error(`the certificates for TLS can't be used: ${(cause as Error).message}`, { cause });
  }
}

/** The same as texts, for libraries that make the context themselves. */
export function tlsPems({ checkCert, ca, cert, key }: ClientTls): {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
} {
  return {
    rejectUnauthorized: checkCert,
    ...(checkCert ? { ca: authorities(ca) } : {}),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
