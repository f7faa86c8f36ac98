import { encodeMessage, Fixed64 } from '../../base/protobuf.ts';
import { attributes } from '../../transport/otlp.ts';
import type { Kind, Labels } from '../metrics/exposition.ts';
import type { MetricSink } from './prometheus.ts';

// metrics.proto of OTLP 1.x.

const cumulative = 2;

interface Family {
  readonly kind: Kind;
  readonly about: string;
  readonly points: Buffer[];
}

function packed(values: readonly (number | bigint)[]): Buffer {
  return Buffer.concat(values.map((value) => new Fixed64(value).bytes));
}

/** Collects numbers as OTLP has them: the names of Prometheus without `_total`, which is added on the way there. */
export class OtlpNumbers implements MetricSink {
  readonly #families = new Map<string, Family>();
  readonly #since: Fixed64;
  readonly #now: Fixed64;

  /** @param since when counting began; nanoseconds since the epoch, as `now`. */
  constructor(since: bigint, now: bigint) {
    this.#since = new Fixed64(since);
    this.#now = new Fixed64(now);
  }

  add(name: string, kind: Kind, about: string, value: number | bigint | undefined, labels: Labels = {}): void {
    if (value === undefined) return;
    const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
    const number = isWhole ? { 6: new Fixed64(BigInt(value)) } : { 4: new Fixed64(value) };
    const times = kind === 'gauge' ? { 3: this.#now } : { 2: this.#since, 3: this.#now };
    this.#family(name, kind, about).points.push(
      encodeMessage({ ...times, ...number, 7: attributes(Object.entries(labels)) }),
    );
  }

  histogram(
    name: string,
    about: string,
    { bounds, counts, sum }: { bounds: readonly number[]; counts: readonly number[]; sum: number },
    labels: Labels,
  ): void {
    const count = counts.reduce((all, one) => all + one, 0);
    this.#family(name, 'histogram', about).points.push(
      encodeMessage({
        2: this.#since,
        3: this.#now,
        4: new Fixed64(BigInt(count)),
        5: new Fixed64(sum),
        6: packed(counts.map((item) => BigInt(item))),
        7: packed(bounds),
        9: attributes(Object.entries(labels)),
      }),
    );
  }

  #family(name: string, kind: Kind, about: string): Family {
    const short = name.replace(/_total$/, '');
    let family = this.#families.get(short);
    if (family === undefined) this.#families.set(short, (family = { kind, about, points: [] }));
    return family;
  }

  /** Messages of type Metric. */
  messages(): Buffer[] {
    return [...this.#families].map(([name, { kind, about, points }]) => {
      const head = { 1: name, 2: about };
      if (kind === 'gauge') return encodeMessage({ ...head, 5: encodeMessage({ 1: points }) });
      const sums = { 1: points, 2: cumulative };
      if (kind === 'histogram') return encodeMessage({ ...head, 9: encodeMessage(sums) });
      return encodeMessage({ ...head, 7: encodeMessage({ ...sums, 3: 1 }) });
    });
  }
}
