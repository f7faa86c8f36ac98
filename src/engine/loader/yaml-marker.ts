import type { Mark } from './yaml-node.ts';

/** The mark of an offset in a text. */
export type OffsetMarker = (offset: number) => Mark;

/** Turns offsets in a text into marks, which count bytes. */
export class Marker {
  readonly #text: string;
  readonly #lineStarts: number[] = [0];
  readonly #ascii: boolean;
  readonly #base: Mark;

  /** @param base where the text begins: at the start of a line. */
  constructor(text: string, base: Mark = { offset: 0, line: 0, column: 0 }) {
    this.#text = text;
    this.#base = base;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
    this.#ascii = !/[^\0-\x7f]/.test(text);
  }

  /** Marks of offsets that count from a start. */
  from(start: number): OffsetMarker {
    return (offset) => this.at(start + offset);
  }

  at(offset: number): Mark {
    const line = this.#lineOf(offset);
    const lineStart = this.#lineStarts[line]!;
    const { offset: baseOffset, line: baseLine } = this.#base;
    if (this.#ascii) return { offset: baseOffset + offset, line: baseLine + line, column: offset - lineStart };
    const column = Buffer.byteLength(this.#text.slice(lineStart, offset));
    return { offset: baseOffset + this.#byteStart(line) + column, line: baseLine + line, column };
  }

  #lineOf(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #byteStarts: number[] | undefined;

  #byteStart(line: number): number {
    if (this.#byteStarts === undefined) {
      let bytes = 0;
      this.#byteStarts = this.#lineStarts.map((start, index) => {
        const before = bytes;
        bytes += Buffer.byteLength(this.#text.slice(start, this.#lineStarts[index + 1]));
        return before;
      });
    }
    return this.#byteStarts[line]!;
  }
}
