import { randomUUID } from 'node:crypto';
import type { Scalar, Value } from '../../model/field.ts';
import { type Alert, type Priority, priorities } from '../../model/alert.ts';
import type { Notice, NoticeValue } from '../../model/notice.ts';
import type { IntakeSettings, SettingProblem } from '../settings.ts';
import { Enrichment } from './enrichment.ts';
import { completeNotice, NameCache } from './notice-json.ts';
import { Refusal } from './refusal.ts';
import { parseTime, timeText } from './time.ts';
import { boundedText, composite, hasUnsafeInteger, isUnsafeInteger, LargeIntegers } from './values.ts';

const priorityNames: ReadonlyMap<string, Priority> = new Map([
  ...priorities.map((name) => [name.toLowerCase(), name] as const),
  ['info', 'Informational'],
]);
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Escapes that can make half a character. */
const surrogateEscape = /\\u[dD][89a-fA-F]/;

type Parsed = Readonly<Record<string, unknown>>;

/** What is known of the JSON that a value comes from. */
export interface SourceForm {
  /** Integers beyond 2^53 are bigints in the value already. */
  readonly isExact: boolean;
  readonly isWellFormed: boolean;
}

/** Whether no text in this JSON can hold half a character. */
export function isWellFormedSource(source: string): boolean {
  return !surrogateEscape.test(source);
}

/** Makes notices: of Falco's JSON alerts, and of Saker's own. Enrichment happens here, once. */
export class NoticeMaker {
  readonly settings: IntakeSettings;
  readonly #enrichment: Enrichment;
  readonly #names = new NameCache();
  /** Texts that were too long. */
  cut = 0;

  constructor(settings: IntakeSettings) {
    this.settings = settings;
    this.#enrichment = new Enrichment(settings);
  }

  /** What is wrong with the settings' templates; those are left out. */
  get problems(): readonly SettingProblem[] {
    return this.#enrichment.problems;
  }

  /**
   * A notice of one alert.
   * @param source its JSON.
   * @param parsed what JSON.parse makes of it, where that is known already.
   * @param form given for one of a list: `source` is not read then.
   * @throws Refusal
   */
  fromJson(source: string, parsed: unknown = parseJson(source), form?: SourceForm): Notice {
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      throw new Refusal('object', 'an alert is a JSON object');
    }
    const alert = parsed as Parsed;
    const { priority, rule, time } = required(alert);
    const isWellFormed = form?.isWellFormed ?? isWellFormedSource(source);
    const tags = this.#enrichment.tags(this.#tags(alert['tags'], isWellFormed));
    const fields = this.#enrichment.fields(
      this.#fields(alert['output_fields'], form?.isExact === true ? undefined : source, isWellFormed),
    );
    if (fields.size === 0) throw new Refusal('output_fields', 'output_fields has to have a field');
    const output = this.#text(typeof alert['output'] === 'string' ? alert['output'] : '', isWellFormed);
    const ruleName = this.#text(rule, isWellFormed);
    const from = typeof alert['source'] === 'string' && alert['source'] !== '' ? alert['source'] : 'syscalls';
    const host = typeof alert['hostname'] === 'string' && alert['hostname'] !== '' ? alert['hostname'] : undefined;
    const uuid = alert['uuid'];
    return completeNotice(
      {
        uuid: typeof uuid === 'string' && uuidPattern.test(uuid) ? uuid : randomUUID(),
        time,
        timeText: timeText(time),
        hostname: this.#text(host ?? this.settings.hostname, isWellFormed),
        rule: ruleName,
        priority,
        source: ruleName === 'Test rule' ? 'internal' : this.#text(from, isWellFormed),
        tags,
        output: this.#enrichment.output(output, tags, fields),
        fields,
      },
      this.#names,
    );
  }

  /** A notice of an alert of Saker's own. */
  fromAlert(alert: Alert): Notice {
    const fields = new Map<string, NoticeValue>();
    for (const [name, value] of alert.fields) fields.set(name, this.#ownValue(value));
    const tags = this.#enrichment.tags(alert.tags);
    const enriched = this.#enrichment.fields(fields);
    // The contract of a notice; a rule's output without any field is rare.
    if (enriched.size === 0) enriched.set('evt.time', alert.time);
    return completeNotice(
      {
        uuid: randomUUID(),
        time: alert.time,
        timeText: timeText(alert.time),
        hostname: alert.hostname,
        rule: alert.rule,
        priority: alert.priority,
        source: alert.source,
        tags,
        output: this.#enrichment.output(this.#text(alert.message, true), tags, enriched),
        fields: enriched,
      },
      this.#names,
    );
  }

  #ownValue(value: Value | null): NoticeValue {
    if (typeof value === 'string') return this.#text(value, true);
    if (typeof value !== 'object' || value === null) return value;
    return (value as readonly Scalar[]).map((item) => (typeof item === 'string' ? this.#text(item, true) : item));
  }

  #text(text: string, isWellFormed: boolean): string {
    const whole = isWellFormed ? text : text.toWellFormed();
    return whole.length <= this.settings.textLength
      ? whole
      : boundedText(whole, this.settings.textLength, () => this.cut++);
  }

  #tags(value: unknown, isWellFormed: boolean): readonly string[] {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw new Refusal('tags', 'tags has to be a list of texts');
    return (value as readonly unknown[]).map((tag) => {
      if (typeof tag !== 'string') throw new Refusal('tags', 'tags has to be a list of texts');
      return this.#text(tag, isWellFormed);
    });
  }

  #fields(value: unknown, source: string | undefined, isWellFormed: boolean): Map<string, NoticeValue> {
    const fields = new Map<string, NoticeValue>();
    if (value === undefined || value === null) return fields;
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw new Refusal('output_fields', 'output_fields has to be an object');
    }
    let integers: LargeIntegers | undefined;
    const record = value as Parsed;
    for (const key in record) {
      const item = record[key];
      const name = this.#text(key, isWellFormed);
      if (typeof item === 'string') {
        fields.set(name, this.#text(item, isWellFormed));
      } else if (typeof item === 'object' && item !== null) {
        let exact: object = item;
        if (hasUnsafeInteger(item) && source !== undefined)
          exact = (integers ??= new LargeIntegers(source)).fields()[key] as object;
        fields.set(
          name,
          composite(exact, (text) => this.#text(text, isWellFormed)),
        );
      } else if (source !== undefined && isUnsafeInteger(item)) {
        fields.set(name, (integers ??= new LargeIntegers(source)).of(key, item as number));
      } else {
        fields.set(name, item as NoticeValue);
      }
    }
    return fields;
  }
}

/** @throws Refusal */
function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new Refusal('json', `not JSON: ${(error as Error).message}`);
  }
}

function required(alert: Parsed): { priority: Priority; rule: string; time: bigint } {
  const given = alert['priority'];
  const priority = typeof given === 'string' ? priorityNames.get(given.toLowerCase()) : undefined;
  if (priority === undefined) {
    throw new Refusal('priority', `priority has to be one of ${priorities.join(', ')}`);
  }
  const rule = alert['rule'];
  if (typeof rule !== 'string' || rule === '') throw new Refusal('rule', 'rule has to be a text that is not empty');
  const text = alert['time'];
  const time = typeof text === 'string' ? parseTime(text) : undefined;
  // The year 1 is what Falcosidekick's language has for "no time".
  if (time === undefined || time < -62_135_596_799_000_000_000n) {
    throw new Refusal('time', 'time has to be a time as 2026-11-21T05:29:25.123456789Z');
  }
  return { priority, rule, time };
}
