// Names in Linux are bytes. Inside Saker text is a byte string, one char per byte; it becomes Unicode text only where it leaves.

// The bytes that are not ASCII.
const highByte = /[\x80-\xff]/;
const beyondAscii = /[\x80-\uffff]/;

/** The Unicode text of a byte string; bytes that are not UTF-8 become U+FFFD. */
export function decodeBytes(bytes: string): string {
  return highByte.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

/** The byte string of a Unicode text. */
export function encodeBytes(text: string): string {
  // Beyond latin1 or within its upper half: both need more than one byte.
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}
