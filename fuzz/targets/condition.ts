import { readFileSync } from 'node:fs';
import path from 'node:path';
import { bindCondition } from '../../src/engine/bind.ts';
import { eventTypesOf } from '../../src/engine/event-types.ts';
import { builtInAsyncEvents } from '../../src/engine/loader/version.ts';
import { encodeBytes } from '../../src/base/utf8.ts';
import { parseCondition } from '../../src/lang/parser.ts';
import { exprText } from '../../src/lang/print.ts';
import type { Random } from '../../test/kit/random-rules.ts';
import { rule } from '../../test/kit/random-rules.ts';
import { Grammar } from '../grammar.ts';
import { Judge, syscallTable } from '../judging.ts';
import { mutateText, wordsOf } from '../mutate-text.ts';
import { demand, magnitude, messageKind, type Target } from '../target.ts';
import { playSample, sampleRun } from './sample-events.ts';

function corpusConditions(): string[] {
  const file = path.resolve(import.meta.dirname, '../../test/conformance/language/conditions.txt');
  const lines = readFileSync(file, 'utf8').split(/\n\s*\n/);
  return lines.flatMap((block) => block.split('\n').find((line) => line !== '' && !/^[#=!?~@]/.test(line)) ?? []);
}

class ConditionTarget implements Target {
  readonly name = 'condition';
  readonly summary = 'conditions through parser, printer, binder and evaluation (in both ways)';
  readonly #grammar = new Grammar(syscallTable);
  readonly #run = sampleRun();
  readonly #words = [...wordsOf(corpusConditions()), ...this.#grammar.fields, '(', ')', ',', '"', "'", '<', '>', '='];

  seeds(): readonly Buffer[] {
    return corpusConditions().map((text) => Buffer.from(text));
  }

  make(random: Random, corpus: readonly Buffer[]): Buffer {
    if (random.chance(50)) return Buffer.from(this.#grammar.condition(random));
    return Buffer.from(
      mutateText(random, [random.pick(corpus).toString(), random.pick(corpus).toString()], this.#words),
    );
  }

  run(input: Buffer): string {
    const parsed = parseCondition(encodeBytes(input.toString()));
    if (!parsed.ok) {
      const { offset, message } = parsed.problem;
      demand(offset >= 0 && offset <= input.length * 3, () => `a mistake at offset ${offset} of ${input.length} bytes`);
      return messageKind(message);
    }
    const text = exprText(parsed.value);
    const again = parseCondition(text);
    // Numbers are printed in quotes, which not every operator takes.
    const same = again.ok ? exprText(again.value) : text;
    demand(same === text, () => `printed as ${text}, which is read as ${same}`);
    const { expr, problems, warnings } = bindCondition(parsed.value, syscallTable, { asyncEvents: builtInAsyncEvents });
    const types = eventTypesOf(parsed.value, builtInAsyncEvents);
    const said = [...problems, ...warnings].map(({ message }) => messageKind(message));
    const isJudged = expr !== undefined && problems.length === 0;
    const matched = isJudged ? this.#judge({ ...rule('r', 0, expr, types.codes), output: '%evt.num' }) : -1;
    return [matched, magnitude(types.codes.size), ...new Set(said)].join('|');
  }

  #judge(one: ReturnType<typeof rule>): number {
    let judge: Judge | undefined;
    playSample(this.#run, (state) => {
      judge = new Judge([one], state);
      return (event) => void judge!.evaluate(event);
    });
    return magnitude(judge?.matched ?? 0);
  }
}

export function conditionTarget(): Target {
  return new ConditionTarget();
}
