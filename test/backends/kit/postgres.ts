import { execFileSync } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { type BackendSpec, programPath, userIds } from './backend.ts';
import { makeCertificate } from './certificates.ts';

const user = 'postgres';
export const postgresPassword = 'correct horse';

/** A client that only tests use. */
export function postgresClient(port: number): Client {
  return new Client({ host: '127.0.0.1', port, user, password: postgresPassword, database: 'postgres' });
}

async function isUp(port: number): Promise<boolean> {
  const client = postgresClient(port);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A server with TLS (its certificate is for the name localhost alone) that asks for a password. */
export const postgres: BackendSpec = {
  command: 'postgres',
  user,
  prepare(_, folder) {
    const ids = userIds(user);
    const passwordFile = path.join(folder, 'password');
    writeFileSync(passwordFile, postgresPassword);
    const { keyFile, certFile } = makeCertificate(folder, 'DNS:localhost');
    if (ids.uid !== undefined) for (const file of [keyFile, certFile, passwordFile]) chownSync(file, ids.uid, ids.gid!);
    const args = `--auth=scram-sha-256 --username=${user} --encoding=UTF8 --locale=C --no-sync`.split(' ');
    const places = [`--pwfile=${passwordFile}`, `--pgdata=${folder}/data`];
    execFileSync(programPath('initdb')!, [...args, ...places], { ...ids, cwd: folder, stdio: 'ignore' });
  },
  args: (port, folder) => [
    '-D',
    `${folder}/data`,
    '-k',
    folder,
    `--port=${port}`,
    '--listen_addresses=127.0.0.1',
    '--fsync=off',
    '--ssl=on',
    `--ssl_cert_file=${folder}/tls.crt`,
    `--ssl_key_file=${folder}/tls.key`,
  ],
  isReady: isUp,
};
