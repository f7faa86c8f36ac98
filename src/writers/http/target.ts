import { redact, secretsOfUrl } from '../../base/redact.ts';

/** Where alerts are posted to, and how messages may call it: paths and queries of webhooks are as good as passwords. */
export interface Target {
  readonly url: URL;
  /** Scheme, host and port. */
  readonly name: string;
  /** Takes the secret parts of the URL out of a text. */
  redact(text: string): string;
}

const anyScheme = /^[a-z][a-z0-9+.-]*:\/\//i;
function unquoted(text: string): string {
  const first = text[0];
  const isQuoted = text.length > 1 && (first === '"' || first === "'") && text.endsWith(first);
  return isQuoted ? text.slice(1, -1).trim() : text;
}

/**
 * Reads the URL as curl does: quotes around it are no part of it, and without a scheme it is http.
 * @throws Error that does not contain it.
 */
export function parseTarget(text: string): Target {
  const bare = unquoted(text.trim());
  const address = anyScheme.test(bare) ? bare : `http://${bare}`;
  if (!URL.canParse(address)) throw new Error('the URL to post alerts to is not valid, e.g. https://host:2801/path');
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Error(`the URL to post alerts to begins with ${url.protocol}//, expected http:// or https://`);
  }
  const hasMore = url.pathname !== '/' || url.search !== '';
  const secrets = secretsOfUrl(url);
  return {
    url,
    name: `${url.protocol}//${url.host}${hasMore ? '/...' : ''}`,
    redact: (message) => redact(message, secrets),
  };
}
