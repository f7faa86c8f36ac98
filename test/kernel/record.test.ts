import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fieldTables } from '../../src/app/registry.ts';
import { readCapture } from '../../src/capture/reader.ts';
import { CaptureWriter } from '../../src/capture/writer.ts';
import { eventByCode, events, syscallNames, syscallSets, x86Syscalls } from '../../src/model/event-table.ts';
import type { Snapshot } from '../../src/model/machine.ts';
import type { EventSink } from '../../src/model/source.ts';
import { runSensor } from '../../src/sources/ebpf/run.ts';
import { tracepoints } from '../../src/sources/linux/interest.ts';
import { compileText } from './calls/compile.ts';
import { groups } from './calls/groups.ts';
import { programOf } from './calls/kit.ts';
import { checkBlock, defaults, type Program, runProgram, whyNot } from './sensor-kit.ts';

const reason = whyNot();
if (reason !== '') console.warn(`kernel tests of recordings are skipped: ${reason}`);

const saker = path.resolve(import.meta.dirname, '../../bin/saker');

interface Alert {
  readonly rule: string;
  readonly output: string;
  readonly output_fields: Readonly<Record<string, unknown>>;
}

/** All that can be shown without an argument, and some with one. Names of addresses are asked for live only; the host's is of today. */
function everyField(): string[] {
  const classes = fieldTables()('syscall')!.classes.map((one) => Object.entries(one.fields));
  const plain = classes.flat().filter(([, spec]) => spec.arg?.required !== true && spec.filterOnly !== true);
  const names = plain.map(([name]) => name).filter((name) => !/^fd\.[a-z]+\.name$/.test(name));
  const ancestors = [1, 2, 3].flatMap((up) => [`proc.aname[${up}]`, `proc.aexepath[${up}]`, `proc.apid[${up}]`]);
  return [...names, ...ancestors, 'proc.env[PATH]', 'thread.cgroup.cpu', 'evt.arg[0]', 'evt.arg[1]'];
}

/** A rule for each event of the program's processes, with what is known of event, process and descriptor. */
function rulesFor(folder: string): string {
  const names = x86Syscalls.map((call) => (call.exitEvent > 1 ? events[call.exitEvent]!.name : call.name));
  const output = everyField()
    .map((name) => `%${name}`)
    .join(' ');
  return [...new Set([...names, 'procexit'])]
    .map(
      (name) =>
        `- {rule: ${name} seen, desc: d, priority: INFO, warn_evttypes: false, output: "${output}", ` +
        `condition: 'evt.type = ${name} and proc.exepath startswith "${folder}"'}`,
    )
    .join('\n');
}

function readAlerts(file: string): Alert[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Alert);
}

function compileCalls(): Program {
  const runtime = readFileSync(new URL('./calls/runtime.h', import.meta.url), 'utf8');
  const made = compileText({ 'calls.c': programOf(groups), 'runtime.h': runtime });
  mkdirSync(path.join(made.folder, 'work'));
  return made;
}

/** The block of an event as it lies in memory. */
function blockOf(bytes: Buffer, view: DataView, header: number): Buffer {
  const start = header - 10;
  return Buffer.from(bytes.subarray(start, start + view.getUint32(start + 4, true)));
}

