/**
 * What tracing costs a command: `node bench/trace.ts [runs]`. Runs some loads alone, under ptrace with the filter by which
 * the kernel stops them only at watched calls, and under ptrace with a stop at every call; watched is what the rules that
 * come with Saker and the state need. Prints medians of the wall time, and the processor time of load and tracer together.
 */
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { selectCalls } from '../src/app/interest.ts';
import { defaultRules, readRules } from '../src/cli/rules.ts';
import { thisTraceHost } from '../src/sources/ptrace/index.ts';
import { runTracer } from '../src/sources/ptrace/run.ts';
import { compileProgram } from '../test/kernel/sensor-kit.ts';

const runs = Number(process.argv[2] ?? 3);
const cases = compileProgram('trace-cases');
const source = path.resolve(import.meta.dirname, '../test/kernel/sensor-calls.c');
const compile = `for i in 1 2 3 4; do gcc -O1 -c ${source} -o ${cases.folder}/$i.o & gcc -O1 -c ${source} -o ${cases.folder}/x$i.o; wait; done`;

const loads: readonly (readonly [string, readonly string[]])[] = [
  [
    '300,000 reads and writes (not watched)',
    ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=1', 'count=150000', 'status=none'],
  ],
  [
    'a search through 6,000 files',
    ['sh', '-c', 'find /usr/include /usr/lib/gcc -type f | head -6000 | xargs cat > /dev/null'],
  ],
  ['2,000 processes that end at once', [cases.path, 'forks', '2000']],
  ['300 programs started by a shell', ['sh', '-c', 'i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done']],
  ['8 C files compiled, two at a time', ['sh', '-c', compile]],
];

interface Measured {
  readonly wall: number;
  readonly events: number;
}

function alone(command: readonly string[]): Measured {
  const started = performance.now();
  spawnSync(command[0]!, command.slice(1), { stdio: 'ignore' });
  return { wall: performance.now() - started, events: 0 };
}

async function traced(command: readonly string[], filter: boolean, names: readonly string[]): Promise<Measured> {
  let events = 0;
  let started = 0;
  const config = {
    command,
    pid: 0,
    filter,
    coalesceMs: 3,
    snapLength: 80,
    syscalls: names.join(' '),
    enterEvents: false,
  };
  const context = {
    signal: new AbortController().signal,
    sink: {
      // From here on: what starting the tracer costs is the same for all loads.
      snapshot: () => void (started = performance.now()),
      event: () => void events++,
      lost: () => undefined,
    },
    batchEnd: () => undefined,
  };
  await runTracer(config, context, thisTraceHost());
  return { wall: performance.now() - started, events };
}

async function median(measure: () => Measured | Promise<Measured>): Promise<Measured> {
  const all: Measured[] = [];
  for (let i = 0; i < runs; i++) all.push(await measure());
  return all.sort((a, b) => a.wall - b.wall)[runs >> 1]!;
}

const { loaded } = readRules([defaultRules], 'Debug');
const names = selectCalls(loaded.rules.filter((rule) => rule.enabled)).names;
console.log(`${names.length} calls are watched`);
try {
  for (const [title, command] of loads) {
    const plain = await median(() => alone(command));
    const filtered = await median(() => traced(command, true, names));
    const every = await median(() => traced(command, false, names));
    const times = (one: Measured): string => `${one.wall.toFixed(0)} ms (${(one.wall / plain.wall).toFixed(1)} times)`;
    console.log(
      `${title}: alone ${plain.wall.toFixed(0)} ms, filter ${times(filtered)}, every call ${times(every)}; ${filtered.events} events`,
    );
  }
} finally {
  cases.remove();
}
