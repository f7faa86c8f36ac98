import { type Priority, priorities } from '../../model/alert.ts';

/** The facility `user`, as the C library takes it where a program names none. */
const userFacility = 1;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
// A stream ends messages with NUL, and daemons read a line end as the start of another message.
const separators = /[\0\r\n]+/g;

/** Local time as RFC 3164 has it: `Nov  1 04:05:06`. */
function timestamp(date: Date): string {
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return `${months[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${clock.map((part) => String(part).padStart(2, '0')).join(':')}`;
}

export interface MessageOptions {
  readonly priority: Priority;
  readonly ident: string;
  readonly date: Date;
  readonly text: string;
  /** Most bytes of the message, its head included. */
  readonly maxBytes: number;
}

export interface Message {
  readonly bytes: Buffer;
  readonly isCut: boolean;
}

/**
 * A message as programs give it to the daemon of their own machine: RFC 3164 without the host name. What is too long is
 * cut between two characters, and says so at its end.
 */
export function syslogMessage({ priority, ident, date, text, maxBytes }: MessageOptions): Message {
  const head = `<${userFacility * 8 + priorities.indexOf(priority)}>${timestamp(date)} ${ident}: `;
  const bytes = Buffer.from(head + text.replace(separators, ' '));
  if (bytes.length <= maxBytes) return { bytes, isCut: false };
  const mark = Buffer.from(` [cut: ${Buffer.byteLength(text)} bytes]`);
  let end = Math.max(head.length, maxBytes - mark.length);
  // Bytes 10xxxxxx continue a character.
  while (end > head.length && (bytes[end]! & 0xc0) === 0x80) end--;
  return { bytes: Buffer.concat([bytes.subarray(0, end), mark]), isCut: true };
}
