import { Readable } from 'node:stream';
import { loadConfig } from '../../src/app/config/load.ts';
import { substitute } from '../../src/app/config/environment.ts';
import { readCapture } from '../../src/capture/reader.ts';
import { snapshotBlocks } from '../../src/capture/write-snapshot.ts';
import { Glob } from '../../src/engine/eval/glob.ts';
import { isPathPrefix, PathPrefixes } from '../../src/engine/eval/path-match.ts';
import { regexTest } from '../../src/engine/eval/regex.ts';
import { compileOutput } from '../../src/engine/output-format.ts';
import { validationText } from '../../src/engine/loader/report.ts';
import { parseCondition } from '../../src/lang/parser.ts';
import { RegexError } from '../../src/base/regex.ts';
import { SourceError } from '../../src/model/source.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { MachineState } from '../../src/state/machine-state.ts';
import { scenario } from '../../test/kit/events.ts';
import type { Random } from '../../test/kit/random-rules.ts';
import { Grammar } from '../grammar.ts';
import { load, syscallTable } from '../judging.ts';
import { randomEvent } from '../mutate-capture.ts';
import { Finding, type Target } from '../target.ts';
import { conditionParts, counter, nestingParts, ruleItems, signs } from './growth-parts.ts';

type Work = (text: string) => void | Promise<void>;

const head = Buffer.concat(snapshotBlocks(scenario().snapshot));

async function readEvents(text: string): Promise<void> {
  const state = new MachineState();
  const sink = new Pipeline({ state, judge: { evaluate: () => [] }, onMatch: () => undefined });
  const input = Readable.from([head, Buffer.from(text, 'latin1')], { objectMode: false });
  try {
    await readCapture({ path: '-', sink, input });
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
  }
}

function loadOne(text: string): void {
  validationText(load([{ name: 'f', text }]).results);
}

function testRegex(pattern: string, text: string): void {
  try {
    regexTest(pattern)(text);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
  }
}

function configure(text: string, override: string, value: string): void {
  loadConfig({
    file: 'f',
    overrides: [override],
    environment: { A: value, B: '${A}' },
    files: { read: (name) => (name === 'f' ? text : undefined), list: () => undefined },
  });
}

/** What is done with a text that grows; `fixed` is the part of the work that does not. */
const works: Readonly<Record<string, (fixed: string) => Work>> = {
  rules: () => loadOne,
  ruleCondition: () => (text) =>
    loadOne(`- {rule: r, desc: d, output: x, priority: INFO, condition: ${JSON.stringify(text)}}`),
  condition: () => (text) => void parseCondition(text),
  output: () => (text) => void compileOutput(text, syscallTable, { base64: false }),
  config: () => (text) => configure(text, 'a=b', ''),
  override: (fixed) => (text) => configure('', `${fixed}${text}`, ''),
  environment: () => (text) => void substitute(text, { A: 'x', B: '${A}' }),
  regexText: (fixed) => (text) => testRegex(fixed, text),
  globText: (fixed) => (text) => void new Glob(fixed, false).matches(text),
  globPattern: (fixed) => (text) => void new Glob(text, true).matches(fixed),
  pmatchText: (fixed) => (text) => void isPathPrefix(fixed, text),
  pmatchIndex: (fixed) => (text) => {
    const index = new PathPrefixes();
    index.add(fixed, 0);
    index.find(text, () => undefined);
  },
  events: () => readEvents,
};
const kinds = Object.keys(works);

interface Growing {
  readonly kind: string;
  readonly fixed: string;
  readonly before: string;
  readonly unit: string;
  readonly after: string;
}

const firstLength = 1 << 13;
const lastLength = 1 << 18;
/** Below this, time says nothing. */
const tellingMs = 60;
/** Four times the input may take so many times as long; 16 would be quadratic. */
const allowedRatio = 9;
const longestMs = 2000;

function textOf({ before, unit, after }: Growing, length: number): string {
  const count = Math.max(1, Math.ceil(length / Math.max(unit.length, 1)));
  if (!unit.includes(counter)) return before + unit.repeat(count) + after;
  return before + Array.from({ length: count }, (_, i) => unit.replaceAll(counter, String(i))).join('') + after;
}

