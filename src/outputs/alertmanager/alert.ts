import { priorities, type Priority } from '../../model/alert.ts';
import type { Notice } from '../../model/notice.ts';
import { clean, cut, valueText } from '../fields.ts';

/** How alerts are made of notices. */
export interface AlertRules {
  readonly labels: Labels;
  readonly extraLabels: Readonly<Record<string, string>>;
  readonly extraAnnotations: Readonly<Record<string, string>>;
  /** Milliseconds from the notice's time to the alert's end; 0: the server's own. */
  readonly expiresMs: number;
  severityOf(priority: Priority): string;
  /** Of events that Falco has dropped: from how many on which priority. Largest first. */
  readonly dropThresholds: readonly { readonly above: bigint; readonly priority: Priority }[];
  readonly dropDefault: Priority;
}

export interface AmAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt?: string;
}

const labelLength = 2000;

// Labels tell alerts apart: with one of these in it, none would ever be the same as another.
const everNew = /^(?:evt\.(?:time|rawtime|datetime|num|reltime|deltatime|latency)|n_evts)/;

/** The name as a label (`[a-zA-Z_][a-zA-Z0-9_]*`); '' where nothing is left of it. */
export function labelName(name: string): string {
  const safe = name
    .replace(/[^a-zA-Z0-9_]/g, '_')
    .replaceAll('__', '_')
    .replace(/^_+|_+$/g, '');
  return /^[0-9]/.test(safe) ? `field_${safe}` : safe;
}

/** Which fields are labels, and by which names. Names are few, and the same in all alerts; bounded, for anybody can make some up. */
export class Labels {
  readonly #wanted: ReadonlySet<string>;
  readonly #known = new Map<string, string>();

  /** @param wanted empty: all, but for those that differ with every event. */
  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  /** '' where the field is no label. */
  of(field: string): string {
    let label = this.#known.get(field);
    if (label === undefined) {
      const isWanted = this.#wanted.size > 0 ? this.#wanted.has(field) : !everNew.test(field);
      label = isWanted ? labelName(field) : '';
      if (this.#known.size < 1000 && field.length < 256) this.#known.set(field, label);
    }
    return label;
  }
}

function atLeast(priority: Priority, least: Priority): Priority {
  return priorities.indexOf(priority) <= priorities.indexOf(least) ? priority : least;
}

/** What stands for a count of dropped events, and the priority that it has at least. */
function dropOf(count: bigint, rules: AlertRules): { readonly label: string; readonly priority: Priority } {
  if (count === 0n) return { label: '0', priority: 'Warning' };
  const found = rules.dropThresholds.find(({ above }) => count > above);
  if (found !== undefined) return { label: `>${found.above}`, priority: found.priority };
  return { label: String(count), priority: rules.dropDefault };
}

export function alertOf(notice: Notice, rules: AlertRules): AmAlert {
  let { priority } = notice;
  const labels = new Map<string, string>();
  for (const [name, value] of notice.fields) {
    if (name.startsWith('n_drop')) {
      const text = valueText(value);
      if (!/^\d{1,19}$/.test(text)) continue;
      const drop = dropOf(BigInt(text), rules);
      priority = atLeast(priority, drop.priority);
      labels.set(labelName(name), drop.label);
      continue;
    }
    const label = rules.labels.of(name);
    if (label !== '') labels.set(label, cut(valueText(value), labelLength));
  }
  const rule = cut(clean(notice.rule), labelLength);
  const own = {
    source: 'falco',
    rule,
    alertname: rule,
    eventsource: clean(notice.source),
    hostname: clean(notice.hostname),
    tags: cut(notice.tags.map(clean).join(','), labelLength),
    priority,
    severity: rules.severityOf(priority),
    ...rules.extraLabels,
  };
  for (const [name, value] of Object.entries(own)) labels.set(name, value);
  const output = clean(notice.output);
  const ends = new Date(Number(notice.time / 1_000_000n) + rules.expiresMs).toISOString();
  return {
    labels: Object.fromEntries([...labels].filter(([name, value]) => name !== '' && value !== '')),
    annotations: { info: output, description: output, summary: rule, ...rules.extraAnnotations },
    startsAt: notice.timeText,
    ...(rules.expiresMs === 0 ? {} : { endsAt: ends }),
  };
}
