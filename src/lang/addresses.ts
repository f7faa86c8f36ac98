/** The four bytes of a dotted IPv4 address as a byte string; undefined: it is none. */
export function parseIpv4(text: string): string | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let bytes = '';
  for (const part of parts) {
    // No leading zeros: some would read them as octal, and no one agrees which.
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes += String.fromCharCode(Number(part));
  }
  return bytes;
}

/** The sixteen bytes of an IPv6 address as a byte string; undefined: it is none. */
export function parseIpv6(text: string): string | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || text.length > 45) return undefined;
  const head = groupBytes(halves[0]!, halves.length === 1);
  if (halves.length === 1) return head?.length === 16 ? head : undefined;
  const tail = groupBytes(halves[1]!, true);
  if (head === undefined || tail === undefined || head.length + tail.length > 14) return undefined;
  return head + '\0'.repeat(16 - head.length - tail.length) + tail;
}

/** The bytes of groups between colons; the last one may be a dotted IPv4 address where it ends the address. */
function groupBytes(text: string, endsAddress: boolean): string | undefined {
  if (text === '') return '';
  const groups = text.split(':');
  let bytes = '';
  for (const [index, group] of groups.entries()) {
    if (endsAddress && index === groups.length - 1 && group.includes('.')) {
      const ipv4 = parseIpv4(group);
      if (ipv4 === undefined) return undefined;
      bytes += ipv4;
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes += String.fromCharCode(value >> 8, value & 0xff);
    }
  }
  return bytes;
}