/** CPU time of this thread, in ms: what other programs do does not count. */
async function measure(work: Work, text: string): Promise<number> {
  const before = process.threadCpuUsage();
  await work(text);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

async function least(work: Work, text: string, rounds: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rounds; i++) best = Math.min(best, await measure(work, text));
  return best;
}

class GrowthTarget implements Target {
  readonly name = 'growth';
  readonly summary = 'inputs of repeated parts at 1, 2, 4... times the length: time has to grow with the length only';
  readonly #grammar = new Grammar(syscallTable);

  seeds(): readonly Buffer[] {
    return kinds.map((kind) => Buffer.from(JSON.stringify({ kind, fixed: 'a*', before: '', unit: 'a', after: '' })));
  }

  make(random: Random): Buffer {
    const kind = random.pick(kinds);
    const made: Growing = { kind, ...this.#pieces(random, kind) };
    return Buffer.from(JSON.stringify(made));
  }

  #pieces(random: Random, kind: string): Omit<Growing, 'kind'> {
    if (kind === 'events') {
      const blocks = Array.from({ length: 1 + random.below(4) }, () => randomEvent(random).toString('latin1'));
      return { fixed: '', before: random.chance(30) ? blocks[0]! : '', unit: blocks.join(''), after: '' };
    }
    const grammar = this.#grammar;
    const word = (): string => random.pick([...signs, grammar.condition(random, 1), grammar.output(random)]);
    const few = (most: number): string => Array.from({ length: random.below(most) }, word).join('');
    const fixed = kind === 'override' ? random.pick(['a=', 'a[]=', 'engine=', 'a={', '']) : grammar.pattern(random);
    return { fixed, before: few(3), unit: this.#unit(random, kind, few) || 'a', after: few(3) };
  }

  #unit(random: Random, kind: string, few: (most: number) => string): string {
    if (kind === 'condition' || kind === 'ruleCondition') {
      if (random.chance(40)) return random.pick(nestingParts);
      return Array.from({ length: 1 + random.below(4) }, () => random.pick(conditionParts)).join('');
    }
    if (kind === 'rules' && random.chance(25)) return this.#grammar.rules(random);
    if (kind === 'rules' && random.chance(50)) {
      return Array.from({ length: 1 + random.below(2) }, () => random.pick(ruleItems)).join('');
    }
    return random.chance(40) ? random.pick(signs) : few(5);
  }

  async run(input: Buffer): Promise<string> {
    const growing = JSON.parse(input.toString()) as Growing;
    const work = works[growing.kind]?.(growing.fixed);
    if (work === undefined) return 'no such kind';
    const times: number[] = [];
    let length = firstLength;
    for (; length <= lastLength; length *= 2) {
      const time = await measure(work, textOf(growing, length));
      times.push(time);
      if (time > longestMs) throw new Finding(`${growing.kind}: ${length} characters take ${Math.round(time)} ms`);
      if (time > 4 * tellingMs && times.length > 2) break;
    }
    const last = times.at(-1)!;
    const isSuspect = times.length > 2 && last > tellingMs && last / times.at(-3)! > allowedRatio;
    if (isSuspect) await this.#confirm(growing, work, Math.min(length, lastLength));
    return growing.kind;
  }

  async #confirm(growing: Growing, work: Work, length: number): Promise<void> {
    const long = await least(work, textOf(growing, length), 3);
    const short = await least(work, textOf(growing, length / 4), 5);
    const middle = await least(work, textOf(growing, length / 2), 3);
    // A single leap is a limit that one of the texts has passed, not growth.
    const steps = Math.min(long / middle, middle / short);
    if (long < tellingMs || long / short <= allowedRatio || steps < Math.sqrt(allowedRatio) - 1) return;
    const times = `${length / 4} characters take ${short.toFixed(1)} ms, ${length} ${long.toFixed(1)} ms`;
    throw new Finding(`${growing.kind}: time grows faster than the input: ${times}`);
  }
}

export function growthTarget(): Target {
  return new GrowthTarget();
}
