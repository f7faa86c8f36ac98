import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { encodeEvent } from '../../src/capture/encode.ts';
import { readCapture } from '../../src/capture/reader.ts';
import { snapshotBlocks } from '../../src/capture/write-snapshot.ts';
import { selectRules } from '../../src/engine/loader/select-rules.ts';
import type { Event } from '../../src/model/event.ts';
import { type EventGetter } from '../../src/model/field.ts';
import { fieldShower } from '../../src/model/format.ts';
import type { Machine } from '../../src/model/machine.ts';
import { SourceError } from '../../src/model/source.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { MachineState } from '../../src/state/machine-state.ts';
import { parseCapture, sectionHeader } from '../../test/kit/capture.ts';
import { scenario } from '../../test/kit/events.ts';
import { bindField } from '../../test/kit/oracle.ts';
import { sharedFolder } from '../../test/kit/requirements.ts';
import { Random } from '../../test/kit/random-rules.ts';
import { excerpt, splitBlocks } from '../capture-blocks.ts';
import { Grammar } from '../grammar.ts';
import { Judge, load, shippedRules, syscallTable } from '../judging.ts';
import { mutateCapture, randomEvent } from '../mutate-capture.ts';
import { demand, magnitude, messageKind, type Target } from '../target.ts';

const limits = {
  maxThreads: 200,
  maxFdsPerProcess: 50,
  maxFds: 2000,
  maxPaths: 1024,
  maxContainers: 20,
  maxAccounts: 50,
};
/** All fields are shown for one event of so many: there are some 300 of them. */
const showEvery = 7;
const pieceSizes = [1 << 16, 1, 7, 100, 4096];

/** Stands for the machine of the run at hand, so that the rules need not be prepared anew for each. */
class CurrentMachine implements Machine {
  state = new MachineState();

  get hostname(): string {
    return this.state.hostname;
  }

  get firstEventTime(): bigint {
    return this.state.firstEventTime;
  }

  thread(tid: number): ReturnType<Machine['thread']> {
    return this.state.thread(tid);
  }

  threads(): ReturnType<Machine['threads']> {
    return this.state.threads();
  }

  user(...args: Parameters<Machine['user']>): ReturnType<Machine['user']> {
    return this.state.user(...args);
  }

  group(...args: Parameters<Machine['group']>): ReturnType<Machine['group']> {
    return this.state.group(...args);
  }

  container(...args: Parameters<Machine['container']>): ReturnType<Machine['container']> {
    return this.state.container(...args);
  }

  interfaces(): ReturnType<Machine['interfaces']> {
    return this.state.interfaces();
  }

  isLocalAddress(...args: Parameters<Machine['isLocalAddress']>): boolean {
    return this.state.isLocalAddress(...args);
  }
}

function fieldShowers(): EventGetter[] {
  return new Grammar(syscallTable).fields.flatMap((text) => {
    try {
      const field = bindField(syscallTable, text);
      return field === undefined ? [] : [true, false].map((json) => fieldShower(field, { json, base64: json }));
    } catch {
      return [];
    }
  });
}

/** A run of everyday and of suspicious deeds, with descriptors, sockets, containers. */
function everyday(): Buffer {
  const id = 'ab'.repeat(32);
  return scenario({ fds: { 100: [{ fd: 3, name: '/etc/passwd' }] } })
    .container({ id: id.slice(0, 12), full_id: id, name: 'web', image: 'nginx:1', type: 0 })
    .clone({ child: 200 })
    .as(200)
    .execve('/usr/bin/cat', { args: ['/etc/shadow'], env: ['A=b'] })
    .openat('/etc/shadow', { fd: 4 })
    .connect(5, { address: '10.1.2.3', port: 4444 })
    .connect(6, { path: '/run/x.sock' })
    .setuid(33)
    .chdir('/tmp')
    .close(4)
    .exit()
    .toCapture();
}

function seeds(): Buffer[] {
  const random = new Random(7);
  const made = [everyday()];
  const head = snapshotBlocks(scenario().snapshot);
  for (let n = 0; n < 20; n++) {
    made.push(Buffer.concat([...head, ...Array.from({ length: 30 }, () => randomEvent(random))]));
  }
  made.push(Buffer.concat([sectionHeader(), encodeEvent('SYSCALL_CLOSE_X', { tid: 1, time: 1n, values: { res: 0 } })]));
  if (sharedFolder === undefined) return made;
  for (const name of ['mixed', 'scn-proc-a', 'scn-fds-a', 'scn-net-a', 'scn-users-a', 'eg-cont-2', 'scn-files-a']) {
    const file = readFileSync(path.join(sharedFolder, 'oracle/captures', `${name}.scap`));
    const blocks = splitBlocks(gunzipSync(file));
    for (let n = 0; n < 6; n++) made.push(excerpt(blocks, random.below(blocks.length), 80));
  }
  return made;
}

