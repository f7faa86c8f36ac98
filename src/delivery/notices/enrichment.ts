import { compileTemplate, type Template } from '../../base/template/template.ts';
import type { NoticeValue } from '../../model/notice.ts';
import type { IntakeSettings, SettingProblem } from '../settings.ts';

/** `05:29:25.123456789: Warning ...`: the prefix that Falco puts before an output. */
const prefixed = /^(\d{2}:\d{2}:\d{2}(?:\.\d+)?|\d{4}-\d\d-\d\dT[^ ]{1,40}): ([A-Za-z]{4,13}) /;

/** What the settings add to every alert. Made once; templates are compiled here. */
export class Enrichment {
  readonly problems: readonly SettingProblem[];
  readonly #settings: IntakeSettings;
  readonly #custom: readonly (readonly [string, string])[];
  readonly #templates: readonly (readonly [string, Template])[];

  constructor(settings: IntakeSettings) {
    this.#settings = settings;
    this.#custom = Object.entries(settings.customFields);
    const problems: SettingProblem[] = [];
    const templates: [string, Template][] = [];
    for (const [name, text] of Object.entries(settings.templatedFields)) {
      const compiled = compileTemplate(text);
      if (compiled.ok) templates.push([name, compiled.template]);
      else problems.push({ path: `intake.templatedFields.${name}`, ...compiled.problem });
    }
    this.#templates = templates;
    this.problems = problems;
  }

  /** Sorted, each once. */
  tags(own: readonly string[]): readonly string[] {
    const custom = this.#settings.customTags;
    if (custom.length === 0 && own.length < 2) return own;
    return [...new Set(custom.length === 0 ? own : [...own, ...custom])].sort();
  }

  fields(fields: Map<string, NoticeValue>): Map<string, NoticeValue> {
    for (const [name, value] of this.#custom) fields.set(name, value);
    for (const [name, template] of this.#templates) fields.set(name, template.render(fields));
    const { bracketReplacer } = this.#settings;
    if (bracketReplacer === '') return fields;
    const renamed = new Map<string, NoticeValue>();
    for (const [name, value] of fields) renamed.set(this.#rename(name), value);
    return renamed;
  }

  #rename(name: string): string {
    if (!name.includes('[')) return name;
    return name.replaceAll(']', '').replaceAll('[', this.#settings.bracketReplacer);
  }

  output(output: string, tags: readonly string[], fields: ReadonlyMap<string, NoticeValue>): string {
    const format = this.#settings.outputFieldFormat;
    if (format === '') return output;
    const match = prefixed.exec(output);
    if (match === null) return output;
    const [prefix, timestamp, priority] = match;
    const parts: Readonly<Record<string, string>> = {
      timestamp: timestamp!,
      priority: priority!,
      output: output.slice(prefix.length),
      custom_fields: this.#custom.map(([name, value]) => `${name}=${value}`).join(' '),
      templated_fields: this.#templates.map(([name]) => `${name}=${shown(fields.get(this.#rename(name)))}`).join(' '),
      tags: tags.join(','),
    };
    return format
      .replace(/<([a-z_]+)>/g, (whole, name: string) => (Object.hasOwn(parts, name) ? parts[name]! : whole))
      .replace(/ ?\( ?\)$/, '')
      .trimEnd();
  }
}

function shown(value: NoticeValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
