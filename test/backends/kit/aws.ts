import { awsSigner } from '../../../src/transport/aws.ts';
import { type HttpAnswer, HttpClient, type HttpRequest } from '../../../src/transport/http-client.ts';
import { never, outputContext } from '../../kit/outputs.ts';

export const region = 'eu-central-1';

/** Keys that a server knows. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

/** Whoever reads, and prepares what outputs need. */
export interface AwsReader {
  /** @throws Error for statuses from 300 on */
  exchange(service: string, request: Omit<HttpRequest, 'url'> & { readonly path: string }): Promise<HttpAnswer>;
  /** A call of the JSON protocols; its answer's JSON. */
  json(service: string, target: string, body: object): Promise<Record<string, unknown>>;
  /** A call of the query protocol; its answer's XML. */
  query(service: string, parameters: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

/** The configuration that makes an output use the server; `checkidentity` is on, as people have it. */
export function awsConfig(key: AccessKey): Record<string, string> {
  return { region, accesskeyid: key.id, secretaccesskey: key.secret };
}

export function awsReader(port: number, key: AccessKey): AwsReader {
  const context = outputContext();
  const client = new HttpClient(context);
  const endpoint = `http://127.0.0.1:${port}`;
  const config = {
    region,
    accesskeyid: key.id,
    secretaccesskey: key.secret,
    rolearn: '',
    externalid: '',
    checkidentity: false,
  };
  const exchange: AwsReader['exchange'] = async (service, { path, ...request }) => {
    const answerBytes = 16 << 20;
    const signer = await awsSigner(config, { name: service, variable: 'NONE', endpoint }, {}, client);
    const answer = await client.exchange(await signer.sign({ answerBytes, ...request, url: endpoint + path }), never);
    if (answer.status >= 300) throw new Error(`${service} ${path}: ${answer.status} ${answer.body.toString()}`);
    return answer;
  };
  return {
    exchange,
    async json(service, target, body) {
      const version = service === 'sqs' ? '1.0' : '1.1';
      const headers = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target };
      const answer = await exchange(service, { method: 'POST', path: '/', headers, body: JSON.stringify(body) });
      const text = answer.body.toString();
      return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    },
    async query(service, parameters) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
      const body = new URLSearchParams(parameters).toString();
      return (await exchange(service, { method: 'POST', path: '/', headers, body })).body.toString();
    },
    close: () => client.close(),
  };
}

/** What stands between a pair of tags, the first time. */
export function elementText(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
}