/** Pieces as a pipe might give them. */
function* pieces(input: Buffer): Generator<Buffer> {
  const size = input.length > 20_000 ? pieceSizes[0]! : pieceSizes[input.length % pieceSizes.length]!;
  for (let at = 0; at < input.length; at += size) yield input.subarray(at, at + size);
}

/** What is known at the end, written as the head of a capture, is read again. */
function checkSnapshot(state: MachineState): void {
  const blocks = snapshotBlocks(state.snapshot());
  const last = encodeEvent('SYSCALL_CLOSE_X', { tid: 1, time: 1n });
  const { error, sink } = parseCapture(Buffer.concat([...blocks, last]));
  demand(error === undefined, () => `the state, written down, can't be read: ${String(error)}`);
  new MachineState().load(sink.snapshots[0]!);
}

/** All that a capture gives, as one text. */
function digest(input: Buffer, pieceSize: number): string {
  const { error, stats, sink } = parseCapture(input, pieceSize);
  const text = JSON.stringify([stats, String(error), sink.snapshots, sink.losses, sink.cpus], (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  return text + sink.collected.map((event) => event.toString('latin1')).join('\n');
}

/** The size of the pieces that a file comes in changes nothing. */
function checkPieces(input: Buffer): void {
  if (input.length > 20_000 || input[0] === 0x1f) return;
  const whole = digest(input, input.length + 1);
  // Every size up to one hundred comes up.
  const size = 1 + (input.length % 97);
  demand(digest(input, size) === whole, () => `read in pieces of ${size} bytes, the capture is another one`);
}

class CaptureTarget implements Target {
  readonly name = 'capture';
  readonly summary = 'captures through reader, state, rules (in both ways) and alerts';
  readonly #machine = new CurrentMachine();
  readonly #judge: Judge;
  readonly #show = fieldShowers();

  constructor() {
    const { rules } = load(shippedRules());
    this.#judge = new Judge(selectRules(rules, [{ enable: true, rule: '*' }]), this.#machine);
  }

  seeds(): readonly Buffer[] {
    return seeds();
  }

  make(random: Random, corpus: readonly Buffer[]): Buffer {
    return mutateCapture(random, corpus);
  }

  async run(input: Buffer): Promise<string> {
    const state = new MachineState(limits);
    this.#machine.state = state;
    this.#judge.reset();
    const judge = {
      evaluate: (event: Event) => {
        if (event.num % showEvery === 0) for (const show of this.#show) show(event, state);
        return this.#judge.evaluate(event);
      },
    };
    const pipeline = new Pipeline({ state, judge, onMatch: () => undefined });
    const ending = await this.#read(input, pipeline);
    const { threads, fds } = state.counters;
    demand(threads <= limits.maxThreads, () => `${threads} threads`);
    demand(fds <= limits.maxFds + limits.maxThreads * limits.maxFdsPerProcess, () => `${fds} descriptors`);
    demand(pipeline.malformed === 0, () => `the reader handed over ${pipeline.malformed} malformed events`);
    checkSnapshot(state);
    checkPieces(input);
    const counters = Object.values(state.counters).map((count: number) => magnitude(count));
    return [ending, magnitude(pipeline.events), counters.join(), [...this.#judge.names].sort().join()].join('|');
  }

  /** @returns how the reading ended. */
  async #read(input: Buffer, sink: Pipeline): Promise<string> {
    const isPacked = input[0] === 0x1f;
    const folder = isPacked ? mkdtempSync(path.join(tmpdir(), 'saker-fuzz-')) : undefined;
    const file = folder === undefined ? '-' : path.join(folder, 'x.scap');
    if (isPacked) writeFileSync(file, input);
    try {
      const stats = await readCapture({ path: file, sink, input: Readable.from(pieces(input), { objectMode: false }) });
      return Object.values(stats).map(magnitude).join();
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      return messageKind(error.message.slice(error.message.indexOf(': ')));
    } finally {
      if (folder !== undefined) rmSync(folder, { recursive: true });
    }
  }
}

export function captureTarget(): Target {
  return new CaptureTarget();
}
