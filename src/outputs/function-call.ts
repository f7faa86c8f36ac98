import type { Notice } from '../model/notice.ts';
import { type OutputSpec, singly } from '../model/output.ts';
import { type Out, type Schema, textOr } from '../model/schema.ts';
import { HttpClient, type HttpRequest } from '../transport/http-client.ts';
import { classifyAnswer } from '../transport/http-outcome.ts';
import { deliver } from '../transport/http-output.ts';
import { KubernetesClient, servicePath } from '../transport/kubernetes/client.ts';
import { redactOutcome } from '../transport/secrets.ts';
import { joinUrl } from '../transport/url.ts';
import { jsonValue } from '../model/notice-json.ts';

/** A service of a cluster that alerts are posted to. */
interface FunctionCall {
  /** Path of a kubeconfig: the service is reached by the API server. Empty: directly. */
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** Address that is used instead of the service's name; may be empty. */
  readonly address: string;
  /** The service's name in the cluster's DNS. */
  readonly host: string;
  readonly path: string;
  /** Besides the content's type and the event's id. */
  readonly headers: Readonly<Record<string, string>>;
}

export const kubeconfigOption = () =>
  textOr('', "Path of a kubeconfig, to reach the service by the cluster's API server from outside of it.");
export const addressOption = (of: string) => textOr('', `Address of ${of}, instead of its name in the cluster.`);

export interface FunctionSpec<C extends Schema> extends Omit<OutputSpec<C>, 'open' | 'batch'> {
  call(config: Out<C>): FunctionCall;
}

/** Makes the literal of an output that calls a function in a Kubernetes cluster with each alert. */
export function functionOutput<C extends Schema>(spec: FunctionSpec<C>): OutputSpec<C> {
  return {
    ...spec,
    batch: singly,
    open(config, context) {
      const call = spec.call(config);
      const { address, host, port, path, namespace, service, headers } = call;
      const base = { 'content-type': 'application/json', ...headers };
      const request = (notice: Notice): Omit<HttpRequest, 'url'> => ({
        method: 'POST',
        headers: { ...base, 'event-id': notice.uuid },
        body: jsonValue(notice),
      });
      if (call.kubeconfig !== '') {
        const cluster = new KubernetesClient(call.kubeconfig, context);
        const proxied = servicePath(namespace, service, port, path);
        return {
          async send([notice], signal) {
            const answer = await cluster.exchange(proxied, request(notice!), signal);
            return redactOutcome(classifyAnswer(answer), cluster.secrets);
          },
          close: () => cluster.close(),
        };
      }
      const client = new HttpClient(context);
      const url = joinUrl(address === '' ? `http://${host}:${port}` : address, path);
      return {
        send: ([notice], signal) => deliver(client, { ...request(notice!), url }, { signal }, [], classifyAnswer),
        close: () => client.close(),
      };
    },
  };
}
