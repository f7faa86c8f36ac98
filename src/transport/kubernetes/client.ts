import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { basic, type HttpAnswer, HttpClient, type HttpContext, type HttpRequest } from '../http-client.ts';
import { type ClusterLogin, type ExecPlugin, podLogin, readKubeconfig } from './kubeconfig.ts';

/** Milliseconds that a token of a file or a program is used, unless the program says less. */
const tokenMs = 60_000;
const programTimeoutMs = 30_000;
const run = promisify(execFile);

interface Token {
  readonly text: string;
  readonly until: number;
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
async function tokenOfProgram(exec: ExecPlugin, environment: HttpContext['environment'], now: number): Promise<Token> {
  const info = { kind: 'ExecCredential', apiVersion: exec.apiVersion, spec: { interactive: false } };
  const env = { ...environment, ...exec.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  let printed: string;
  try {
    printed = (await run(exec.command, [...exec.args], { env, timeout: programTimeoutMs })).stdout;
  } catch (cause) {
    // What it has printed may be a secret: only how it ended is told.
    const { code, signal } = cause as { code?: string | number; signal?: string };
    throw new Error(`the program ${exec.command}, which should print a token, failed (${signal ?? code ?? ''})`);
  }
  const { token, expirationTimestamp } = statusOf(printed);
  if (token === undefined) throw new Error(`the program ${exec.command} printed no token`);
  const end = expirationTimestamp === undefined ? Number.NaN : Date.parse(expirationTimestamp);
  return { text: token, until: Number.isNaN(end) ? now + tokenMs : Math.max(now, end - tokenMs) };
}

function statusOf(printed: string): { readonly token?: string; readonly expirationTimestamp?: string } {
  try {
    const { status } = JSON.parse(printed) as { status?: { token?: string; expirationTimestamp?: string } };
    return status ?? {};
  } catch {
    return {};
  }
}

/** Requests to the API server of a cluster, signed in as a kubeconfig or a pod's service account says. */
export class KubernetesClient {
  readonly #login: ClusterLogin;
  readonly #client: HttpClient;
  readonly #environment: HttpContext['environment'];
  readonly #now: () => number;
  #token: Token | undefined;

  /**
   * @param kubeconfig its path; empty: the pod's own account.
   * @throws Error when there is no login.
   */
  constructor(kubeconfig: string, context: HttpContext, now: () => number = Date.now) {
    this.#login = kubeconfig === '' ? podLogin(context.environment) : readKubeconfig(kubeconfig);
    const { insecure, ca, cert, key } = this.#login;
    const tls = { checkCert: context.tls.checkCert && !insecure, ca: ca === undefined ? [] : [ca], cert, key };
    this.#client = new HttpClient({ ...context, tls });
    this.#environment = context.environment;
    this.#now = now;
  }

  /** @param path below the API server, with query. @throws HttpError, Error when there is no token. */
  async exchange(path: string, request: Omit<HttpRequest, 'url'>, signal: AbortSignal): Promise<HttpAnswer> {
    return await this.#client.exchange(await this.#signed(path, request), signal);
  }

  /**
   * A request whose answer comes piece by piece: a watch.
   * @throws HttpError, Error when there is no token.
   */
  async follow(
    path: string,
    request: Omit<HttpRequest, 'url'>,
    how: Parameters<HttpClient['follow']>[1],
  ): Promise<HttpAnswer> {
    return await this.#client.follow(await this.#signed(path, request), how);
  }

  /** What must not be seen of the login. */
  get secrets(): string[] {
    const { token, password } = this.#login;
    return [token, password, this.#token?.text].filter((text) => text !== undefined);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #signed(path: string, request: Omit<HttpRequest, 'url'>): Promise<HttpRequest> {
    const authorization = await this.#authorization();
    const headers = authorization === undefined ? request.headers : { ...request.headers, authorization };
    return { ...request, url: `${this.#login.server}${path}`, headers };
  }

  async #authorization(): Promise<string | undefined> {
    const { token, tokenFile, exec, user, password } = this.#login;
    if (tokenFile !== undefined || exec !== undefined) return `Bearer ${await this.#freshToken()}`;
    if (token !== undefined) return `Bearer ${token}`;
    return user === undefined ? undefined : basic(user, password ?? '');
  }

  async #freshToken(): Promise<string> {
    const now = this.#now();
    if (this.#token === undefined || this.#token.until <= now) {
      const { tokenFile, exec } = this.#login;
      this.#token =
        tokenFile === undefined
          ? await tokenOfProgram(exec!, this.#environment, now)
          : { text: (await readFile(tokenFile, 'utf8')).trim(), until: now + tokenMs };
    }
    return this.#token.text;
  }
}

/** Path of a service behind the API server: https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/ */
export function servicePath(namespace: string, service: string, port: number, path: string): string {
  const [ns, name] = [namespace, service].map(encodeURIComponent) as [string, string];
  return `/api/v1/namespaces/${ns}/services/${name}:${port}/proxy${path}`;
}
