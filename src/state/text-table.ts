import type { Event } from '../model/event.ts';

interface Entry {
  readonly bytes: Buffer;
  readonly text: string;
}

/** Places for texts; one that two texts share has the last of them. */
const places = 256;
/** Longer texts are not kept: as much as the kernel side gives of an environment. */
const maxText = 4096;
/** Words that the place of a text follows from, at its end and evenly before it. */
const sampled = 16;

/**
 * Long texts that come again and again, such as environments: one that is kept costs a comparison of bytes, makes no
 * string, and its derived values (a hash, a class for the rules) are there already.
 */
export class TextTable {
  readonly #entries: (Entry | null)[] = Array.from({ length: places }, () => null);

  /** All bytes of parameter i as a byte string. */
  get(event: Event, i: number): string {
    const size = event.size(i);
    if (size > maxText || size < 4 * sampled) return event.raw(i);
    const start = event.starts[i]!;
    const place = placeOf(event.view, start, size);
    const known = this.#entries[place]!;
    if (known !== null && known.bytes.length === size && isEqual(event.bytes, start, known.bytes)) return known.text;
    const text = event.raw(i);
    this.#entries[place] = { bytes: Buffer.from(event.bytes.subarray(start, start + size)), text };
    return text;
  }
}

function isEqual(bytes: Buffer, start: number, known: Buffer): boolean {
  return bytes.compare(known, 0, known.length, start, start + known.length) === 0;
}

function placeOf(view: DataView, start: number, size: number): number {
  let hash = size;
  const tail = start + size - 4 * sampled;
  const step = Math.floor((size - 4) / sampled);
  for (let i = 0; i < sampled; i++) {
    hash = Math.imul(hash ^ view.getUint32(tail + 4 * i, true), 0x9e3779b1);
    hash = Math.imul(hash ^ view.getUint32(start + i * step, true), 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  return (hash ^ (hash >>> 8)) & (places - 1);
}
