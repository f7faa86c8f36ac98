import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EventInfo, events, x86Syscalls } from '../../src/model/event-table.ts';
import type { Snapshot } from '../../src/model/machine.ts';
import type { EventSink, LossDetails, SourceContext } from '../../src/model/source.ts';
import { checkHost, thisHost } from '../../src/sources/ebpf/preflight.ts';
import { runSensor, type SensorConfig } from '../../src/sources/ebpf/run.ts';
import { syscallNumbers } from '../../src/sources/linux/interest.ts';
import { thisTraceHost } from '../../src/sources/ptrace/index.ts';
import { checkTracing } from '../../src/sources/ptrace/preflight.ts';
import { runTracer, type TracerConfig } from '../../src/sources/ptrace/run.ts';

export type Value = string | number | bigint | null;

/** One event, copied out of the ring. */
export interface Seen {
  readonly code: string;
  readonly info: EventInfo;
  readonly tid: number;
  readonly time: bigint;
  readonly params: Readonly<Record<string, Value>>;
  /** Name that the thread took last (see sensor-calls.c); undefined before it took one. */
  label: string | undefined;
}

const textTypes = new Set(['CHARBUF', 'FSPATH', 'FSRELPATH']);
const signedTypes = new Set(['ERRNO', 'FD', 'PID', 'INT8', 'INT16', 'INT32', 'INT64']);
const sizes: Readonly<Record<string, number>> = {
  INT8: 1,
  UINT8: 1,
  FLAGS8: 1,
  ENUMFLAGS8: 1,
  SIGTYPE: 1,
  INT16: 2,
  UINT16: 2,
  FLAGS16: 2,
  ENUMFLAGS16: 2,
  PORT: 2,
  SYSCALLID: 2,
  INT32: 4,
  UINT32: 4,
  FLAGS32: 4,
  ENUMFLAGS32: 4,
  UID: 4,
  GID: 4,
  MODE: 4,
  BOOL: 4,
  INT64: 8,
  UINT64: 8,
  ERRNO: 8,
  FD: 8,
  PID: 8,
  RELTIME: 8,
  ABSTIME: 8,
}; // prettier-ignore

function decodeNumber(raw: Buffer, signed: boolean): Value {
  if (raw.length <= 4) {
    return signed ? raw.readIntLE(0, raw.length) : raw.readUIntLE(0, raw.length);
  }
  const big = signed ? raw.readBigInt64LE() : raw.readBigUInt64LE();
  return Number.isSafeInteger(Number(big)) ? Number(big) : big;
}

function decode(type: string, raw: Buffer): Value {
  if (raw.length === 0) return null;
  if (textTypes.has(type)) return raw.latin1Slice(0, raw.length - 1);
  if (!(type in sizes)) return raw.latin1Slice(0, raw.length);
  return decodeNumber(raw, signedTypes.has(type));
}

/** Reasons why a block is not what the event table says; empty: it is. */
export function checkBlock(block: Buffer): string[] {
  const problems: string[] = [];
  const total = block.readUInt32LE(4);
  const length = block.readUInt32LE(26);
  const info = events[block.readUInt16LE(30)];
  if (info === undefined) return ['unknown event code'];
  const count = block.readUInt32LE(32);
  const say = (text: string): number => problems.push(`${info.code}: ${text}`);
  if (block.readUInt32LE(0) !== 0x216) say('block type');
  if (total !== block.length || total % 4 !== 0) say(`block length ${total} in a record of ${block.length}`);
  if (block.readUInt32LE(block.length - 4) !== total) say('trailing length');
  if (block.readUInt16LE(8) >= os.cpus().length) say('cpu');
  if (count !== info.params.length) return [...problems, `${info.code}: ${count} parameters`];
  let end = 36 + 2 * count;
  info.params.forEach((param, i) => {
    const size = block.readUInt16LE(36 + 2 * i);
    const wanted = sizes[param.type];
    if (size !== 0 && wanted !== undefined && size !== wanted) say(`${param.name} has ${size} bytes`);
    if (size !== 0 && textTypes.has(param.type) && block[end + size - 1] !== 0) say(`${param.name} has no NUL`);
    end += size;
  });
  if (length !== end - 10) say(`length ${length}, values end at ${end - 10}`);
  if (Math.ceil(end / 4) * 4 + 4 !== total) say('padding');
  return problems;
}

function decodeBlock(block: Buffer): Seen {
  const info = events[block.readUInt16LE(30)]!;
  const params: Record<string, Value> = {};
  let at = 36 + 2 * info.params.length;
  info.params.forEach((param, i) => {
    const size = block.readUInt16LE(36 + 2 * i);
    params[param.name] = decode(param.type, block.subarray(at, at + size));
    at += size;
  });
  const tid = Number(block.readBigUInt64LE(18));
  return { code: info.code, info, tid, time: block.readBigUInt64LE(10), params, label: undefined };
}

export interface Recording {
  readonly seen: Seen[];
  readonly problems: string[];
  readonly snapshot: Snapshot;
  readonly lost: [number, string][];
  readonly lostDetails: LossDetails[];
}

const tracerDefaults: TracerConfig = {
  command: [],
  pid: 0,
  filter: true,
  coalesceMs: 3,
  snapLength: 80,
  syscalls: '',
  enterEvents: false,
};

export const defaults: SensorConfig = {
  bufferBytes: 8 << 20,
  coalesceMs: 3,
  snapLength: 80,
  syscalls: '',
  hostRoot: '',
  enterEvents: false,
};

/** Takes what a source hands over. */
class Collector {
  readonly lost: [number, string][] = [];
  readonly lostDetails: LossDetails[] = [];
  /** Resolves when the source has begun. */
  readonly ready: Promise<void>;
  readonly sink: EventSink;
  #snapshot: Snapshot = {};
  readonly #blocks: Buffer[] = [];

