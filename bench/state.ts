/**
 * Nanoseconds per event of decoding alone and with the state, over a capture held in memory.
 *
 *     node bench/state.ts CAPTURE [rounds]
 */
import { readCapture } from '../src/capture/reader.ts';
import { Event } from '../src/model/event.ts';
import type { Snapshot } from '../src/model/machine.ts';
import { MachineState } from '../src/state/machine-state.ts';

const [path, rounds = '3'] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: node bench/state.ts CAPTURE [rounds]');

let bytes = Buffer.alloc(1 << 24);
let used = 0;
const starts: number[] = [];
const snapshots: Snapshot[] = [];
await readCapture({
  path,
  sink: {
    snapshot: (snapshot) => void snapshots.push(snapshot),
    lost: () => {},
    event: (from, view, header) => {
      const size = view.getUint32(header + 16, true);
      if (used + size > bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)]);
      from.copy(bytes, used, header, header + size);
      starts.push(used);
      used += size;
    },
  },
});
const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const offsets = Int32Array.from(starts);
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
