import type { Notice, NoticeValue } from '../../model/notice.ts';
import { clean, cut, valueText } from '../fields.ts';

// Line protocol: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/

export type Precision = 'ns' | 'us' | 'ms' | 's';
const divisors: Readonly<Record<Precision, bigint>> = { ns: 1n, us: 1000n, ms: 1_000_000n, s: 1_000_000_000n };

/** A series is kept by its tags: a longer value is cut, with a mark. The server's bound is 64 KB for all. */
const tagLength = 1000;
const stringLength = 60_000;
const leastInteger = -(2n ** 63n);
const mostInteger = 2n ** 63n - 1n;

/** Tags and names of fields: a line break can't be written in them, nor a backslash at the end. */
function escaped(text: string): string {
  return text.replaceAll('\n', '\\n').replace(/\\+$/, '$&_').replace(/[,= ]/g, '\\$&');
}

function string(text: string): string {
  return `"${cut(text, stringLength).replace(/["\\]/g, '\\$&')}"`;
}

/**
 * Integers and truths are fields. The rest are tags, as the peer has texts: undefined. A field keeps its first type for
 * ever, and points with another are refused: so there is one number type only.
 */
function fieldValue(value: NoticeValue): string | undefined {
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) return undefined;
  const integer = BigInt(value as bigint | number);
  return integer >= leastInteger && integer <= mostInteger ? `${integer}i` : undefined;
}

/** One point: the same alert is the same point, so that a repeat changes nothing. */
export function lineOf(notice: Notice, precision: Precision): string {
  const tags: [string, string][] = [
    ['rule', clean(notice.rule)],
    ['priority', notice.priority],
    ['source', clean(notice.source)],
  ];
  const fields: string[] = [];
  for (const name of [...notice.fields.keys()].sort()) {
    const value = notice.fields.get(name) ?? null;
    const field = fieldValue(value);
    // `time` can't be the name of either.
    const safe = name === 'time' ? 'time_' : clean(name);
    if (safe === '') continue;
    if (field === undefined) tags.push([safe, valueText(value)]);
    else fields.push(`${escaped(safe)}=${field}`);
  }
  tags.push(['hostname', clean(notice.hostname)], ['tags', notice.tags.map(clean).join('_')]);
  const seen = new Map(tags.filter(([, value]) => value !== ''));
  const head = [...seen].map(([name, value]) => `,${escaped(name)}=${escaped(cut(value, tagLength))}`).join('');
  const values = [`value=${string(clean(notice.output))}`, ...fields].join(',');
  return `events${head} ${values} ${notice.time / divisors[precision]}`;
}