  constructor() {
    let started: () => void = () => undefined;
    this.ready = new Promise<void>((resolve) => (started = resolve));
    this.sink = {
      snapshot: (found) => {
        this.#snapshot = found;
        started();
      },
      event: (bytes, view, header) => {
        const at = header - 10;
        const block = Buffer.from(bytes.subarray(at, at + view.getUint32(at + 4, true)));
        // Decoding comes afterwards: other programs on the machine may make more events than it could follow.
        this.#blocks.push(block);
      },
      lost: (count, reason, details) => {
        this.lost.push([count, reason]);
        if (details !== undefined) this.lostDetails.push(details);
      },
    };
  }

  recording(): Recording {
    const seen = this.#blocks.map(decodeBlock);
    labelEvents(seen);
    return {
      seen,
      problems: this.#blocks.flatMap(checkBlock),
      snapshot: this.#snapshot,
      lost: this.lost,
      lostDetails: this.lostDetails,
    };
  }
}

/**
 * Runs the sensor around `action`. The kernel tells of a call before the call returns, and of the end of a process before
 * anyone who waits for it learns of that: so all that `action` has waited for is in the recording.
 */
export async function record(config: Partial<SensorConfig>, action: () => unknown): Promise<Recording> {
  const stop = new AbortController();
  const collector = new Collector();
  const { sink, ready } = collector;
  const running = runSensor({ ...defaults, ...config }, { signal: stop.signal, sink, batchEnd: () => undefined });
  try {
    await Promise.race([ready, running]);
    await action();
  } finally {
    stop.abort();
    await running;
  }
  return collector.recording();
}

/** What a traced tree did, and how the command ended. */
export interface Trace extends Recording {
  readonly exitCode: number | undefined;
}

/** What a test of the tracer adds to its context. */
type TraceContext = Partial<Pick<SourceContext, 'batchEnd' | 'interest' | 'commandEnded'>>;

/** Traces a command or a process to its end; `action` runs when tracing has begun. */
export async function trace(
  config: Partial<TracerConfig>,
  action: (stop: () => void) => unknown = () => undefined,
  context: TraceContext = {},
): Promise<Trace> {
  const stop = new AbortController();
  const collector = new Collector();
  const { sink, ready } = collector;
  let exitCode: number | undefined;
  const running = runTracer(
    { ...tracerDefaults, ...config },
    {
      signal: stop.signal,
      sink,
      batchEnd: () => undefined,
      ...context,
      commandEnded(code) {
        exitCode = code;
        context.commandEnded?.(code);
      },
    },
    thisTraceHost(),
  );
  await Promise.race([ready, running]);
  await action(() => stop.abort());
  await running;
  return { ...collector.recording(), exitCode };
}

const prSetName = 15;

function labelEvents(seen: readonly Seen[]): void {
  const labels = new Map<number, string>();
  for (const event of seen) {
    event.label = labels.get(event.tid);
    if (event.code === 'SYSCALL_PRCTL_X' && event.params['option'] === prSetName) {
      labels.set(event.tid, String(event.params['arg2_str']));
    }
  }
}

export interface Program {
  readonly path: string;
  readonly folder: string;
  readonly remove: () => void;
}

/** Compiles test/kernel/<name>.c into a folder of its own. */
export function compileProgram(name: string): Program {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'saker-kernel-'));
  const source = fileURLToPath(new URL(`./${name}.c`, import.meta.url));
  const result = spawnSync('gcc', ['-O1', '-o', path.join(folder, name), source, '-lpthread'], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`gcc ${name}.c: ${result.stderr}`);
  return { path: path.join(folder, name), folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Runs a program to its end. @returns its process id and what it printed. */
export function runProgram(command: string, args: readonly string[]): Promise<{ pid: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('latin1').on('data', (text: string) => (output += text));
    child.on('error', reject).on('close', () => resolve({ pid: child.pid ?? -1, output }));
  });
}

/** Why the tracer can't be tested here; empty: it can. On CI that is a failure. */
export function whyNotTrace(): string {
  const problems = checkTracing(thisTraceHost(), undefined);
  if (!existsSync(new URL('../../build/native/saker-trace', import.meta.url))) problems.push('the tracer is not built');
  if (spawnSync('gcc', ['--version']).status !== 0) problems.push('no gcc');
  if (process.geteuid?.() !== 0) problems.push('not root');
  const reason = problems.join('; ');
  if (reason !== '' && process.env['CI'] === 'true') throw new Error(`the tracer's tests can't run: ${reason}`);
  return reason;
}

/** Why these tests can't run here; empty: they can. On CI that is a failure. */
export function whyNot(): string {
  const problems = checkHost(thisHost());
  if (!existsSync(new URL('../../build/native/saker.node', import.meta.url))) problems.push('the sensor is not built');
  if (spawnSync('gcc', ['--version']).status !== 0) problems.push('no gcc');
  const reason = problems.join('; ');
  if (reason !== '' && process.env['CI'] === 'true') throw new Error(`the kernel tests can't run: ${reason}`);
  return reason;
}

const own = syscallNumbers(process.arch);
const [ownCodes, otherCodes] = [true, false].map(
  (isOwn) =>
    new Set(x86Syscalls.filter(({ name }) => own.has(name) === isOwn).map(({ exitEvent }) => events[exitEvent]?.code)),
) as [Set<string | undefined>, Set<string | undefined>];

/** Whether this machine has a call that gives the event: newer architectures lack open, fork and the like. */
export const isEventPossible = (code: string): boolean => ownCodes.has(code) || !otherCodes.has(code);
