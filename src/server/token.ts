import { createHash, timingSafeEqual } from 'node:crypto';

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** `Bearer TOKEN`, or Basic with the token as password: some producers can only have it in the URL. */
function tokenOf(header: string): string {
  const [scheme = '', value = ''] = header.trim().split(/ +/, 2);
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  const plain = Buffer.from(value, 'base64').toString('utf8');
  return plain.slice(plain.indexOf(':') + 1);
}

/** Whether a header `Authorization` has the token; without a token, everybody passes. */
export function tokenCheck(token: string | undefined): (header: string | undefined) => boolean {
  if (token === undefined) return () => true;
  const expected = digest(token);
  // Digests are of one length: the time of the comparison says nothing.
  return (header) => timingSafeEqual(digest(tokenOf(header ?? '')), expected);
}

/** What is answered with 401. */
export const tokenWanted = 'a token is wanted: Authorization: Bearer ...\n';
