import { type Priority } from '../model/alert.ts';
import type { Notice, NoticeValue } from '../model/notice.ts';
import { factsOf } from './facts.ts';

/** CEF's severities, from 0 to 10. */
const severities: Readonly<Record<Priority, number>> = {
  Emergency: 10,
  Alert: 9,
  Critical: 8,
  Error: 7,
  Warning: 6,
  Notice: 4,
  Informational: 3,
  Debug: 1,
};

/** What moves a terminal's cursor, as an escape; what CEF has its own escapes for stays. */
function visible(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\r\n\t]/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** In the head: `\` and `|` escaped, no line ends. */
function headText(text: string): string {
  return visible(text)
    .replace(/[\r\n]+/g, ' ')
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|');
}

/** In the extension: `\`, `=` and line ends escaped. */
function extensionText(text: string): string {
  const escaped = visible(text).replaceAll('\\', '\\\\').replaceAll('=', '\\=');
  return escaped.replaceAll('\r', '\\r').replaceAll('\n', '\\n');
}

function shown(value: NoticeValue): string {
  return Array.isArray(value) ? (value as readonly NoticeValue[]).map(shown).join(',') : String(value ?? '');
}

/** An alert in ArcSight's Common Event Format, one line; fields without a key there are under their own names. */
export function cef(notice: Notice, version: string): string {
  const { process, user, container, file, client, server } = factsOf(notice);
  const pairs: readonly (readonly [string, NoticeValue | undefined])[] = [
    ['externalId', notice.uuid],
    ['rt', notice.time / 1_000_000n],
    ['msg', notice.output],
    ['cat', notice.source],
    ['dvchost', notice.hostname],
    ['sproc', process.name],
    ['spid', process.pid],
    ['suser', user.name],
    ['suid', user.uid],
    ['filePath', file],
    ['src', client.ip],
    ['spt', client.port],
    ['dst', server.ip],
    ['dpt', server.port],
    ['cs1', notice.tags.join(',')],
    ['cs1Label', notice.tags.length === 0 ? undefined : 'tags'],
    ['cs2', container.id],
    ['cs2Label', container.id === undefined ? undefined : 'container'],
    ...[...notice.fields].map(([name, value]) => [name.replace(/[^A-Za-z0-9]/g, '_'), value] as const),
  ];
  const extension = pairs
    .map(([key, value]) => [key, value === undefined ? '' : shown(value)] as const)
    .filter(([, text]) => text !== '')
    .map(([key, text]) => `${key}=${extensionText(text)}`);
  const head = ['CEF:0', 'Saker', 'Saker', headText(version), headText(notice.rule), headText(notice.rule)];
  return `${head.join('|')}|${severities[notice.priority]}|${extension.join(' ')}`;
}
