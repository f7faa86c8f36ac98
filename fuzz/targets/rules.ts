import { readFileSync } from 'node:fs';
import path from 'node:path';
import { allDiagnostics, diagnosticText } from '../../src/cli/rules.ts';
import { describeAll } from '../../src/engine/describe.ts';
import type { LoadResult, RulesFile } from '../../src/engine/loader/load-rules.ts';
import { validationJson, validationText } from '../../src/engine/loader/report.ts';
import { selectRules } from '../../src/engine/loader/select-rules.ts';
import { compileOutput } from '../../src/engine/output-format.ts';
import type { Random } from '../../test/kit/random-rules.ts';
import { Grammar } from '../grammar.ts';
import { Judge, load, shippedRules, syscallTable, tableOf, upstreamRules } from '../judging.ts';
import { mutateText, wordsOf } from '../mutate-text.ts';
import { demand, magnitude, messageKind, type Target } from '../target.ts';
import { playSample, sampleRun } from './sample-events.ts';

/** Between the files of one input. */
const border = '\n+++\n';
const mostRules = 60;

/** A file cut into parts of some items, each a file of its own. */
function parts(text: string): string[] {
  const items = text.split(/^(?=- )/m);
  const made: string[] = [];
  for (let at = 0; at < items.length; at += 8) made.push(items.slice(at, at + 8).join(''));
  return made;
}

function corpusCases(): string[] {
  const file = path.resolve(import.meta.dirname, '../../test/conformance/language/rules.txt');
  const blocks = readFileSync(file, 'utf8').split(/^=== /m).slice(1);
  return blocks.map((block) =>
    block
      .replace(/^.*\n/, '')
      .replace(/^---$[^]*/m, '')
      .replaceAll('\n+++\n', border),
  );
}

function describe(loaded: LoadResult): void {
  const context = {
    loaded,
    fieldTable: tableOf,
    output(rule: { readonly output: string }) {
      const compiled = compileOutput(rule.output, syscallTable, { base64: false });
      return compiled.ok ? { text: rule.output, format: compiled.format } : undefined;
    },
  };
  JSON.stringify(describeAll(context));
}

class RulesTarget implements Target {
  readonly name = 'rules';
  readonly summary = 'rules files through loader, reports, evaluation (in both ways) and alerts';
  readonly #grammar = new Grammar(syscallTable);
  readonly #run = sampleRun();
  readonly #files = [...shippedRules(), ...upstreamRules()].map(({ text }) => text);
  readonly #words = wordsOf(this.#files);

  seeds(): readonly Buffer[] {
    return [...this.#files.flatMap(parts), ...corpusCases()].map((text) => Buffer.from(text));
  }

  make(random: Random, corpus: readonly Buffer[]): Buffer {
    const text = random.chance(35)
      ? this.#grammar.rules(random)
      : mutateText(random, [random.pick(corpus).toString(), random.pick(corpus).toString()], this.#words);
    const more = random.chance(10) ? border + random.pick(corpus).toString() : '';
    return Buffer.from(text + more);
  }

  run(input: Buffer): string {
    const files: RulesFile[] = input
      .toString()
      .split(border)
      .map((text, index) => ({ name: `${index}.yaml`, text }));
    const loaded = load(files);
    const said = allDiagnostics(loaded);
    for (const one of said) diagnosticText(one);
    JSON.stringify(validationJson(loaded.results));
    validationText(loaded.results);
    const isSilent = !loaded.successful && loaded.requirementError === undefined && said.length === 0;
    demand(!isSilent, () => 'the files are refused without a word');
    describe(loaded);
    const names = this.#judge(loaded);
    const kinds = new Set(said.map(({ code, message }) => `${code} ${messageKind(message)}`));
    return [magnitude(loaded.rules.length), names.size, ...[...kinds].sort()].join('|');
  }

  #judge(loaded: LoadResult): ReadonlySet<string> {
    const rules = selectRules(loaded.rules, [{ enable: true, rule: '*' }]).slice(0, mostRules);
    const names = new Set<string>();
    if (rules.length === 0) return names;
    playSample(this.#run, (state) => {
      const judge = new Judge(rules, state);
      return (event) => {
        for (const { name } of judge.evaluate(event)) names.add(name);
      };
    });
    return names;
  }
}

export function rulesTarget(): Target {
  return new RulesTarget();
}
