import type { OutputContext } from '../model/output.ts';
import { secretOr } from '../model/schema.ts';
import type { HttpRequest } from './http-client.ts';

/** Keys of the section `gcp`, for all of its outputs. */
export const googleOptions = {
  credentials: secretOr(
    '',
    "Key of a service account: its JSON file in base64; empty: the machine's own account, or what the environment names.",
  ),
  accesstoken: secretOr('', "Saker's own: an access token to use as it is, instead of signing in."),
} as const;
export const googleShared = Object.keys(googleOptions);

/** What those keys hold. */
export interface GoogleConfig {
  readonly credentials: string;
  readonly accesstoken: string;
}

/** Adds the sign-in to a request. */
export type Authorize = (request: HttpRequest) => Promise<HttpRequest>;

const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

function keyOf(credentials: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(credentials, 'base64').toString('utf8'));
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null) {
    throw new Error("gcp.credentials is not the JSON file of a service account's key in base64");
  }
  return value as Record<string, string>;
}

/** Tokens come from the vendor's own library, which renews them. @throws Error where the credentials can't be read. */
export async function googleSignIn(config: GoogleConfig): Promise<Authorize> {
  const { credentials, accesstoken } = config;
  const signed = (request: HttpRequest, token: string): HttpRequest => ({
    ...request,
    headers: { ...request.headers, authorization: `Bearer ${token}` },
  });
  if (accesstoken !== '') return (request) => Promise.resolve(signed(request, accesstoken));
  const key = credentials === '' ? undefined : keyOf(credentials);
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes, ...(key === undefined ? {} : { credentials: key }) });
  return async (request) => signed(request, (await auth.getAccessToken()) ?? '');
}

/** An emulator on the machine takes everybody. */
export const anybody: Authorize = (request) => Promise.resolve(request);

/** The address of an emulator that the environment names (`PUBSUB_EMULATOR_HOST=localhost:8085`); undefined: none. */
export function emulator(variable: string, environment: OutputContext['environment']): string | undefined {
  const host = environment[variable];
  if (host === undefined || host === '') return undefined;
  return /^https?:\/\//.test(host) ? host.replace(/\/+$/, '') : `http://${host}`;
}
