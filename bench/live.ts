/**
 * The live sensor under load, seen from outside: `bin/node bench/live.ts [--rounds N] [--seconds N] [--files N]
 * [--processes N] [--minutes N] [-- SAKER OPTION...]`, as root. Processes open and close files (`--files` per round),
 * connect and fork as fast as they can (live-load.c), in turn without and with `saker run` and all upstream rules, while
 * another one makes calls that two more rules tell of.
 *
 * Prints events/s offered, CPU time per event (Saker's own, and what the load itself needs more than without Saker: the
 * kernel's part), how much slower the load is by its CPU time and by the clock, drops, memory, and the time from a call
 * to the arrival of its alert's line. All but the last two by CPU time, so that other work on the machine falsifies little.
 * With `--minutes`, one long run, with memory every ten seconds.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sharedFolder } from '../test/kit/requirements.ts';

const { values: given, positionals: sakerOptions } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    files: { type: 'string', default: '100' },
    processes: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '0' },
  },
});
const [rounds, seconds, files, processes, minutes] = (
  ['rounds', 'seconds', 'files', 'processes', 'minutes'] as const
).map((name) => Number(given[name])) as [number, number, number, number, number];

const root = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'saker-bench-'));
const program = path.join(folder, 'live-load');
const marker = 'saker-bench';
const rulesFile = path.join(folder, 'bench.yaml');
const ruleFiles = ['falco_rules', 'falco-incubating_rules', 'falco-sandbox_rules'].map((name) =>
  path.join(sharedFolder ?? '../shared', 'rules', `${name}.yaml`),
);
const ticks = 100;
/** Events that a round of the load causes beside those of its files: socket, connect, close, fork on both sides, exit. */
const eventsPerRound = 6;

function benchRule(kind: string, priority: string, types: string): string {
  return (
    `- rule: bench ${kind}\n  desc: of the bench\n  priority: ${priority}\n  source: syscall\n` +
    `  condition: evt.type in (${types}) and evt.arg.path startswith /${marker}\n` +
    `  output: bench-call ${kind} %evt.rawtime\n`
  );
}

interface LoadFigures {
  readonly opens: number;
  readonly events: number;
  readonly cpuUs: number;
}

interface Calls {
  readonly kind: string;
  readonly seen: number;
  readonly medianUs: number;
  readonly p99Us: number;
  readonly longestUs: number;
}

interface SakerFigures {
  readonly cpuUs: number;
  readonly rssMb: readonly number[];
  readonly calls: readonly Calls[];
  readonly lost: string;
}

function output(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return new Promise((resolve) => child.once('close', () => resolve(text)));
}

async function load(duration: number): Promise<LoadFigures> {
  const texts = await Promise.all(
    Array.from({ length: processes }, (_, i) =>
      output(
        spawn(program, ['load', String(duration), String(files), path.join(folder, `files-${i}`)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        }),
      ),
    ),
  );
  const all = texts.map((text) => text.trim().split(' ').map(Number) as [number, number, number]);
  const sum = (get: (one: [number, number, number]) => number): number => all.reduce((n, one) => n + get(one), 0);
  return {
    opens: sum(([, opens]) => opens),
    events: sum(([done, opens]) => 2 * opens + eventsPerRound * done),
    cpuUs: sum(([, , cpu]) => cpu),
  };
}

function cpuUsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticks;
}

function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
}

/** Runs Saker around a load. */
async function withSaker(duration: number, memoryEveryMs: number): Promise<{ load: LoadFigures; saker: SakerFigures }> {
  const watcher = spawn(program, ['watch'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const watched = output(watcher);
  const rules = [...ruleFiles, rulesFile].flatMap((file) => ['-r', file]);
  const saker = spawn(path.join(root, 'bin/saker'), ['run', '--enable-all', ...rules, ...sakerOptions], {
    stdio: ['ignore', watcher.stdin, 'pipe'],
  });
  watcher.stdin.destroy();
  const said = saker.stderr!;
  let log = '';
  const ready = new Promise<void>((resolve, reject) => {
    said.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('watching')) resolve();
    });
    saker.once('exit', () => reject(new Error(`saker ended: ${log}`)));
  });
  await ready;
  await sleep(500);
  const pid = saker.pid!;
  const rssMb: number[] = [];
  const memory = setInterval(() => {
    rssMb.push(residentMb(pid));
    if (minutes > 0) console.log(`${(rssMb.length * memoryEveryMs) / 1000} s: ${rssMb.at(-1)!.toFixed(0)} MB`);
  }, memoryEveryMs);
  const before = cpuUsOf(pid);
  const count = String(Math.round(duration * 50));
  const caller = output(spawn(program, ['call', count, '20000', marker], { stdio: ['ignore', 'pipe', 'inherit'] }));
  const figures = await load(duration);
  await caller;
  await sleep(200);
  const cpuUs = cpuUsOf(pid) - before;
  rssMb.push(residentMb(pid));
  clearInterval(memory);
  const ended = new Promise((resolve) => saker.once('close', resolve));
  saker.kill('SIGINT');
  await ended;
  const calls = (await watched)
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([kind = '', ...numbers]) => {
      const [seen, medianUs, p99Us, longestUs] = numbers.map(Number) as [number, number, number, number];
      return { kind, seen, medianUs, p99Us, longestUs };
    });
  const lost = log
    .split('\n')
    .filter((line) => /LOST/.test(line))
    .join('; ');
  return { load: figures, saker: { cpuUs, rssMb, calls, lost } };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function show(name: string, value: string): void {
  console.log(`${name.padEnd(34)} ${value}`);
}

