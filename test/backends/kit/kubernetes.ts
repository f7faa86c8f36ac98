import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Backend, type BackendSpec, freePort, programPath, startBackend } from './backend.ts';
import { makeCertificate } from './certificates.ts';

const token = 'token-of-the-tests';

const etcd = (peerPort: number): BackendSpec => ({
  command: 'etcd',
  args(port, folder) {
    const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
    const clients = ['--listen-client-urls', client, '--advertise-client-urls', client];
    const peers = ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `e=${peer}`];
    return ['--name', 'e', '--data-dir', `${folder}/etcd`, ...clients, ...peers, '--unsafe-no-fsync'];
  },
});

const kubeconfig = (port: number, folder: string) => `apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://127.0.0.1:${port}", certificate-authority: "${folder}/tls.crt"}}]
users: [{name: u, user: {token: ${token}}}]
`;

/** An address of this machine that no network knows; the API server forwards nothing to those of loopback. */
const forwardable = '10.254.77.1';

const isComplete = programPath('kube-apiserver') !== undefined && programPath('etcd') !== undefined;

/** An API server with its database; by `kubeconfig` in its folder it is reached. */
export function apiServer(): BackendSpec {
  let database: Backend | undefined;
  return {
    command: isComplete ? 'kube-apiserver' : 'kube-apiserver with etcd',
    async prepare(port, folder) {
      database = await startBackend(etcd(await freePort()));
      makeCertificate(folder, 'IP:127.0.0.1');
      execFileSync('openssl', ['genrsa', '-out', `${folder}/sa.key`, '2048'], { stdio: 'ignore' });
      writeFileSync(path.join(folder, 'tokens.csv'), `${token},admin,admin,system:masters\n`);
      writeFileSync(path.join(folder, 'kubeconfig'), kubeconfig(port, folder));
      writeFileSync(path.join(folder, 'kubeconfig.nobody'), kubeconfig(port, folder).replace(token, 'unknown-4711'));
    },
    args: (port, folder) => [
      `--etcd-servers=http://127.0.0.1:${database!.port}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--cert-dir=${folder}`,
      `--tls-cert-file=${folder}/tls.crt`,
      `--tls-private-key-file=${folder}/tls.key`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--authorization-mode=RBAC',
      `--token-auth-file=${folder}/tokens.csv`,
      `--service-account-issuer=https://127.0.0.1:${port}`,
      `--service-account-key-file=${folder}/sa.key`,
      `--service-account-signing-key-file=${folder}/sa.key`,
      '--disable-admission-plugins=ServiceAccount',
    ],
    isReady: isUp,
    secondsToStart: 120,
    cleanUp: () => database?.stop(),
  };
}

async function isUp(port: number): Promise<boolean> {
  // Its certificate is its own authority, and whoever asks whether it is ready may ask without a sign-in.
  const { stdout } = spawnSync('curl', ['-sk', '-m', '2', `https://127.0.0.1:${port}/readyz`], { encoding: 'utf8' });
  return await Promise.resolve(stdout === 'ok');
}

/** Runs a function with an address that the API server forwards to; undefined where this process may add none. */
export async function withAddress(run: (address: string | undefined) => Promise<void>): Promise<void> {
  const change = (verb: string) => spawnSync('ip', ['address', verb, `${forwardable}/32`, 'dev', 'lo']).status === 0;
  const isAdded = change('add');
  try {
    await run(isAdded ? forwardable : undefined);
  } finally {
    if (isAdded) change('del');
  }
}

const text = { type: 'string' };
const whole = (format: string) => ({ type: 'integer', format });

/** A result, by the public schema of wgpolicyk8s.io/v1alpha2: what it doesn't know, the server takes away. */
const result = {
  type: 'object',
  required: ['policy'],
  properties: {
    category: text,
    message: text,
    policy: text,
    properties: { type: 'object', additionalProperties: text },
    result: { type: 'string', enum: ['pass', 'fail', 'warn', 'error', 'skip'] },
    rule: text,
    scored: { type: 'boolean' },
    severity: { type: 'string', enum: ['critical', 'high', 'low', 'medium', 'info'] },
    source: text,
    timestamp: {
      type: 'object',
      required: ['nanos', 'seconds'],
      properties: { nanos: whole('int32'), seconds: whole('int64') },
    },
  },
};
const counts = Object.fromEntries(['error', 'fail', 'pass', 'skip', 'warn'].map((name) => [name, { type: 'integer' }]));

/** The definition of PolicyReport or ClusterPolicyReport. */
export function reportDefinition(kind: string, scope: 'Namespaced' | 'Cluster'): object {
  const plural = `${kind.toLowerCase()}s`;
  const properties = { results: { type: 'array', items: result }, summary: { type: 'object', properties: counts } };
  const schema = { openAPIV3Schema: { type: 'object', properties } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.wgpolicyk8s.io`,
      annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/wg-policy-prototypes' },
    },
    spec: {
      group: 'wgpolicyk8s.io',
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1alpha2', served: true, storage: true, schema }],
    },
  };
}

/** The kubeconfig of whoever may do everything, and that of somebody unknown. */
export function kubeconfigs(folder: string): { readonly admin: string; readonly nobody: string; readonly ca: string } {
  const ca = readFileSync(path.join(folder, 'tls.crt'), 'utf8');
  return { admin: path.join(folder, 'kubeconfig'), nobody: path.join(folder, 'kubeconfig.nobody'), ca };
}
