import { type Json, toJson } from '../base/json.ts';
import { decodeBytes } from '../base/utf8.ts';
import { compileOutput, type OutputField, type OutputFormat } from '../engine/output-format.ts';
import type { Alert, Priority } from '../model/alert.ts';
import { Event } from '../model/event.ts';
import type { FieldTable, Scalar, Value } from '../model/field.ts';
import { clockText, iso8601Text } from '../model/format.ts';
import type { Machine } from '../model/machine.ts';
import type { LoadedRule } from '../model/rule.ts';
import { Thread } from '../model/thread.ts';
import { type AppendOutput, type ExtraField, extendOutput } from './alerts-append.ts';

/** How alerts look; the names are those of falco.yaml. */
export interface AlertOptions {
  readonly hostname: string;
  readonly jsonOutput: boolean;
  readonly includeOutput: boolean;
  readonly includeMessage: boolean;
  readonly includeOutputFields: boolean;
  readonly includeTags: boolean;
  /** Times in texts by ISO 8601, in UTC. */
  readonly isoTime: boolean;
  /** Data of reads and writes in base64. */
  readonly base64: boolean;
  readonly appendOutput: readonly AppendOutput[];
}

type Rule = LoadedRule<unknown>;

/** Fields of an alert that no event caused. */
export type InternalFields = Readonly<Record<string, Scalar>>;

/** What is made once for each rule. */
interface Template {
  readonly rule: string;
  readonly priority: Priority;
  readonly source: string;
  readonly tags: readonly string[];
  readonly format: OutputFormat;
  readonly extra: readonly ExtraGetter[];
  readonly isAboutContainer: boolean;
}

type ReadValue = (event: Event, machine: Machine) => Value | null;

interface ExtraGetter {
  readonly name: string;
  readonly get: ReadValue;
  /** As OutputField.isLate. */
  readonly isLate: boolean;
}

/** Why the output of a rule, with what the configuration adds to it, can't be made. */
export interface RuleProblem {
  readonly rule: string;
  readonly message: string;
}

/** Turns matches into alerts, with the line as Falco writes it. */
export class AlertMaker {
  readonly #options: AlertOptions;
  readonly #table: (source: string) => FieldTable | undefined;
  readonly #templates = new Map<Rule, Template>();
  /** Rules whose template is made when they match: most never do. */
  readonly #later = new Set<Rule>();

  constructor(options: AlertOptions, table: (source: string) => FieldTable | undefined) {
    this.#options = options;
    this.#table = table;
  }

  /**
   * Makes ready for matches of these rules, whose outputs as such were found sound when they were loaded.
   * @returns outputs that the configuration's additions have spoilt.
   */
  prepare(rules: Iterable<Rule>): RuleProblem[] {
    // What is added to all outputs is wrong in all: once is enough.
    const found = new Map<string, string[]>();
    const sound = new Set<string>();
    for (const rule of rules) {
      const addition = this.#additionTo(rule);
      if (addition !== undefined && sound.has(addition)) {
        this.#later.add(rule);
        continue;
      }
      const problem = this.#prepare(rule);
      if (problem === undefined) {
        if (addition !== undefined) sound.add(addition);
        continue;
      }
      const names = found.get(problem) ?? [];
      names.push(decodeBytes(rule.name));
      found.set(problem, names);
    }
    return [...found].map(([message, names]) => ({
      rule: names[0]!,
      message: names.length === 1 ? message : `${message} (and in ${names.length - 1} more rules)`,
    }));
  }

  /** What is added to the output of a rule, in one text. */
  #additionTo(rule: Rule): string | undefined {
    const table = this.#table(rule.source);
    if (table === undefined) return undefined;
    const { output, extraFields } = extendOutput(rule, this.#options.appendOutput, table);
    return JSON.stringify([rule.source, output.slice(rule.output.length), extraFields]);
  }

