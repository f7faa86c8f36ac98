import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sharedFolder } from '../test/kit/requirements.ts';
import { multipliedRules } from './multiply-rules.ts';

/**
 * Whole-process benchmark of `saker replay`: start-up, rule loading and unpacking included.
 * `bin/node bench/replay.ts [CAPTURE] [RUNS]`; without a capture, the largest of the shared ones. Each set of rules judges
 * the capture, then a file that has it twice, one behind the other: starting counts for less there.
 * Prints the medians of the runs: events/s, CPU per event, peak memory, with ratios to the first row; and the shortest run,
 * which says more where others use the machine.
 */

interface Figures {
  readonly events: number;
  readonly wall: number;
  readonly leastWall: number;
  readonly cpuPerEvent: number;
  readonly peakMb: number;
}

const root = path.resolve(import.meta.dirname, '..');

async function once(capture: string, rules: readonly string[]): Promise<Figures> {
  const flags = rules.flatMap((file) => ['-r', file]);
  const start = performance.now();
  const child = spawn(path.join(root, 'bin/saker'), ['replay', '--json', '--enable-all', ...flags, capture], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: `--import=${path.join(import.meta.dirname, 'report-usage.mjs')}` },
  });
  let log = '';
  let usage = '';
  child.stdio[2]!.on('data', (chunk: Buffer) => (log += chunk.toString()));
  child.stdio[3]!.on('data', (chunk: Buffer) => (usage += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const wall = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`replay ended with ${code}: ${log.slice(0, 2000)}`);
  const events = Number(/([\d,]+) events? in/.exec(log)?.[1]?.replaceAll(',', ''));
  const { cpuMicroseconds, peakKb } = JSON.parse(usage) as { cpuMicroseconds: number; peakKb: number };
  return { events, wall, leastWall: wall, cpuPerEvent: (cpuMicroseconds * 1000) / events, peakMb: peakKb / 1024 };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function row(
  name: string,
  capture: string,
  rules: readonly string[],
  runs: number,
  base?: Figures,
): Promise<Figures> {
  const results: Figures[] = [];
  for (let i = 0; i < runs; i++) results.push(await once(capture, rules));
  const result = {
    events: results[0]!.events,
    wall: median(results.map((one) => one.wall)),
    leastWall: Math.min(...results.map((one) => one.wall)),
    cpuPerEvent: median(results.map((one) => one.cpuPerEvent)),
    peakMb: Math.max(...results.map((one) => one.peakMb)),
  };
  const ratio =
    base === undefined ? '' : `, ${(result.cpuPerEvent / base.cpuPerEvent).toFixed(2)} x the CPU of the first row`;
  process.stdout.write(
    `${name}: ${result.events} events in ${result.wall.toFixed(2)} s, ${Math.round(result.events / result.wall)} events/s ` +
      `(${result.leastWall.toFixed(2)} s, ${Math.round(result.events / result.leastWall)} events/s at best), ` +
      `${Math.round(result.cpuPerEvent)} ns CPU per event, peak ${Math.round(result.peakMb)} MB${ratio}\n`,
  );
  return result;
}

const shared = sharedFolder;
const capture = process.argv[2] ?? (shared === undefined ? '' : path.join(shared, 'oracle/captures/big.scap'));
if (!existsSync(capture)) throw new Error('name a capture: bin/node bench/replay.ts CAPTURE [RUNS]');
if (shared === undefined) throw new Error('the upstream rule files are not here: set SAKER_SHARED to their folder');
const runs = Number(process.argv[3] ?? 5);
const core = ['falco_rules', 'falco-incubating_rules', 'falco-sandbox_rules'].map((name) =>
  path.join(shared, 'rules', `${name}.yaml`),
);
const folder = mkdtempSync(path.join(tmpdir(), 'saker-bench-'));
try {
  const twice = path.join(folder, 'twice.scap');
  const bytes = readFileSync(capture);
  writeFileSync(twice, Buffer.concat([bytes, bytes]));
  const texts = core.map((file) => readFileSync(file, 'utf8'));
  function multiplied(factor: number): readonly string[] {
    const file = path.join(folder, `rules-${factor}.yaml`);
    writeFileSync(file, multipliedRules(texts, factor));
    return [...core, file];
  }
  const sets = new Map([
    ['25 stable rules', core.slice(0, 1)],
    ['93 rules', core],
    ['930 rules', multiplied(10)],
    ['9300 rules', multiplied(100)],
  ]);
  for (const file of [capture, twice]) {
    let first: Figures | undefined;
    for (const [name, rules] of sets) {
      const result = await row(`${file === twice ? 'twice, ' : ''}${name}`, file, rules, runs, first);
      first ??= result;
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
