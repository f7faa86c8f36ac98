import { expect, it } from 'vitest';
import type { SensorAddon, SensorHandle } from './addon.ts';
import { RingReader } from './ring.ts';

const size = 4096;

/** A ring as the kernel keeps it, without the kernel: the data lie twice in a row. */
class FakeRing {
  readonly data = new ArrayBuffer(2 * size);
  readonly bytes = Buffer.from(this.data);
  #producer = 0;
  #consumer = 0;
  #claimed = 0;
  readonly handle = {} as SensorHandle;
  readonly addon = {
    claim: (_: SensorHandle, limit: number, runs: Uint32Array) => {
      runs[0] = this.#claimed % size;
      runs[1] = Math.min(limit, this.#producer - this.#claimed);
      this.#claimed += runs[1];
      return runs[1] === 0 ? 0 : 1;
    },
    release: () => (this.#consumer = this.#claimed),
    waiting: () => this.#producer - this.#consumer,
  } as unknown as SensorAddon;

  /** A record whose block holds a cpu number and a mark; `flags` are those of the record's header. */
  put(mark: number, blockSize: number, flags = 0): void {
    const record = Buffer.alloc((8 + blockSize + 7) & ~7);
    record.writeUInt32LE((blockSize | flags) >>> 0, 0);
    record.writeUInt16LE(3, 8 + 8);
    record.writeUInt32LE(mark, 8 + 10);
    for (let i = 0; i < record.length; i++) {
      const at = (this.#producer + i) % size;
      this.bytes[at] = record[i]!;
      this.bytes[at + size] = record[i]!;
    }
    this.#producer += record.length;
  }
}

function collector() {
  const marks: number[] = [];
  const sink = {
    snapshot: () => undefined,
    lost: () => undefined,
    event: (_: Buffer, view: DataView, header: number, cpu: number) =>
      marks.push(cpu * 1000 + view.getUint32(header, true)),
  };
  return { marks, sink };
}

it('hands over records in order, across the end of the ring, without those that were given up', () => {
  const ring = new FakeRing();
  const reader = new RingReader(ring.addon, ring.handle, ring.data);
  const { marks, sink } = collector();
  for (let round = 0; round < 40; round++) {
    ring.put(2 * round, 500);
    ring.put(900, 100, 0x40000000);
    ring.put(2 * round + 1, 333);
    while (reader.drain(sink, size) > 0);
  }
  expect(marks).toEqual(Array.from({ length: 80 }, (_, i) => 3000 + i));
});

it('makes room during the scan and hands over what it set aside first', () => {
  const ring = new FakeRing();
  const reader = new RingReader(ring.addon, ring.handle, ring.data);
  const { marks, sink } = collector();
  for (let i = 0; i < 20; i++) {
    ring.put(i, 700);
    reader.setAside();
  }
  expect(marks).toEqual([]);
  while (reader.drain(sink, size) > 0);
  expect(marks).toEqual(Array.from({ length: 20 }, (_, i) => 3000 + i));
});

it('what was set aside is one piece, however many runs it came in', () => {
  const ring = new FakeRing();
  for (let i = 0; i < 8; i++) ring.put(i, 100);
  // Where processors take turns, each record is a run of its own.
  const claim = (_: SensorHandle, limit: number, runs: Uint32Array): number => {
    const count = Math.floor(limit / 112);
    for (let i = 0; i < count; i++) runs.set([i * 112, 112], 2 * i);
    return count;
  };
  const reader = new RingReader({ ...ring.addon, claim }, ring.handle, ring.data);
  const { marks, sink } = collector();
  reader.setAside();
  // A drain that hands over little makes the reader wait for more.
  expect(reader.drain(sink, size)).toBe(8 * 112);
  expect(marks).toEqual(Array.from({ length: 8 }, (_, i) => 3000 + i));
});
