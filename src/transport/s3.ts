import { jsonValue } from '../model/notice-json.ts';
import type { Notice } from '../model/notice.ts';
import type { BatchLimits } from '../model/output.ts';
import type { HttpRequest } from './http-client.ts';

/** What an object of a bucket holds. */
export type ObjectFormat = 'json' | 'ndjson';

const most = 1000;
/** For objects with many alerts; those with one have their own request each. */
export const objectLimits: BatchLimits = { count: most, bytes: 4 << 20, waitMs: 1000 };

export function objectsPerRequest({ objectformat }: { readonly objectformat: ObjectFormat }): number {
  return objectformat === 'json' ? 1 : most;
}

/** PREFIX/DATE/TIME-ID.json: the same at each attempt, so that a repeat replaces what it repeats. */
export function objectName(prefix: string, [first]: readonly Notice[], format: ObjectFormat): string {
  const { timeText, uuid } = first!;
  const folder = prefix.replace(/^\/+|\/+$/g, '');
  return `${folder === '' ? '' : `${folder}/`}${timeText.slice(0, 10)}/${timeText}-${uuid}.${format}`;
}

/** As RFC 3986 has it, which signatures are made of: encodeURIComponent leaves `!'()*`. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The vendor's own servers have the bucket in their name, others in the path. */
export function objectUrl(endpoint: string, bucket: string, name: string): string {
  const path = name.split('/').map(encoded).join('/');
  const { protocol, host } = new URL(endpoint);
  // A point in the bucket's name would not fit the certificate.
  const isVirtual = /^s3\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/.test(host) && !bucket.includes('.');
  return isVirtual ? `${protocol}//${bucket}.${host}/${path}` : `${endpoint}/${encoded(bucket)}/${path}`;
}

export function objectBody(batch: readonly Notice[], format: ObjectFormat): string {
  return format === 'json' ? jsonValue(batch[0]!) : `${batch.map(jsonValue).join('\n')}\n`;
}

export function objectType(format: ObjectFormat): string {
  return format === 'json' ? 'application/json' : 'application/x-ndjson';
}

/** Puts an object. */
export function objectRequest(
  url: string,
  batch: readonly Notice[],
  format: ObjectFormat,
  headers: Readonly<Record<string, string>>,
): HttpRequest {
  return {
    method: 'PUT',
    url,
    headers: { 'content-type': objectType(format), ...headers },
    body: objectBody(batch, format),
  };
}
