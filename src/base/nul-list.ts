/** The items of a list of NUL-terminated texts, the last of which may lack its NUL. A single empty one counts as none. */
export function splitNul(bytes: string): readonly string[] {
  const text = bytes.endsWith('\0') ? bytes.slice(0, -1) : bytes;
  return text === '' ? [] : text.split('\0');
}

/** The items one after the other, a NUL behind each. */
export function joinNul(items: readonly string[]): string {
  return items.length === 0 ? '' : `${items.join('\0')}\0`;
}
