import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A certificate that is its own authority, and its key: files for servers, PEM text for clients. */
export interface TestCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly pem: string;
}

/** Makes one in a folder. @param names `DNS:localhost`, `IP:127.0.0.1` */
export function makeCertificate(folder: string, names: string): TestCertificate {
  const [certFile, keyFile] = ['tls.crt', 'tls.key'].map((name) => path.join(folder, name)) as [string, string];
  const request = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=saker-test -addext'.split(' ');
  const files = ['-keyout', keyFile, '-out', certFile];
  execFileSync('openssl', [...request, `subjectAltName=${names}`, ...files], { stdio: 'ignore' });
  return { certFile, keyFile, pem: readFileSync(certFile, 'utf8') };
}
