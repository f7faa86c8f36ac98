import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import { type SourceContext, SourceError } from '../../model/source.ts';
import { defaultSyscalls, fillerNames, genericCodes, interestOf } from '../linux/interest.ts';
import { ProcReader, withAncestors } from '../linux/procfs/scan.ts';
import { explainTraceRefusal, type TraceHost } from './preflight.ts';
import {
  endFrame,
  type FailedStep,
  FrameReader,
  goFrame,
  interestFrame,
  settingsFrame,
  signalFrame,
  type TracerInterest,
} from './protocol.ts';

export interface TracerConfig {
  readonly command: readonly string[];
  readonly pid: number;
  readonly filter: boolean;
  readonly coalesceMs: number;
  readonly snapLength: number;
  readonly syscalls: string;
  readonly enterEvents: boolean;
}

/** What shells answer for a command that can't be executed, and for one that is not there. */
const notExecutable = 126;
const notFound = 127;
/** Time that a command has to end when it is asked to; then it is killed. */
const endMs = 5000;

const tracerPath = fileURLToPath(new URL('../../../build/native/saker-trace', import.meta.url));

function interestFor(config: TracerConfig, context: SourceContext): TracerInterest {
  const chosen = config.syscalls.split(/\s+/).filter((name) => name !== '');
  return interestOf(chosen.length > 0 ? chosen : (context.interest?.names() ?? defaultSyscalls()), process.arch);
}

/** The command's end as shells tell it: its exit code, or 128 and the number of the signal. */
export function exitCodeOf(status: number): number {
  return (status & 0x7f) === 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
}

/** A running tracer and the two ends of its pipes that are ours. */
class Tracer {
  readonly events: Readable;
  /** Resolves when the process is gone, with what it ended by. */
  readonly gone: Promise<{ code: number | null; signal: string | null }>;
  readonly #child: ChildProcess;
  readonly #control: Writable;

  constructor(config: TracerConfig) {
    const args = config.command.length > 0 ? ['run', ...config.command] : ['attach', String(config.pid)];
    // The command's standard input and outputs are Saker's own.
    this.#child = spawn(tracerPath, args, { stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'pipe'] });
    this.events = this.#child.stdio[3] as Readable;
    this.#control = this.#child.stdio[4] as Writable;
    this.gone = new Promise((resolve) => {
      this.#child.on('error', () => resolve({ code: null, signal: null }));
      this.#child.on('close', (code, signal) => resolve({ code, signal }));
    });
    // The tracer may be gone; that is told by its end.
    this.#control.on('error', () => undefined);
  }

  say(frame: Buffer): void {
    if (this.#control.writable) this.#control.write(frame);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** What a tracer has told of its end. */
interface Outcome {
  hasEnded: boolean;
  error: SourceError | undefined;
}

function failure(config: TracerConfig, host: TraceHost, step: FailedStep, errno: number, context: SourceContext) {
  const name = getSystemErrorName(-errno);
  const [command = ''] = config.command;
  switch (step) {
    case 'find':
      context.commandEnded?.(name === 'ENOENT' ? notFound : notExecutable);
      return new SourceError(
        name === 'ENOENT' ? `there is no command '${command}'` : `'${command}' can't be executed: no right to`,
      );
    case 'execute':
      context.commandEnded?.(name === 'ENOENT' ? notFound : notExecutable);
      return new SourceError(`'${command}' can't be executed: ${getSystemErrorMessage(-errno)}`);
    case 'launch':
      return new SourceError(`'${command}' can't be started: ${getSystemErrorMessage(-errno)}`);
    case 'trace':
      return new SourceError(explainTraceRefusal(host, name, config.command.length > 0 ? undefined : config.pid));
  }
}

function snapshotOf(pids: readonly number[]) {
  return new ProcReader('').scan(() => undefined, withAncestors(pids));
}

/** Reads what comes until the tracer has nothing more to say. */
async function pump(tracer: Tracer, config: TracerConfig, context: SourceContext, host: TraceHost): Promise<Outcome> {
  const outcome: Outcome = { hasEnded: false, error: undefined };
  const frames = new FrameReader({
    event: (bytes, view, header, cpu) => context.sink.event(bytes, view, header, cpu),
    ready(pids) {
      // They stand still: nothing happens between the picture of them and their first event.
      context.sink.snapshot(snapshotOf(pids));
      tracer.say(goFrame());
    },
    ended(status) {
      outcome.hasEnded = true;
      if (status !== undefined) context.commandEnded?.(exitCodeOf(status));
    },
    failed(step, errno) {
      outcome.error = failure(config, host, step, errno, context);
    },
  });
  for await (const chunk of tracer.events) {
    frames.take(chunk as Buffer);
    await context.batchEnd();
  }
  return outcome;
}

/** Ends the tracing when the context says so. @returns undoes it. */
function endOnSignal(tracer: Tracer, config: TracerConfig, context: SourceContext): () => void {
  const { signal } = context;
  let limit: NodeJS.Timeout | undefined;
  function end(): void {
    if (config.command.length === 0) tracer.say(endFrame());
    else tracer.say(signalFrame(os.constants.signals.SIGTERM));
    // With the tracer, all that it launched is killed.
    limit = setTimeout(() => {
      if (config.command.length > 0) context.commandEnded?.(128 + os.constants.signals.SIGKILL);
      tracer.kill();
    }, endMs);
  }
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return () => {
    clearTimeout(limit);
    signal.removeEventListener('abort', end);
  };
}

/**
 * Runs the configured command, or attaches to the process, until all that was traced has ended or the signal stops it. A
 * command that was launched gets the signals that are meant for it, and is ended when the signal stops the source.
 * @throws SourceError
 */
export async function runTracer(config: TracerConfig, context: SourceContext, host: TraceHost): Promise<void> {
  if (!existsSync(tracerPath)) {
    throw new SourceError(
      `the tracer is not built: ${tracerPath} is missing; it is built by 'npm start' or 'node tools/build-native.mjs' (gcc needed)`,
    );
  }
  const tracer = new Tracer(config);
  tracer.say(
    settingsFrame({
      snapLength: Math.min(config.snapLength, 4095),
      coalesceMs: config.coalesceMs,
      enterEvents: config.enterEvents,
      useFilter: config.filter,
      interest: interestFor(config, context),
      genericCodes: genericCodes(process.arch),
      fillers: fillerNames(process.arch),
    }),
  );
  const unwatch = context.interest?.onChange(() => tracer.say(interestFrame(interestFor(config, context))));
  const release =
    config.command.length > 0
      ? context.takeSignals?.((name) => tracer.say(signalFrame(os.constants.signals[name])))
      : undefined;
  const undo = endOnSignal(tracer, config, context);
  try {
    const outcome = await pump(tracer, config, context, host);
    const { code, signal } = await tracer.gone;
    if (outcome.error !== undefined) throw outcome.error;
    if (!outcome.hasEnded && !context.signal.aborted) throw new SourceError(brokenOff(config, code, signal));
  } catch (error) {
    tracer.kill();
    throw error;
  } finally {
    undo();
    release?.();
    unwatch?.();
  }
}

function brokenOff(config: TracerConfig, code: number | null, signal: string | null): string {
  const how = signal === null ? `exit code ${code ?? 'unknown'}` : signal;
  const rest =
    config.command.length > 0
      ? 'the command and all that it started were killed with it'
      : 'what was traced goes on unwatched';
  return `the tracer ended unexpectedly (${how}); ${rest}`;
}