async function short(): Promise<void> {
  const results: { free: LoadFigures; watched: LoadFigures; saker: SakerFigures }[] = [];
  for (let i = 0; i < rounds; i++) {
    const free = await load(seconds);
    const { load: watched, saker } = await withSaker(seconds, 1000);
    results.push({ free, watched, saker });
  }
  const own = (f: LoadFigures): number => (f.cpuUs * 1000) / f.events;
  const sakerNs = median(results.map(({ watched, saker }) => (saker.cpuUs * 1000) / watched.events));
  const kernelNs = median(results.map(({ free, watched }) => own(watched) - own(free)));
  const offered = median(results.map(({ watched }) => watched.events / seconds));
  show('events/s offered', Math.round(offered).toLocaleString('en'));
  show('load alone', `${median(results.map(({ free }) => own(free))).toFixed(0)} ns CPU per event`);
  show(
    'CPU per event',
    `${(kernelNs + sakerNs).toFixed(0)} ns: kernel ${kernelNs.toFixed(0)}, Saker ${sakerNs.toFixed(0)}`,
  );
  const slower = median(results.map(({ free, watched }) => own(watched) / own(free) - 1));
  const clock = median(results.map(({ free, watched }) => 1 - watched.events / free.events));
  show(
    'load slower',
    `${(slower * 100).toFixed(1)} % by its CPU time, ${(clock * 100).toFixed(1)} % fewer rounds by the clock`,
  );
  show('memory', `${Math.max(...results.flatMap(({ saker }) => saker.rssMb)).toFixed(0)} MB`);
  showCalls(results.map(({ saker }) => saker));
}

function showCalls(all: readonly SakerFigures[]): void {
  show(
    'lost',
    all
      .map(({ lost }) => lost)
      .filter((lost) => lost !== '')
      .join('; ') || 'nothing',
  );
  for (const [i, { kind }] of all[0]!.calls.entries()) {
    const calls = all.map((one) => one.calls[i]!);
    const ms = (get: (one: Calls) => number): string => (Math.max(...calls.map(get)) / 1000).toFixed(1);
    const seen = calls.map((one) => one.seen).join(', ');
    const [middle, p99, longest] = [ms((one) => one.medianUs), ms((one) => one.p99Us), ms((one) => one.longestUs)];
    show(`${kind}: call to line`, `median ${middle} ms, p99 ${p99} ms, longest ${longest} ms; alerts ${seen}`);
  }
}

async function long(): Promise<void> {
  const { load: figures, saker } = await withSaker(minutes * 60, 10_000);
  const half = Math.floor(saker.rssMb.length / 2);
  show('events offered', figures.events.toLocaleString('en'));
  show('Saker CPU per event', `${((saker.cpuUs * 1000) / figures.events).toFixed(0)} ns`);
  const [first, second] = [saker.rssMb.slice(0, half), saker.rssMb.slice(half)].map((part) => Math.max(...part));
  show('largest memory', `first half ${first?.toFixed(0)} MB, second half ${second?.toFixed(0)} MB`);
  showCalls([saker]);
}

try {
  const built = spawnSync('gcc', ['-O2', '-o', program, path.join(import.meta.dirname, 'live-load.c')], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`gcc live-load.c: ${built.stderr}`);
  writeFileSync(rulesFile, benchRule('mkdir', 'WARNING', 'mkdir, mkdirat') + benchRule('chroot', 'CRITICAL', 'chroot'));
  await (minutes > 0 ? long() : short());
} finally {
  rmSync(folder, { recursive: true, force: true });
}