describe.skipIf(reason !== '')('a recording of all calls, also those that move data', () => {
  it('is read back byte for byte', async () => {
    const program = compileCalls();
    const file = path.join(program.folder, 'bytes.scap');
    const writer = new CaptureWriter(file);
    const stop = new AbortController();
    const seen: Buffer[] = [];
    let started: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => (started = resolve));
    const sink: EventSink = {
      snapshot(found) {
        writer.snapshot(found);
        started();
      },
      event(bytes, view, header) {
        seen.push(blockOf(bytes, view, header));
        writer.event(bytes, view, header);
      },
      lost: (count, why) => expect(`${count} lost: ${why}`).toBe(''),
    };
    const calls = syscallNames.filter((name) => !(name in tracepoints)).join(' ');
    const config = { ...defaults, syscalls: `${calls} procexit`, bufferBytes: 128 << 20 };
    const running = runSensor(config, { signal: stop.signal, sink, batchEnd: () => writer.drain() });
    await Promise.race([ready, running]);
    await runProgram(program.path, [path.join(program.folder, 'work')]);
    stop.abort();
    await running;
    await writer.close();
    expect(writer.lost).toBe(0);
    const problems: string[] = [];
    let at = 0;
    await readCapture({
      path: file,
      sink: {
        snapshot: () => undefined,
        event(bytes, view, header) {
          const block = blockOf(bytes, view, header);
          problems.push(...checkBlock(block));
          if (!block.equals(seen[at] ?? Buffer.alloc(0))) problems.push(`block ${at} is another one`);
          at += 1;
        },
        lost: (count, why) => problems.push(`${count} lost: ${why}`),
      },
    });
    program.remove();
    expect(problems).toEqual([]);
    expect(at).toBe(seen.length);
    const codes = new Set(seen.map((block) => block.readUInt16LE(30)));
    expect(x86Syscalls.filter((call) => call.exitEvent > 1 && !codes.has(call.exitEvent))).toEqual([]);
  });
});

describe.skipIf(reason !== '')('a recording of all calls', () => {
  let program: Program | undefined;
  let [capture, live, replayed, log] = ['', '', '', ''];
  let running: ChildProcess | undefined;

  beforeAll(async () => {
    const made = compileCalls();
    program = made;
    const rules = path.join(made.folder, 'rules.yaml');
    [capture, live, replayed] = ['all.scap', 'live.json', 'replayed.json'].map((name) =>
      path.join(made.folder, name),
    ) as [string, string, string];
    writeFileSync(rules, rulesFor(made.folder));
    const options = ['-r', rules, '--json'];
    const child = spawn(saker, ['run', ...options, '--no-container-engines', '-o', live, '--record', capture], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    running = child;
    const ended = new Promise((resolve) => child.on('close', resolve));
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        if (log.includes('watching')) resolve();
      });
      child.on('close', () => reject(new Error(log)));
    });
    await runProgram(made.path, [path.join(made.folder, 'work')]);
    child.kill('SIGINT');
    await ended;
    const replay = spawnSync(saker, ['replay', ...options, '-o', replayed, capture], { encoding: 'utf8' });
    if (replay.status !== 0) throw new Error(replay.stderr);
  });
  afterAll(() => {
    running?.kill('SIGKILL');
    program?.remove();
  });

  it('has, block for block, what the event table says', async () => {
    const problems: string[] = [];
    const codes = new Set<string>();
    let snapshot: Snapshot = {};
    let count = 0;
    const stats = await readCapture({
      path: capture,
      sink: {
        snapshot: (found) => (snapshot = found),
        event(bytes, view, header, cpu) {
          count += 1;
          const info = events[view.getUint16(header + 20, true)];
          if (info === undefined) problems.push('unknown code');
          else codes.add(info.code);
          // What is no event of the kernel has other lengths.
          if (info === undefined || info.isLarge || header < 10) return;
          problems.push(...checkBlock(blockOf(bytes, view, header)));
          if (cpu < 0) problems.push('cpu');
        },
        lost: (lost, why) => problems.push(`${lost} lost: ${why}`),
      },
    });
    expect(problems).toEqual([]);
    expect(stats).toBeDefined();
    expect(count).toBeGreaterThan(2000);
    expect(snapshot.threads?.length).toBeGreaterThan(1);
    const ignored: ReadonlySet<string> = new Set(syscallSets.ignored_by_default);
    const wanted = x86Syscalls.filter((call) => call.exitEvent > 1 && !ignored.has(call.name));
    const missing = wanted.map((call) => events[call.exitEvent]!.code).filter((code) => !codes.has(code));
    expect(missing).toEqual([]);
    expect(codes).toContain(eventByCode('GENERIC_X').code);
  });

  it('gives the alerts that were seen live', () => {
    const [seen, again] = [readAlerts(live), readAlerts(replayed)];
    expect(seen.length).toBeGreaterThan(1000);
    expect(again.map(({ output }) => output)).toEqual(seen.map(({ output }) => output));
    expect(again.map((alert) => alert.output_fields)).toEqual(seen.map((alert) => alert.output_fields));
  });
});
