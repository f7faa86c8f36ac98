import type { ItemOutcome, Outcome, OutputContext } from '../model/output.ts';
import { flag, secretOr, textOr } from '../model/schema.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from './http-client.ts';
import { classifyAnswer, excerpt } from './http-outcome.ts';

/** Keys of the section `aws`, for all of its outputs. */
export const awsOptions = {
  region: textOr('', 'Region, e.g. eu-central-1; empty: that of the environment.'),
  accesskeyid: textOr('', "Id of an access key; empty: the machine's or container's role, the environment, a profile."),
  secretaccesskey: secretOr('', 'The access key.'),
  rolearn: textOr('', 'Role to take on.'),
  externalid: secretOr('', 'External id that the role asks for.'),
  checkidentity: flag(true, 'Ask at the start who Saker is signed in as; without an answer, nothing is sent.'),
} as const;
export const awsShared = Object.keys(awsOptions);

/** What those keys hold. */
export interface AwsConfig {
  readonly region: string;
  readonly accesskeyid: string;
  readonly secretaccesskey: string;
  readonly rolearn: string;
  readonly externalid: string;
  readonly checkidentity: boolean;
}

/** Signs requests for a service; signatures hold for minutes, so each attempt gets its own. */
export interface AwsSigner {
  readonly region: string;
  /** `https://sqs.eu-central-1.amazonaws.com`, or what the environment has instead (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SQS). */
  readonly endpoint: string;
  sign(request: HttpRequest): Promise<HttpRequest>;
}

/** How a service is reached. */
export interface AwsService {
  /** As signatures have it: `sqs`, `logs`. */
  readonly name: string;
  /** Its host before the region, where that is another: `kinesis`. */
  readonly host?: string;
  /** The variable's end that names another endpoint: AWS_ENDPOINT_URL_<this>. */
  readonly variable: string;
  /** Wins over everything. */
  readonly endpoint?: string;
}

const regionName = /^[a-z]{2,}(?:-[a-z0-9]+)+$/;

function regionOf(config: AwsConfig, environment: OutputContext['environment']): string {
  const region = config.region || environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'] || '';
  if (region === '') throw new Error('there is no region: set aws.region or AWS_REGION');
  if (!regionName.test(region)) throw new Error(`the region '${region.slice(0, 40)}' is none, e.g. eu-central-1`);
  return region;
}

function endpointOf(service: AwsService, region: string, environment: OutputContext['environment']): string {
  const { endpoint = '', variable, name, host = name } = service;
  const given = endpoint || environment[`AWS_ENDPOINT_URL_${variable}`] || environment['AWS_ENDPOINT_URL'] || '';
  if (given !== '') {
    if (!URL.canParse(given))
      throw new Error(`the endpoint of ${name} is no URL, e.g. https://${host}.${region}.amazonaws.com`);
    return given.replace(/\/+$/, '');
  }
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://${host}.${region}.${domain}`;
}

/** By the vendor's own chain and signature; its clients are not used, so that all outputs send in the same way. */
async function credentialsOf(config: AwsConfig, region: string) {
  const providers = await import('@aws-sdk/credential-providers');
  const { accesskeyid, secretaccesskey, rolearn, externalid } = config;
  const own =
    accesskeyid === ''
      ? providers.fromNodeProviderChain({ clientConfig: { region } })
      : { accessKeyId: accesskeyid, secretAccessKey: secretaccesskey };
  if (rolearn === '') return own;
  const params = {
    RoleArn: rolearn,
    RoleSessionName: 'saker',
    ...(externalid === '' ? {} : { ExternalId: externalid }),
  };
  return providers.fromTemporaryCredentials({ masterCredentials: own, params, clientConfig: { region } });
}

const identity: AwsService = { name: 'sts', variable: 'STS' };

/** Asks who we are. @throws Error where the keys or the role are refused. */
async function checkIdentity(config: AwsConfig, environment: OutputContext['environment'], client: HttpClient) {
  const signer = await awsSigner({ ...config, checkidentity: false }, identity, environment, client);
  const request = await signer.sign({
    method: 'POST',
    url: `${signer.endpoint}/`,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  });
  const answer = await client.exchange(request, new AbortController().signal);
  if (answer.status !== 200) throw new Error(`AWS does not know these keys: ${excerpt(answer)}`);
}

/** @throws Error that names what is missing in the configuration. */
export async function awsSigner(
  config: AwsConfig,
  service: AwsService,
  environment: OutputContext['environment'],
  client: HttpClient,
): Promise<AwsSigner> {
  if (config.checkidentity) await checkIdentity(config, environment, client);
  const region = regionOf(config, environment);
  const endpoint = endpointOf(service, region, environment);
  const [{ SignatureV4 }, { Hash }, credentials] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/hash-node'),
    credentialsOf(config, region),
  ]);
  const signer = new SignatureV4({
    service: service.name,
    region,
    credentials,
    sha256: Hash.bind(null, 'sha256'),
    // Of S3 only, the path is signed as it is sent.
    uriEscapePath: service.name !== 's3',
  });
  return {
    region,
    endpoint,
    async sign(request) {
      const url = new URL(request.url);
      const signed = await signer.sign({
        method: request.method,
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port === '' ? {} : { port: Number(url.port) }),
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { ...request.headers, host: url.host },
        body: request.body ?? '',
      });
      // The client sends the host itself.
      const headers = Object.fromEntries(
        Object.entries(signed.headers)
          .map(([name, value]) => [name.toLowerCase(), value] as const)
          .filter(([name]) => name !== 'host'),
      );
      return { ...request, headers };
    },
  };
}

/** A call of a service that speaks JSON (AWS JSON protocols 1.0 and 1.1). */
export function awsCall(
  signer: AwsSigner,
  version: '1.0' | '1.1',
  target: string,
  body: unknown,
): Promise<HttpRequest> {
  return signer.sign({
    method: 'POST',
    url: `${signer.endpoint}/`,
    headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target },
    body: JSON.stringify(body),
  });
}

const passing =
  /Throttl|TooMany|Limit|Unavailable|Internal|Timeout|Expired|UnrecognizedClient|InvalidSignature|AccessDenied|NotFound|DoesNotExist|NonExistent|Token/i;

/** Whether what an error's code names may be otherwise later: load, sign-in, something that is still to be made. */
function mayPass(code: string): boolean {
  return passing.test(code);
}

/** What an answer means; for 4xx the error's code says whether a later attempt may succeed. */
export function classifyAws(answer: HttpAnswer): ItemOutcome {
  const outcome = classifyAnswer(answer) as ItemOutcome;
  if (outcome.kind !== 'drop') return outcome;
  const code = answer.headers['x-amzn-errortype'] ?? answer.body.toString('latin1', 0, 1000);
  return mayPass(code) ? { kind: 'retry', reason: outcome.reason } : outcome;
}

/** One error of a batch's item. */
export function itemError(code: string, message: string, senderFault: boolean): ItemOutcome {
  const reason = `${code}: ${message}`;
  return senderFault && !mayPass(code) ? { kind: 'drop', reason } : { kind: 'retry', reason };
}

/** One outcome for each item; just `ok` where all are. */
export function together(items: readonly ItemOutcome[]): Outcome {
  return items.every(({ kind }) => kind === 'ok') ? { kind: 'ok' } : { kind: 'each', items };
}
