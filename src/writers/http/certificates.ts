import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';

export interface TlsOptions {
  readonly insecure: boolean;
  readonly caCert: string;
  readonly caBundle: string;
  readonly caPath: string;
  readonly mtls: boolean;
  readonly clientCert: string;
  readonly clientKey: string;
}

/** Where Linux distributions keep the authorities that the machine trusts. */
export const systemFolder = '/etc/ssl/certs';

// Names under which OpenSSL looks for authorities in a folder (c_rehash), and what people call such files.
const hashed = /^[0-9a-f]{8}\.[0-9]+$/;
const certificateFile = /\.(?:pem|crt|cer)$/;
const begin = '-----BEGIN CERTIFICATE-----';
const end = '-----END CERTIFICATE-----';

/** The certificates of a PEM file; what lies between them is comment. */
function certificatesIn(text: string): string[] {
  const found: string[] = [];
  for (let from = text.indexOf(begin); from >= 0; from = text.indexOf(begin, from + 1)) {
    const to = text.indexOf(end, from);
    if (to < 0) break;
    found.push(text.slice(from, to + end.length));
  }
  return found;
}

function read(file: string, what: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (cause) {
    throw new Error(`${what} ${file} can't be read: ${(cause as Error).message}`, { cause });
  }
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}

function fromFile(file: string): string[] {
  const found = certificatesIn(read(file, 'the file of certificate authorities'));
  const bad = found.findIndex((text) => !isCertificate(text));
  if (bad >= 0) throw new Error(`certificate ${bad + 1} in ${file} is damaged`);
  if (found.length === 0) throw new Error(`there is no certificate in ${file}, expected PEM (${begin})`);
  return found;
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function fromFolder(folder: string): string[] {
  const names = listFolder(folder);
  const byHash = names.filter((name) => hashed.test(name));
  const files = byHash.length > 0 ? byHash : names.filter((name) => certificateFile.test(name));
  const found = new Set<string>();
  for (const name of files) {
    const file = path.join(folder, name);
    // A damaged file among many only matters to those who need it.
    for (const text of certificatesIn(readOrNothing(file))) if (isCertificate(text)) found.add(text);
  }
  return [...found];
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** Certificates of those who may vouch for the server; undefined: Node's own list. */
function authorities({ caCert, caBundle, caPath }: TlsOptions): string[] | undefined {
  const file = caCert === '' ? caBundle : caCert;
  if (file !== '') return fromFile(file);
  if (caPath === '') return undefined;
  const found = fromFolder(caPath);
  if (found.length > 0) return found;
  // Small images lack the system's folder.
  if (caPath === systemFolder) return undefined;
  throw new Error(`there are no certificates in the folder ${caPath}`);
}

/**
 * Reads the files for TLS. A single authority goes before a bundle, a bundle before a folder.
 * @throws Error that names the file.
 */
export function readCertificates(options: TlsOptions): SecureContext {
  const ca = options.insecure ? undefined : authorities(options);
  const cert = options.mtls ? read(options.clientCert, 'the client certificate') : undefined;
  const key = options.mtls ? read(options.clientKey, 'the client key') : undefined;
  try {
    return createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    });
  } catch (cause) {
    const files = `${options.clientCert} and ${options.clientKey}`;
    throw new Error(`the client certificate and key can't be used (${files}): ${(cause as Error).message}`, { cause });
  }
}