  #prepare(rule: Rule): string | undefined {
    const table = this.#table(rule.source);
    if (table === undefined) return `no fields for the event source '${rule.source}'`;
    const { base64, appendOutput } = this.#options;
    const { output, extraFields } = extendOutput(rule, appendOutput, table);
    const compiled = compileOutput(output, table, { base64 });
    if (!compiled.ok) return compiled.problem.help;
    const extra: ExtraGetter[] = [];
    for (const field of extraFields) {
      const getter = extraGetter(field, table, base64);
      if (typeof getter === 'string') return `append_output: ${getter}`;
      extra.push(getter);
    }
    const { fields } = compiled.format;
    this.#templates.set(rule, {
      rule: decodeBytes(rule.name),
      priority: rule.priority,
      source: decodeBytes(rule.source),
      tags: [...new Set(rule.tags.map(decodeBytes))].sort(),
      format: compiled.format,
      extra,
      isAboutContainer: fields.some((field) => field.isLate) || extra.some((field) => field.isLate),
    });
    return undefined;
  }

  /** All text that an alert of a rule is made from, with the names of the fields in it. */
  shownBy(rule: Rule): string {
    const table = this.#table(rule.source);
    if (table === undefined) return rule.output;
    const { output, extraFields } = extendOutput(rule, this.#options.appendOutput, table);
    return [output, ...extraFields.map((field) => JSON.stringify(field))].join(' ');
  }

  /** The alert for an event that matches a prepared rule. Reads everything it needs: the event is gone afterwards. */
  make(event: Event, machine: Machine, rule: Rule): Alert {
    const template = this.#template(rule);
    const message = template.format.message(event, machine);
    return this.#finish(template, event.time, message, (field) => field(event, machine));
  }

  /** Whether what the alerts of a rule show depends on what an engine says of the container. */
  isAboutContainer(rule: Rule): boolean {
    return this.#template(rule).isAboutContainer;
  }

  /**
   * The same where the engine's answer is not there yet: reads everything but that.
   * @returns makes the alert, with what is known of the container by then.
   */
  draft(event: Event, machine: Machine, rule: Rule): () => Alert {
    const template = this.#template(rule);
    const { time } = event;
    const message = template.format.draft(event, machine);
    const values = new Map<ReadValue, Value | null>();
    for (const { json, isLate } of template.format.fields) if (!isLate) values.set(json, json(event, machine));
    for (const { get, isLate } of template.extra) if (!isLate) values.set(get, get(event, machine));
    const later = eventOfContainer(event);
    return () =>
      this.#finish(template, time, message(later, machine), (read) =>
        values.has(read) ? values.get(read)! : read(later, machine),
      );
  }

  #template(rule: Rule): Template {
    if (this.#later.delete(rule)) this.#prepare(rule);
    const template = this.#templates.get(rule);
    if (template === undefined) throw new RangeError(`rule not prepared: ${rule.name}`);
    return template;
  }

  /** @param value gives the value that one of the template's fields reads. */
  #finish(template: Template, time: bigint, bytes: string, value: (read: ReadValue) => Value | null): Alert {
    const message = decodeBytes(bytes);
    const fields = new Map<string, Value | null>();
    const doubles = new Set<string>();
    for (const field of template.format.fields) {
      const name = decodeBytes(field.text);
      fields.set(name, decodeValue(value(field.json)));
      if (field.type === 'DOUBLE') doubles.add(name);
    }
    fields.set(this.#options.isoTime ? 'evt.time.iso8601' : 'evt.time', time);
    for (const extra of template.extra) fields.set(extra.name, decodeValue(value(extra.get)));
    const { rule: name, priority, source, tags } = template;
    const { hostname } = this.#options;
    const text = `${this.#clock(time)}: ${priority} ${message}`;
    const alert = { time, hostname, rule: name, priority, source, tags, message, fields };
    return { ...alert, line: this.#options.jsonOutput ? this.#json(alert, text, doubles) : escaped(text) };
  }

  /** An alert of Saker's own, e.g. about lost events. @param time nanoseconds since the epoch. */
  internal(time: bigint, priority: Priority, rule: string, message: string, fields: InternalFields): Alert {
    const { hostname } = this.#options;
    const source = 'internal';
    const alert = {
      time,
      hostname,
      rule,
      priority,
      source,
      tags: [],
      message,
      fields: new Map(Object.entries(fields)),
    };
    const line = this.#options.jsonOutput
      ? toJson({ hostname, output: message, output_fields: fields, priority, rule, source, time: zuluText(time) })
      : internalText(time, priority, message, fields);
    return { ...alert, line };
  }

  #clock(time: bigint): string {
    return this.#options.isoTime ? iso8601Text(time) : clockText(time, { date: false, fraction: true });
  }

  #json(alert: Omit<Alert, 'line'>, text: string, doubles: ReadonlySet<string>): string {
    const options = this.#options;
    const parts = [`"hostname":${JSON.stringify(alert.hostname)}`];
    if (options.includeMessage) parts.push(`"message":${JSON.stringify(alert.message)}`);
    if (options.includeOutput) parts.push(`"output":${JSON.stringify(text)}`);
    if (options.includeOutputFields) parts.push(`"output_fields":${fieldsJson(alert.fields, doubles)}`);
    parts.push(`"priority":"${alert.priority}"`);
    parts.push(`"rule":${JSON.stringify(alert.rule)}`, `"source":${JSON.stringify(alert.source)}`);
    if (options.includeTags) parts.push(`"tags":${JSON.stringify(alert.tags)}`);
    parts.push(`"time":"${zuluText(alert.time)}"`);
    return `{${parts.join(',')}}`;
  }
}

