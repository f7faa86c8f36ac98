import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** An authority of one test with what it has signed; its files go with `close`. */
export class Pki {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'saker-pki-'));

  constructor() {
    this.#openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-subj',
      '/CN=saker test',
      '-days',
      '2',
    );
    this.#sign('server', 'subjectAltName=DNS:localhost,IP:127.0.0.1');
    this.#sign('client', 'subjectAltName=DNS:client');
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'ignore' });
  }

  #sign(name: string, extension: string): void {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`, '-CA', 'ca.crt', '-CAkey', 'ca.key'];
    this.#openssl('req', '-x509', ...key, ...files, '-subj', `/CN=${name}`, '-addext', extension, '-days', '2');
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  text(name: 'ca.crt' | 'server.crt' | 'server.key' | 'client.crt' | 'client.key'): string {
    return readFileSync(this.file(name), 'utf8');
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}
