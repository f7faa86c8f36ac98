import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fieldTables } from '../src/app/registry.ts';
import { boundText } from '../src/engine/bound-text.ts';
import { Evaluator } from '../src/engine/eval/evaluator.ts';
import { matches } from '../src/engine/eval/reference.ts';
import type { PatternCache } from '../src/engine/eval/values.ts';
import { type LoadResult, loadRules, type RulesFile } from '../src/engine/loader/load-rules.ts';
import { checkOutput } from '../src/engine/output-format.ts';
import type { Event } from '../src/model/event.ts';
import type { FieldTable } from '../src/model/field.ts';
import type { Machine } from '../src/model/machine.ts';
import { AlertMaker } from '../src/pipeline/alerts.ts';
import type { Rule } from '../src/pipeline/pipeline.ts';
import { sharedFolder } from '../test/kit/requirements.ts';
import { demand } from './target.ts';

/** Fields by event source, as the program has them. */
export const tableOf: (source: string) => FieldTable | undefined = fieldTables();
export const syscallTable: FieldTable = tableOf('syscall')!;

export function load(files: readonly RulesFile[]): LoadResult {
  return loadRules(files, {
    fieldTable: tableOf,
    checkOutput(output, source) {
      const table = tableOf(source);
      return table === undefined ? undefined : checkOutput(output, table);
    },
  });
}

function yamlFiles(folder: string): RulesFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return names.sort().map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') }));
}

/** The rules that come with Saker. */
export function shippedRules(): RulesFile[] {
  return yamlFiles(path.resolve(import.meta.dirname, '../rules'));
}

/** The rules files of the field, where they lie beside the checkout. */
export function upstreamRules(): RulesFile[] {
  return sharedFolder === undefined ? [] : yamlFiles(path.join(sharedFolder, 'rules'));
}

const looks = { hostname: 'host', includeOutput: true, includeMessage: true, includeOutputFields: true };
const added = { source: undefined, rule: undefined, tags: [], extraOutput: undefined, extraFields: [] };

/** Fields whose value depends on when they were read before: evaluator and reference do that at different times. */
const remembering = /\bevt\.deltatime/;

/** Judges events by rules in both ways and makes the alerts, as text and as JSON. */
export class Judge {
  readonly #rules: readonly Rule[];
  readonly #remembering: ReadonlySet<Rule>;
  readonly #evaluator: Evaluator;
  readonly #cache: PatternCache = new Map();
  readonly #makers: readonly AlertMaker[];
  readonly #machine: Machine;
  readonly #sound: ReadonlySet<Rule>;
  /** Matches so far. */
  matched = 0;
  readonly names = new Set<string>();

  /** @param after the judge before: classes that it gave to threads and descriptors become void. */
  constructor(rules: readonly Rule[], machine: Machine, after?: Judge) {
    this.#rules = rules;
    this.#remembering = new Set(rules.filter((rule) => remembering.test(boundText(rule.condition))));
    this.#machine = machine;
    this.#evaluator = new Evaluator(rules, machine, {
      matching: 'all',
      ...(after === undefined ? {} : { after: after.#evaluator }),
    });
    this.#makers = [true, false].map((jsonOutput) => {
      const appendOutput = [{ ...added, suggestedOutput: jsonOutput }];
      const options = {
        ...looks,
        jsonOutput,
        isoTime: !jsonOutput,
        base64: jsonOutput,
        includeTags: true,
        appendOutput,
      };
      return new AlertMaker(options, tableOf);
    });
    // A session does not begin with rules whose output the configuration has spoilt.
    const isSound = (rule: Rule) => this.#makers.every((maker) => maker.prepare([rule]).length === 0);
    this.#sound = new Set(rules.filter(isSound));
  }

  evaluate(event: Event): readonly Rule[] {
    const found = this.#evaluator.evaluate(event);
    const compared = found.filter((rule) => !this.#remembering.has(rule));
    const plain = this.#rules.filter(
      (rule) =>
        !this.#remembering.has(rule) &&
        rule.eventTypes.has(event.type) &&
        matches(rule.condition, event, this.#machine, this.#cache),
    );
    demand(
      compared.length === plain.length && compared.every((rule, i) => rule === plain[i]),
      () =>
        `event ${event.num} (${event.info.code}): the evaluator finds [${ruleNames(compared)}], the reference [${ruleNames(plain)}]`,
    );
    for (const rule of found) this.#alert(event, rule);
    return found;
  }

  #alert(event: Event, rule: Rule): void {
    this.matched++;
    this.names.add(rule.name);
    if (!this.#sound.has(rule)) return;
    for (const [i, maker] of this.#makers.entries()) {
      const { line } = maker.make(event, this.#machine, rule);
      demand(!/[\n\r\0]/.test(line), () => `an alert is not one line: ${JSON.stringify(line)}`);
      demand(!line.includes('native code'), () => `an alert shows what every JavaScript object has: ${line}`);
      if (i === 0) JSON.parse(line);
    }
  }

  /** Forgets what was derived from a machine that is gone. */
  reset(): void {
    this.#evaluator.reset();
    if (this.#cache.size > 10_000) this.#cache.clear();
    this.matched = 0;
    this.names.clear();
  }
}

function ruleNames(rules: readonly Rule[]): string {
  return rules.map(({ name }) => name).join(', ');
}
