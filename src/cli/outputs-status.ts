import { toPrettyJson, type Json } from '../base/json.ts';
import { printable } from '../base/log.ts';
import { command, exitCodes } from './command.ts';
import { ask, operateOptions } from './operate.ts';

interface Status {
  readonly queue: { readonly count: number; readonly bytes: number; readonly problem?: string };
  readonly outputs: Readonly<Record<string, OutputStatus>>;
}

interface OutputStatus {
  readonly paused: boolean;
  readonly ready: boolean;
  readonly failing: boolean;
  readonly depth: number;
  readonly oldestMs: number;
  readonly sent: number;
  readonly failures: number;
  readonly dead: number;
  readonly breaker: string;
  readonly lastError?: string;
  readonly lastErrorAt?: number;
}

function line(name: string, status: OutputStatus): string {
  const { paused, ready, failing, depth, oldestMs, sent, failures, dead, breaker, lastError, lastErrorAt = 0 } = status;
  const works = failing ? 'trying again' : 'ok';
  const state = paused ? 'paused' : !ready ? 'not open' : breaker === 'closed' ? works : `circuit breaker ${breaker}`;
  const waiting = depth === 0 ? 'nothing waits' : `${depth} wait, the oldest for ${Math.round(oldestMs / 1000)} s`;
  const error = lastError === undefined ? '' : `; last error, ${new Date(lastErrorAt).toISOString()}: ${lastError}`;
  const text = `${name}: ${state}; ${waiting}; ${sent} sent, ${failures} failed sends, ${dead} became dead letters${error}`;
  return printable(text).replaceAll('\n', ' ');
}

export default command({
  name: 'outputs status',
  summary: 'Show how the outputs of a running delivery do.',
  description: 'For each output: whether it works, what waits for it, what it took and refused, and its last error.',
  options: { ...operateOptions, json: { about: 'All numbers, as JSON.' } },
  examples: [{ command: 'saker outputs status', about: 'The delivery on this machine' }],
  async run({ values }, io) {
    const status = (await ask(values, io, 'GET', '/outputs')) as Status;
    if (values.json) {
      io.out(`${toPrettyJson(status as unknown as Json)}\n`);
      return exitCodes.ok;
    }
    for (const [name, output] of Object.entries(status.outputs)) io.out(`${line(name, output)}\n`);
    const { count, bytes, problem } = status.queue;
    io.out(
      `queue: ${count} alerts, ${bytes} bytes${problem === undefined ? '' : `; problem: ${printable(problem)}`}\n`,
    );
    return exitCodes.ok;
  },
});
