import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** What an `exec` section says: a program that prints a token, as those of cloud providers do. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How a cluster is reached and who asks: what the current context of a kubeconfig says. */
export interface ClusterLogin {
  /** `https://host:6443`, perhaps with a path. */
  readonly server: string;
  readonly insecure: boolean;
  /** PEM texts. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly token: string | undefined;
  /** Read again from time to time: tokens in files are replaced before they end. */
  readonly tokenFile: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly exec: ExecPlugin | undefined;
}

type Entry = Readonly<Record<string, unknown>>;

function text(entry: Entry, key: string): string | undefined {
  const value = entry[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function entryOf(value: unknown): Entry {
  return typeof value === 'object' && value !== null ? (value as Entry) : {};
}

/** The entry of a list of `{name, <kind>}` with that name. @throws Error */
function named(root: Entry, list: string, kind: string, name: string | undefined): Entry {
  const items = Array.isArray(root[list]) ? (root[list] as unknown[]).map(entryOf) : [];
  const found = items.find((item) => item['name'] === name);
  if (found === undefined) throw new Error(`the ${kind} '${name ?? ''}' is not among its ${list}`);
  return entryOf(found[kind]);
}

/** What is either in the file itself, in base64, or in another file. @throws Error */
function data(entry: Entry, key: string, folder: string): string | undefined {
  const inline = text(entry, `${key}-data`);
  if (inline !== undefined) return Buffer.from(inline, 'base64').toString('latin1');
  const file = text(entry, key);
  return file === undefined ? undefined : readFileSync(path.resolve(folder, file), 'latin1');
}

function execOf(user: Entry, folder: string): ExecPlugin | undefined {
  if (user['exec'] === undefined) return undefined;
  const exec = entryOf(user['exec']);
  const command = text(exec, 'command');
  if (command === undefined) throw new Error('its exec section has no command');
  const env = Array.isArray(exec['env']) ? (exec['env'] as unknown[]).map(entryOf) : [];
  return {
    apiVersion: text(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1',
    // Beside the file when it has a path, else by PATH.
    command: command.includes('/') ? path.resolve(folder, command) : command,
    args: Array.isArray(exec['args']) ? (exec['args'] as unknown[]).map(String) : [],
    env: Object.fromEntries(env.map((item) => [text(item, 'name') ?? '', text(item, 'value') ?? ''])),
  };
}

function loginOf(root: Entry, folder: string): ClusterLogin {
  const context = named(root, 'contexts', 'context', text(root, 'current-context'));
  const cluster = named(root, 'clusters', 'cluster', text(context, 'cluster'));
  const user = text(context, 'user') === undefined ? {} : named(root, 'users', 'user', text(context, 'user'));
  const server = text(cluster, 'server');
  if (server === undefined || !URL.canParse(server)) throw new Error('its cluster has no valid server');
  const tokenFile = text(user, 'tokenFile');
  return {
    server: server.replace(/\/+$/, ''),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    ca: data(cluster, 'certificate-authority', folder),
    cert: data(user, 'client-certificate', folder),
    key: data(user, 'client-key', folder),
    token: text(user, 'token'),
    tokenFile: tokenFile === undefined ? undefined : path.resolve(folder, tokenFile),
    user: text(user, 'username'),
    password: text(user, 'password'),
    exec: execOf(user, folder),
  };
}

/** Reads the current context of a file of kubectl's. @throws Error that names the file. */
export function readKubeconfig(file: string): ClusterLogin {
  try {
    return loginOf(entryOf(parse(readFileSync(file, 'utf8'))), path.dirname(path.resolve(file)));
  } catch (cause) {
    throw new Error(`kubeconfig ${file}: ${(cause as Error).message.split('\n')[0]}`, { cause });
  }
}

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The login of a pod's service account.
 * @throws Error outside of pods.
 */
export function podLogin(
  environment: Readonly<Record<string, string | undefined>>,
  folder: string = accountFolder,
): ClusterLogin {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host === '')
    throw new Error('no kubeconfig is configured, and this is no pod (KUBERNETES_SERVICE_HOST is not set)');
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    insecure: false,
    ca: readFileSync(path.join(folder, 'ca.crt'), 'latin1'),
    cert: undefined,
    key: undefined,
    token: undefined,
    tokenFile: path.join(folder, 'token'),
    user: undefined,
    password: undefined,
    exec: undefined,
  };
}