/** An event of which nothing is known but its container and accounts: what can be asked for when the event itself has gone. */
export function eventOfContainer({ thread }: Event): Event {
  const later = new Event();
  later.thread = new Thread();
  later.thread.containerId = thread?.containerId ?? 'host';
  if (thread === null) return later;
  later.thread.cgroups = thread.cgroups;
  later.thread.uid = thread.uid;
  later.thread.gid = thread.gid;
  later.thread.loginuid = thread.loginuid;
  return later;
}

function extraGetter(field: ExtraField, table: FieldTable, base64: boolean): ExtraGetter | string {
  const compiled = compileOutput(field.format ?? `%${field.name}`, table, { base64 });
  if (!compiled.ok) return compiled.problem.help;
  const { format } = compiled;
  if (field.format !== undefined) {
    const isLate = format.fields.length > 0 && format.fields.every((item) => item.isLate);
    return { name: field.name, get: (event, machine) => format.message(event, machine), isLate };
  }
  const raw: OutputField | undefined = format.fields.find((item) => item.text === field.name);
  // A text that is more than one field's name has no value.
  return { name: field.name, get: raw?.json ?? (() => null), isLate: raw?.isLate ?? false };
}

function decodeValue(value: Value | null): Value | null {
  if (typeof value === 'string') return decodeBytes(value);
  if (typeof value !== 'object' || value === null) return value;
  return value.map((item) => (typeof item === 'string' ? decodeBytes(item) : item));
}

function fieldsJson(fields: ReadonlyMap<string, Value | null>, doubles: ReadonlySet<string>): string {
  const items = [...fields.keys()].sort().map((key) => {
    const value = fields.get(key) ?? null;
    // A floating-point field is one in JSON too, whatever its value.
    const isWhole = typeof value === 'number' && doubles.has(key) && Number.isInteger(value);
    return `${JSON.stringify(key)}:${isWhole ? value.toFixed(1) : toJson(value as Json)}`;
  });
  return `{${items.join(',')}}`;
}

function zuluText(time: bigint): string {
  return iso8601Text(time).replace('+0000', 'Z');
}

/** Text on one line: control characters, quotes and backslashes as JSON writes them. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function internalText(time: bigint, priority: Priority, message: string, fields: InternalFields): string {
  const shown = Object.keys(fields)
    .sort()
    .map((key) => `${key}=${toJson(fields[key] as Json)}`);
  return `${clockText(time, { date: false, fraction: true })}: ${priority} ${message} (${shown.join(' ')})`;
}
