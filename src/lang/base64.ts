const invalid = 64;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const sextets = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = alphabet.indexOf(String.fromCharCode(code));
  return value < 0 ? invalid : value;
});

/**
 * Decodes base64 (the alphabet with + and /), padded or not.
 * @returns the bytes; null where it is not base64: another character, a length that can't be, bits left over.
 */
export function decodeBase64(input: string): string | null {
  let end = input.length;
  if (end > 0 && input[end - 1] === '=') end--;
  if (end > 0 && end < input.length && input[end - 1] === '=') end--;
  if (end === 0) return input === '' ? '' : null;
  if (end % 4 === 1) return null;
  const bytes = Buffer.allocUnsafe(Math.floor((end * 3) / 4));
  let bits = 0;
  let held = 0;
  let size = 0;
  for (let at = 0; at < end; at++) {
    const code = input.charCodeAt(at);
    const sextet = code < 256 ? sextets[code]! : invalid;
    if (sextet === invalid) return null;
    bits = ((bits << 6) | sextet) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[size++] = bits >> held;
    }
  }
  if ((bits & ((1 << held) - 1)) !== 0) return null;
  return bytes.latin1Slice(0, size);
}
