import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Runner } from './runner.ts';
import { targets } from './targets/index.ts';
import { Watch } from './watch.ts';

const usage = `npm run fuzz -- [--minutes N] [--seed N] [--target NAME]... [--input FILE]

Feeds made-up and damaged inputs to everything that reads what others wrote (docs/fuzzing.md).
  --minutes N    time for all targets together (default: 10)
  --seed N       same seed, same inputs (default: 1)
  --target NAME  only this one; may be given several times: ${Object.keys(targets).join(', ')}
  --input FILE   runs one input, as a failure names it, and shows what happens
`;

const maxSeconds = 5;
const maxBytes = 3 * 2 ** 30;
/** Targets take turns, so that a short run too reaches all of them. */
const turnSeconds = 10;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string', multiple: true },
    input: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const names = values.target ?? Object.keys(targets);
const unknown = names.find((name) => !Object.hasOwn(targets, name));
const folder = path.resolve(import.meta.dirname, '../build/fuzz');

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** @returns the exit code. */
async function runOne(file: string): Promise<number> {
  const target = targets[names[0]!]!();
  const start = performance.now();
  try {
    log(`${target.name}: ${await target.run(readFileSync(file))}`);
    return 0;
  } catch (error) {
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  } finally {
    log(`${(performance.now() - start).toFixed(0)} ms`);
  }
}

/** @returns the exit code. */
async function runAll(minutes: number, seed: number): Promise<number> {
  // The growth target measures time itself and may take longer than one run of the others.
  const file = path.join(folder, `stuck-${process.pid}`);
  const runners: Runner[] = [];
  for (const name of names) {
    const watch = new Watch({ file: `${file}-${name}`, maxSeconds: name === 'growth' ? 60 : maxSeconds, maxBytes });
    runners.push(new Runner(targets[name]!(), { seed, folder, log, watch, memory: true }));
    watches.push(watch);
  }
  const end = performance.now() + minutes * 60_000;
  const turn = Math.min(turnSeconds, (minutes * 60) / runners.length);
  while (performance.now() < end) {
    for (const runner of runners) if (performance.now() < end) await runner.run({ seconds: turn });
  }
  for (const watch of watches) await watch.close();
  for (const runner of runners) log(runner.summary);
  return runners.some(({ failures }) => failures > 0) ? 1 : 0;
}

const watches: Watch[] = [];
if (values.help || unknown !== undefined) {
  log(unknown === undefined ? usage : `no target '${unknown}'\n\n${usage}`);
  process.exitCode = unknown === undefined ? 0 : 2;
} else if (values.input !== undefined) {
  process.exitCode = names.length === 1 ? await runOne(values.input) : 2;
  if (names.length !== 1) log('--input needs exactly one --target');
} else {
  process.exitCode = await runAll(Number(values.minutes), Number(values.seed));
}
