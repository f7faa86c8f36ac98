import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Io } from './command.ts';
import { ask } from './operate.ts';

let folder: string;
const asked: (string | undefined)[] = [];
const server = createServer((request, response) => {
  asked.push(request.headers.authorization);
  response.end('{"outputs":{}}');
});
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'operate-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  asked.length = 0;
  rmSync(folder, { recursive: true });
  await new Promise((resolve) => server.close(resolve));
});

function io(environment: Io['environment'] = {}): Io & { readonly errors: string[] } {
  const errors: string[] = [];
  return { out: () => undefined, err: (text: string) => errors.push(text), environment, errors } as unknown as Io & {
    readonly errors: string[];
  };
}

function configFile(lines: string): string {
  const file = path.join(folder, 'config.yaml');
  writeFileSync(file, lines);
  return file;
}

const none = { url: undefined, 'token-file': undefined, config: undefined };

test('the configuration says where the delivery listens, and its token', async () => {
  const { port } = server.address() as AddressInfo;
  const config = configFile(`listenaddress: "0.0.0.0"\nlistenport: ${port}\nbearertoken: open sesame\n`);
  expect(await ask({ ...none, config }, io(), 'GET', '/outputs')).toEqual({ outputs: {} });
  expect(asked).toEqual(['Bearer open sesame']);
});

test('options of the command come before the configuration', async () => {
  const { port } = server.address() as AddressInfo;
  const config = configFile('listenport: 1\nbearertoken: open sesame\n');
  const file = path.join(folder, 'token');
  writeFileSync(file, 'another\n');
  const url = `http://127.0.0.1:${port}/`;
  await ask({ url, config, 'token-file': file }, io(), 'GET', '/outputs');
  await ask({ ...none, url }, io({ BEARERTOKEN: 'of the environment' }), 'GET', '/outputs');
  expect(asked).toEqual(['Bearer another', 'Bearer of the environment']);
});

test('a configuration with errors is not guessed at', async () => {
  const console = io();
  const config = configFile('listenport: many\n');
  await expect(ask({ ...none, config }, console, 'GET', '/outputs')).rejects.toThrow('the configuration has errors');
  expect(console.errors.join('')).toContain('listenport');
});
