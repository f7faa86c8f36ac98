import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Random } from '../test/kit/random-rules.ts';
import type { Target } from './target.ts';

const mostKept = 1500;
const keptBytes = 1 << 25;
/** Behaviours told apart. They come without end where texts of the input are part of messages. */
const mostBehaviours = 1 << 18;
/** Findings of one kind are told so many times. */
const mostFindings = 20;
/** Warm-up: caches and compiled code come in the first runs. */
const warmUpRuns = 800;
const allowedGrowth = 64 << 20;

export interface RunOptions {
  readonly seed: number;
  /** Folder for inputs that failed. */
  readonly folder: string;
  readonly log: (line: string) => void;
  /** Told of each run, e.g. for a watchdog. */
  readonly watch?: { begin(target: string, input: Buffer): void; end(): void };
  /** Look at the heap before and after each turn. */
  readonly memory?: boolean;
}

export interface Until {
  /** Most runs, the seeds included. */
  readonly runs?: number;
  readonly seconds?: number;
}

function numberFrom(text: string): number {
  return createHash('sha256').update(text).digest().readInt32LE(0);
}

/** A signature in 48 bits: the texts themselves, kept, would look like a leak of what is tested. */
function markOf(signature: string): number {
  return createHash('sha256').update(signature).digest().readUIntLE(0, 6);
}

/** Where a failure comes from: equal ones are told once. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const frame = (error.stack ?? '').split('\n').find((line) => line.includes('/src/') || line.includes('/fuzz/'));
  return `${error.constructor.name} ${frame?.trim() ?? error.message}`;
}

/** Runs one target with ever new inputs. The n-th input depends on the seed and the name of the target only. */
export class Runner {
  readonly target: Target;
  /** Runs so far. */
  runs = 0;
  seconds = 0;
  failures = 0;
  readonly #options: RunOptions;
  readonly #corpus: Buffer[] = [];
  readonly #signatures = new Set<number>();
  readonly #seeds: Buffer[];
  readonly #places = new Map<string, number>();
  #corpusBytes = 0;
  #grown = 0;

  constructor(target: Target, options: RunOptions) {
    this.target = target;
    this.#options = options;
    this.#seeds = [...target.seeds()];
  }

  /** Different behaviours seen. */
  get behaviours(): number {
    return this.#signatures.size;
  }

  async run({ runs = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY }: Until): Promise<void> {
    const isMeasured = this.#options.memory === true && this.runs >= warmUpRuns;
    const held = isMeasured ? this.#held() : 0;
    const start = performance.now();
    const end = start + seconds * 1000;
    for (let n = 0; n < runs && performance.now() < end; n++) await this.#once(this.#next());
    this.seconds += (performance.now() - start) / 1000;
    if (isMeasured) this.#checkMemory(held);
  }

  #next(): Buffer {
    if (this.runs < this.#seeds.length) return this.#seeds[this.runs]!;
    const random = new Random(numberFrom(`${this.#options.seed} ${this.target.name} ${this.runs}`));
    return this.target.make(random, this.#corpus);
  }

  async #once(input: Buffer): Promise<void> {
    const isSeed = this.runs < this.#seeds.length;
    this.runs++;
    this.#options.watch?.begin(this.target.name, input);
    let signature: string;
    try {
      signature = await this.target.run(input);
    } catch (error) {
      this.#fail(input, error);
      if (isSeed) this.#keep(input);
      return;
    } finally {
      this.#options.watch?.end();
    }
    const mark = markOf(signature);
    const isNew = this.#signatures.size < mostBehaviours && !this.#signatures.has(mark);
    if (isNew) this.#signatures.add(mark);
    if (isSeed || (isNew && this.#hasRoom(input))) this.#keep(input);
  }

  #keep(input: Buffer): void {
    // A copy of its own: as it came, it may hold a much larger piece of memory.
    const kept = Buffer.alloc(input.length);
    input.copy(kept);
    this.#corpus.push(kept);
    this.#corpusBytes += kept.length;
  }

  #hasRoom(input: Buffer): boolean {
    return this.#corpus.length < mostKept && this.#corpusBytes + input.length < keptBytes;
  }

  #fail(input: Buffer, error: unknown): void {
    this.failures++;
    const place = placeOf(error);
    const times = (this.#places.get(place) ?? 0) + 1;
    this.#places.set(place, times);
    if (times > 1 || this.#places.size > mostFindings) return;
    const { folder, log } = this.#options;
    const name = createHash('sha256').update(input).digest('hex').slice(0, 12);
    const file = path.join(folder, `${this.target.name}-${name}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, input);
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log(`FAILED ${this.target.name}, run ${this.runs}: ${text.slice(0, 3000)}`);
    log(`  run it alone: npm run fuzz -- --target ${this.target.name} --input ${file}`);
  }

  /** Bytes that stay after a collection, apart from the inputs kept here. Other targets live in the same heap. */
  #held(): number {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    // Array buffers are given back behind a collection's back, and counted as given back when the next one begins.
    collect();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers - this.#corpusBytes;
  }

  /** The turns of a target must not leave more and more behind. @param before what was held when the turn began. */
  #checkMemory(before: number): void {
    this.#grown += this.#held() - before;
    if (this.#grown <= allowedGrowth) return;
    this.failures++;
    const megabytes = Math.round(this.#grown / 2 ** 20);
    this.#options.log(`FAILED ${this.target.name}: ${this.runs} runs have left ${megabytes} MB in the heap`);
    this.#grown = 0;
  }

  /** One line for people. */
  get summary(): string {
    const rate = (this.runs / Math.max(this.seconds, 0.001)).toFixed(1);
    const grown = this.#options.memory ? `, heap ${(this.#grown / 2 ** 20).toFixed(1)} MB larger` : '';
    const kinds = `${this.behaviours} behaviours, ${this.#corpus.length} inputs kept${grown}`;
    return `${this.target.name}: ${this.runs} executions, ${rate}/s, ${kinds}, ${this.failures} failures`;
  }
}
