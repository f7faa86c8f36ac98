import { randomUUID } from 'node:crypto';
import type { Notice, NoticeValue } from '../../model/notice.ts';
import { completeNotice, NameCache } from '../notices/notice-json.ts';
import { timeText } from '../notices/time.ts';

/** Notices that were held back because of one that went out. */
export interface HeldBack {
  readonly reason: 'grouped' | 'limited';
  /** The first that was held back. */
  readonly first: Notice;
  readonly count: number;
  /** Time of the last. */
  readonly until: bigint;
}

const why = {
  grouped: 'like one already told',
  limited: 'beyond the rate limit of this rule',
} as const;

/** The notice that tells of those that were held back: of the same rule, priority, source and host as the first. */
export function summaryNotice({ reason, first, count, until }: HeldBack): Notice {
  const fields = new Map<string, NoticeValue>(reason === 'grouped' ? first.fields : []);
  fields.set('saker.summary', reason);
  fields.set('saker.count', count);
  fields.set('saker.since', first.timeText);
  fields.set('saker.until', timeText(until));
  const alerts = count === 1 ? '1 more alert' : `${count} more alerts`;
  const { hostname, rule, priority, source, tags } = first;
  const output = `${alerts} ${why[reason]}, from ${first.timeText} to ${timeText(until)}; the first: ${first.output}`;
  return completeNotice(
    {
      uuid: randomUUID(),
      time: until,
      timeText: timeText(until),
      hostname,
      rule,
      priority,
      source,
      tags,
      output,
      fields,
    },
    new NameCache(),
  );
}
