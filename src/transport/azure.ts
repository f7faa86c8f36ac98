import type { HttpRequest } from './http-client.ts';

/** Tokens come from the vendor's own library, which renews them. */
export async function azureSignIn(
  scope: string,
  accesstoken: string,
): Promise<(request: HttpRequest) => Promise<HttpRequest>> {
  const signed = (request: HttpRequest, token: string): HttpRequest => ({
    ...request,
    headers: { ...request.headers, authorization: `Bearer ${token}` },
  });
  if (accesstoken !== '') return (request) => Promise.resolve(signed(request, accesstoken));
  const { DefaultAzureCredential } = await import('@azure/identity');
  const credential = new DefaultAzureCredential();
  return async (request) => signed(request, (await credential.getToken(scope)).token);
}
