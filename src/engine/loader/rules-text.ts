/**
 * The text of a rules file. What it is written in is found as YAML 1.2 says (5.2): by a byte order mark, or by where the zero
 * bytes of its first character are; UTF-8 otherwise.
 */
export function decodeRules(bytes: Buffer): string {
  const [a, b, c, d] = bytes;
  if (a === 0 && b === 0 && (c === 0 || (c === 0xfe && d === 0xff)))
    return utf32(bytes, (at) => bytes.readUInt32BE(at));
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return utf32(bytes, (at) => bytes.readUInt32LE(at));
  if (isStart(a) && b === 0 && c === 0 && d === 0) return utf32(bytes, (at) => bytes.readUInt32LE(at));
  if ((a === 0xfe && b === 0xff) || (a === 0 && isStart(b)))
    return utf16(Buffer.from(bytes.subarray(0, even(bytes))).swap16());
  if ((a === 0xff && b === 0xfe) || (isStart(a) && b === 0)) return utf16(bytes.subarray(0, even(bytes)));
  return bytes.toString('utf8');
}

/** Bytes that no byte order mark has, and that are not 0 or 0xff. */
function isStart(byte: number | undefined): boolean {
  return byte !== undefined && byte !== 0 && ![0xbb, 0xbf, 0xef, 0xfe, 0xff].includes(byte);
}

function even(bytes: Buffer): number {
  return bytes.length & ~1;
}

function utf16(bytes: Buffer): string {
  return bytes.toString('utf16le');
}

const mostCodePoint = 0x10ffff;

function utf32(bytes: Buffer, read: (at: number) => number): string {
  const parts: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const code = read(at);
    parts.push(code > mostCodePoint ? '\ufffd' : String.fromCodePoint(code));
  }
  return parts.join('');
}
