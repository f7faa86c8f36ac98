import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exampleNotice } from '../../../test/kit/notice.ts';
import { never, openOutput, outputContext } from '../../../test/kit/outputs.ts';
import { PostServer } from '../../../test/kit/post-server.ts';
import type { OutputSpec } from '../../model/output.ts';
import fission from '../../outputs/fission/index.ts';
import kubeless from '../../outputs/kubeless/index.ts';
import openfaas from '../../outputs/openfaas/index.ts';
import { KubernetesClient } from './client.ts';
import { podLogin, readKubeconfig } from './kubeconfig.ts';

let folder: string;
let server: PostServer;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-kube-'));
  server = await new PostServer().listen();
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content, { mode: 0o700 });
  return file;
}

function kubeconfig(user: string): string {
  return write(
    'config',
    `apiVersion: v1
kind: Config
current-context: here
contexts:
- {name: other, context: {cluster: none, user: none}}
- {name: here, context: {cluster: c, user: u}}
clusters:
- {name: c, cluster: {server: "http://127.0.0.1:${server.port}/k8s/"}}
users:
- name: u
  user: ${user}
`,
  );
}

async function authorizationOf(user: string): Promise<string | undefined> {
  const client = new KubernetesClient(kubeconfig(user), outputContext({ environment: { PATH: process.env['PATH'] } }));
  await client.exchange('/version?x=1', { method: 'GET', headers: {} }, never);
  await client.close();
  expect(server.posts[0]).toMatchObject({ method: 'GET', url: '/k8s/version?x=1' });
  return server.posts[0]!.headers.authorization;
}

test.each([
  ['{}', undefined],
  ['{token: abc}', 'Bearer abc'],
  ['{username: a, password: b}', 'Basic YTpi'],
  ['{tokenFile: token}', 'Bearer from-file'],
  [
    '{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, args: [x], env: [{name: A, value: b}]}}',
    'Bearer x-b-ExecCredential',
  ],
])('login by %s', async (user, expected) => {
  write('token', 'from-file\n');
  write(
    'login',
    `#!/bin/sh
kind=$(echo "$KUBERNETES_EXEC_INFO" | grep -o ExecCredential)
echo "{\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$1-$A-$kind\\"}}"
`,
  );
  expect(await authorizationOf(user)).toBe(expected);
});

test('reasons do not show the token', async () => {
  server.answer = (response, post) => response.writeHead(500).end(`no ${post.headers.authorization}`);
  const config = { functionname: 'f', kubeconfig: kubeconfig('{token: abcdefgh-token}') };
  const output = await openOutput(openfaas as unknown as OutputSpec, config, outputContext());
  expect(await output.send([exampleNotice], never)).toEqual({ kind: 'retry', reason: 'status 500: no Bearer ...' });
  await output.close();
});

test('tokens of files are read again', async () => {
  write('token', 'one');
  let now = 0;
  const client = new KubernetesClient(kubeconfig('{tokenFile: token}'), outputContext(), () => now);
  const ask = () => client.exchange('/', { method: 'GET', headers: {} }, never);
  await ask();
  write('token', 'two');
  now = 59_999;
  await ask();
  now = 60_000;
  await ask();
  await client.close();
  expect(server.posts.map((post) => post.headers.authorization)).toEqual(['Bearer one', 'Bearer one', 'Bearer two']);
});

test.each([
  ['#!/bin/sh\necho my-secret; exit 3\n', /login, which should print a token, failed \(3\)/],
  ['#!/bin/sh\necho my-secret\n', /login printed no token/],
])('a program that gives no token', async (script, message) => {
  write('login', script);
  const failure = authorizationOf('{exec: {command: ./login}}').catch((error: Error) => error.message);
  expect(await failure).toMatch(message);
  expect(await failure).not.toContain('my-secret');
});

test.each([
  ['', /the context '' is not among its contexts/],
  ['current-context: x', /the context 'x' is not among its contexts/],
  ['current-context: [', /kubeconfig .*config: /],
])('a kubeconfig that is wrong: %s', (content, message) => {
  expect(() => readKubeconfig(write('config', content))).toThrow(message);
});

test("a pod's account", () => {
  write('ca.crt', 'PEM');
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
  expect(podLogin(environment, folder)).toMatchObject({ server: 'https://[fd00::1]:6443', ca: 'PEM' });
  expect(() => podLogin({}, folder)).toThrow(/this is no pod/);
});

test.each([
  [
    openfaas,
    { functionname: 'f' },
    '/k8s/api/v1/namespaces/openfaas/services/gateway:8080/proxy/function/f.openfaas-fn',
  ],
  [fission, { function: 'f' }, '/k8s/api/v1/namespaces/fission/services/router:80/proxy/fission-function/f'],
  [kubeless, { function: 'f', namespace: 'n' }, '/k8s/api/v1/namespaces/n/services/f:8080/proxy/'],
])('functions by the API server: $id', async (spec, config, url) => {
  const file = kubeconfig('{token: abc}');
  const output = await openOutput(spec as unknown as OutputSpec, { ...config, kubeconfig: file }, outputContext());
  expect(await output.send([exampleNotice], never)).toEqual({ kind: 'ok' });
  await output.close();
  expect(server.posts[0]).toMatchObject({ method: 'POST', url });
  expect(server.posts[0]!.headers).toMatchObject({ authorization: 'Bearer abc', 'event-id': exampleNotice.uuid });
  expect(server.posts[0]!.body.toString()).toBe(exampleNotice.json);
});
