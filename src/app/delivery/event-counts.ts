import type { Notice } from '../../model/notice.ts';

/** Label sets that are told apart; rules and pods come from alerts, which anybody may make up. */
const mostSeries = 10_000;
const others = '(others)';

/** Names of the labels of a counted alert, in the order in which Falcosidekick has them. */
const eventLabels = ['hostname', 'rule', 'priority', 'priority_raw', 'source', 'k8s_ns_name', 'k8s_pod_name'] as const;

/** One series: a value for each label, those of the configured extra ones behind. */
export interface Series {
  readonly values: readonly string[];
  count: number;
}

function textOf(notice: Notice, field: string): string {
  const value = notice.fields.get(field);
  return value === undefined || value === null ? '' : String(value);
}

/** Counts alerts by what people group them by. The number of series is bounded; what is beyond is counted together. */
export class EventCounts {
  readonly #series = new Map<string, Series>();
  readonly #extra: readonly string[];
  readonly #rest: Series;

  /** @param extra fields that become labels of their own. */
  constructor(extra: readonly string[] = []) {
    this.#extra = extra;
    this.#rest = { values: [...eventLabels, ...extra].map(() => others), count: 0 };
  }

  /** Whether these are its extra labels. */
  isBy(extra: readonly string[]): boolean {
    return extra.join('\0') === this.#extra.join('\0');
  }

  add(notice: Notice): void {
    const values = [
      notice.hostname,
      notice.rule,
      notice.priority,
      notice.priority.toLowerCase(),
      notice.source,
      textOf(notice, 'k8s.ns.name'),
      textOf(notice, 'k8s.pod.name'),
      ...this.#extra.map((field) => textOf(notice, field)),
    ];
    const key = values.join('\0');
    const found = this.#series.get(key);
    if (found !== undefined) found.count++;
    else if (this.#series.size < mostSeries) this.#series.set(key, { values, count: 1 });
    else this.#rest.count++;
  }

  /** Names of all labels. */
  get labels(): readonly string[] {
    return [...eventLabels, ...this.#extra.map((field) => field.replace(/[^A-Za-z0-9_]/g, '_'))];
  }

  *[Symbol.iterator](): Generator<Series> {
    yield* this.#series.values();
    if (this.#rest.count > 0) yield this.#rest;
  }
}
