export type Labels = Readonly<Record<string, string>>;
export type Kind = 'gauge' | 'counter' | 'histogram';

/** The text that Prometheus reads (exposition format 0.0.4). */
export class Exposition {
  /** Samples of a name stand together, as the format wants it. */
  readonly #families = new Map<string, string[]>();

  add(name: string, kind: Kind, about: string, value: number | bigint | undefined, labels: Labels = {}): void {
    if (value !== undefined) this.#sample(name, name, kind, about, value, labels);
  }

  /** Counts by upper bound, in seconds; the last count has none. */
  histogram(
    name: string,
    about: string,
    { bounds, counts, sum }: { bounds: readonly number[]; counts: readonly number[]; sum: number },
    labels: Labels,
  ): void {
    let total = 0;
    for (const [i, count] of counts.entries()) {
      total += count;
      const le = i < bounds.length ? String(bounds[i]) : '+Inf';
      this.#sample(name, `${name}_bucket`, 'histogram', about, total, { ...labels, le });
    }
    this.#sample(name, `${name}_sum`, 'histogram', about, sum, labels);
    this.#sample(name, `${name}_count`, 'histogram', about, total, labels);
  }

  #sample(family: string, name: string, kind: Kind, about: string, value: number | bigint, labels: Labels): void {
    let lines = this.#families.get(family);
    if (lines === undefined) {
      lines = [`# HELP ${family} ${about}`, `# TYPE ${family} ${kind}`];
      this.#families.set(family, lines);
    }
    const shown = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    lines.push(`${name}${shown.length === 0 ? '' : `{${shown.join(',')}}`} ${numberText(value)}`);
  }

  toString(): string {
    return [...this.#families.values()].map((lines) => `${lines.join('\n')}\n`).join('');
  }
}

function numberText(value: number | bigint): string {
  return typeof value === 'bigint' || Number.isInteger(value) ? String(value) : value.toFixed(6);
}

/** The value of a label; also all that the format says about escapes. */
export function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
