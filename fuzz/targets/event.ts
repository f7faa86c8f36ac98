import { encodedHeader, encodeEvent } from '../../src/capture/encode.ts';
import { Event } from '../../src/model/event.ts';
import { events } from '../../src/model/event-table.ts';
import { viewOf } from '../../test/kit/events.ts';
import type { Random } from '../../test/kit/random-rules.ts';
import { randomEvent } from '../mutate-capture.ts';
import { demand, magnitude, type Target } from '../target.ts';

const header = 26;

/** All that the cursor can tell of a parameter. */
function readAll(event: Event, i: number): void {
  const { size, raw } = { size: event.size(i), raw: event.raw(i) };
  demand(raw.length === size, () => `parameter ${i}: ${raw.length} bytes, its size is ${size}`);
  demand(event.has(i) === size > 0, () => `parameter ${i}: has() and size() differ`);
  const text = event.text(i);
  demand(raw.startsWith(text) && !text.includes('\0'), () => `parameter ${i}: the text is not its beginning`);
  for (const value of [event.u8(i), event.u16(i), event.u32(i), event.i32(i), event.i64(i), event.u64(i)]) {
    demand(Number.isFinite(value), () => `parameter ${i}: ${value}`);
  }
  const exact = event.big64(i);
  demand(size >= 8 || exact === 0n, () => `parameter ${i}: ${exact} from ${size} bytes`);
  const rounded = event.u64(i);
  demand(exact > 2n ** 53n || BigInt(rounded) === exact, () => `parameter ${i}: ${exact} or ${rounded}`);
}

/** Encodes what was read; what comes out has to be the same bytes. */
function checkRoundTrip(event: Event, input: Buffer): void {
  const params = event.info.params;
  if (event.paramCount > params.length) return;
  const names = params.slice(0, event.paramCount);
  // An event of the table with two parameters of one name could not be given by names.
  if (new Set(names.map(({ name }) => name)).size < names.length) return;
  const values = Object.fromEntries(names.map(({ name }, i) => [name, Buffer.from(event.raw(i), 'latin1')]));
  const block = encodeEvent(event.info, { time: event.time, tid: event.tid, values, count: event.paramCount });
  const at = encodedHeader(block);
  const again = new Event();
  demand(again.read(block, viewOf(block), at, 0), () => `${event.info.code}: what was encoded can't be read`);
  demand(again.time === event.time && again.tid === event.tid, () => 'time or tid differ');
  const used = event.starts[event.paramCount]!;
  const before = Buffer.from(input.subarray(0, used));
  const after = Buffer.from(block.subarray(at, at + used));
  // The length may hold bytes behind the values, the upper half of the tid is not read.
  for (const bytes of [before, after]) bytes.fill(0, 12, 20);
  demand(before.equals(after), () => `${event.info.code}: ${before.toString('hex')} became ${after.toString('hex')}`);
}

class EventTarget implements Target {
  readonly name = 'event';
  readonly summary = 'one event (header, lengths, values) through cursor and encoder';
  readonly #event = new Event();

  seeds(): readonly Buffer[] {
    return events.map((info) => {
      const block = encodeEvent(info, { time: 1n, tid: 1 });
      return block.subarray(encodedHeader(block));
    });
  }

  make(random: Random, corpus: readonly Buffer[]): Buffer {
    const block = randomEvent(random);
    const isKept = random.chance(40);
    const made = Buffer.from(isKept ? block.subarray(encodedHeader(block)) : random.pick(corpus));
    const changes = random.below(4);
    for (let n = 0; n < changes && made.length > 0; n++) {
      const at = random.chance(50) ? random.below(Math.min(made.length, header + 20)) : random.below(made.length);
      made[at] = random.chance(50) ? random.pick([0, 1, 8, 64, 65, 255]) : random.below(256);
    }
    return made;
  }

  run(input: Buffer): string {
    // The caller of the cursor checks that the header and all its length are there.
    if (input.length < header || input.readUInt32LE(16) > input.length) return 'short';
    const event = this.#event;
    if (!event.read(input, viewOf(input), 0, 0)) return `refused ${event.type in events}`;
    for (let i = 0; i < event.paramCount + 2; i++) readAll(event, i);
    checkRoundTrip(event, input);
    return `${event.type} ${event.paramCount} ${magnitude(input.length)}`;
  }
}

export function eventTarget(): Target {
  return new EventTarget();
}
