import { type Priority, priorities } from '../../model/alert.ts';
import type { Notice } from '../../model/notice.ts';
import { clean } from '../fields.ts';

/** What the head of a message says of its sender. */
export interface MessageHead {
  readonly facility: number;
  readonly tag: string;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

function priorityValue(facility: number, priority: Priority): number {
  return facility * 8 + priorities.indexOf(priority);
}

/** Printable ASCII without blanks, as parts of a head are. */
function word(text: string, most: number): string {
  return text.replace(/[^\x21-\x7e]/g, '_').slice(0, most);
}

/** A name of a host, or an address: with other signs in it, receivers of the old form take it for the tag. */
function hostWord(text: string, most: number): string {
  const isAddress = /^[0-9A-Fa-f:.]{2,45}$/.test(text);
  return isAddress ? text : text.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, most);
}

/** One line: messages may be told apart by line ends. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]+/g, ' ');
}

/** `<PRI>Mmm dd hh:mm:ss HOST TAG: TEXT` (RFC 3164), in the time zone of this machine. */
export function rfc3164(notice: Notice, { facility, tag }: MessageHead, text: string): string {
  const date = new Date(Number(notice.time / 1_000_000n));
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = String(date.getDate()).padStart(2, ' ');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const host = hostWord(notice.hostname, 255) || 'localhost';
  const head = `<${priorityValue(facility, notice.priority)}>${months[date.getMonth()]} ${day} ${clock} ${host}`;
  return `${head} ${word(tag, 32)}: ${oneLine(text)}`;
}

function paramValue(text: string): string {
  return oneLine(clean(text)).replace(/["\\\]]/g, (char) => `\\${char}`);
}

/** `<PRI>1 TIME HOST APP PROCID MSGID [SD] TEXT` (RFC 5424), with id, rule and source as structured data. */
export function rfc5424(notice: Notice, { facility, tag }: MessageHead, text: string): string {
  const host = word(notice.hostname, 255) || '-';
  // At most six decimals.
  const time = notice.timeText.replace(/(\.\d{6})\d*/, '$1');
  const params = [
    ['uuid', notice.uuid],
    ['rule', notice.rule],
    ['source', notice.source],
    ['priority', notice.priority],
  ].map(([name, value]) => `${name}="${paramValue(value!)}"`);
  // 32473 is the number for documentation and examples (RFC 5612).
  const data = `[saker@32473 ${params.join(' ')}]`;
  return `<${priorityValue(facility, notice.priority)}>1 ${time} ${host} ${word(tag, 48)} - alert ${data} \ufeff${oneLine(text)}`;
}
