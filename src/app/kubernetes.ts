import { readFileSync } from 'node:fs';
import type { Logger } from '../base/log.ts';
import type { BoundExpr, BoundOperand } from '../engine/bound.ts';
import type { KubernetesWatch } from '../kubernetes/kubernetes-watch.ts';
import type { LoadedRule } from '../model/rule.ts';
import { SessionError } from './session-error.ts';

/** How the API server of a cluster is asked what pods belong to. */
export interface KubernetesOptions {
  /** Path of a kubeconfig; empty: the service account of the pod that Saker runs in. */
  readonly kubeconfig: string;
  /** The node whose pods are asked for; undefined: all nodes'. */
  readonly nodeName: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Milliseconds for one question, a page of a list. */
const timeoutMs = 30_000;
const fieldPrefix = 'k8smeta.';
const environmentNames = ['FALCO_K8S_NODE_NAME', 'NODE_NAME'];

/** What the manifests of pods usually tell of their node. */
export function nodeNameOf(environment: KubernetesOptions['environment']): string | undefined {
  return environmentNames.map((name) => environment[name]).find((name) => name !== undefined && name !== '');
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}

/** What it takes is loaded where it is asked for. @throws SessionError when there is no login. */
export async function openKubernetes(options: KubernetesOptions, logger: Logger): Promise<KubernetesWatch> {
  const [{ KubernetesClient }, { KubernetesWatch: Watch }] = await Promise.all([
    import('../transport/kubernetes/client.ts'),
    import('../kubernetes/kubernetes-watch.ts'),
  ]);
  const { kubeconfig, nodeName, environment } = options;
  const tls = { checkCert: true, ca: [], cert: undefined, key: undefined };
  try {
    const context = { tls, timeoutMs, concurrency: 0, environment, version: version() };
    const client = new KubernetesClient(kubeconfig, context);
    if (nodeName === undefined) {
      logger.log('notice', "the name of this node is not known: Kubernetes is asked for all nodes' pods", {
        help: '--kubernetes-node, or nodeName of the plugin k8smeta',
      });
    }
    return new Watch({ client, nodeName, logger });
  } catch (error) {
    throw new SessionError([`Kubernetes can't be asked: ${(error as Error).message}`]);
  }
}

function isAsked(operand: BoundOperand): boolean {
  const { field, reads } = operand;
  return [field, ...(reads ?? [])].some((one) => one?.name.startsWith(fieldPrefix) === true);
}

function asks(condition: BoundExpr): boolean {
  switch (condition.kind) {
    case 'not':
      return asks(condition.item);
    case 'check':
      return isAsked(condition.left) || (condition.right.kind === 'operand' && isAsked(condition.right.operand));
    case 'and':
    case 'or':
      return condition.items.some(asks);
  }
}

/** Whether a rule asks for what only the API server knows. */
export function asksKubernetes(rule: LoadedRule<BoundExpr>): boolean {
  return rule.output.includes(`%${fieldPrefix}`) || asks(rule.condition);
}
