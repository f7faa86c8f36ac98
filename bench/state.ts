/**
 * Nanoseconds per event of decoding alone and with the state, over a capture held in memory.
 *
 *     node bench/state.ts CAPTURE [rounds]
 */
import { Event } from '../src/model/event.ts';
import { MachineState } from '../src/state/machine-state.ts';
import { loadCapture } from './capture-memory.ts';

const [path, rounds = '3'] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: node bench/state.ts CAPTURE [rounds]');

const { bytes, starts: offsets, snapshots } = await loadCapture(path);
const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const event = new Event();

function perEvent(run: () => void): number {
  const start = process.hrtime.bigint();
  run();
  return Math.round(Number(process.hrtime.bigint() - start) / offsets.length);
}

function decode(): void {
  for (const offset of offsets) event.read(bytes, view, offset, 0);
}

function replay(): void {
  const state = new MachineState();
  state.load(snapshots[0] ?? {});
  for (const offset of offsets) {
    if (!event.read(bytes, view, offset, 0)) continue;
    state.apply(event);
    state.after(event);
  }
}

for (let round = 1; round <= Number(rounds); round++) {
  const alone = perEvent(decode);
  const both = perEvent(replay);
  console.log(`round ${round}: ${offsets.length} events, decode ${alone} ns, decode and state ${both} ns each`);
}
