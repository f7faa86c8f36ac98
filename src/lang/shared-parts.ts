import type { FieldRef } from './ast.ts';

/** From this length on, a part of a text is a view of it: JavaScript engines keep the whole text for it. */
const viewLength = 13;
/** Longer texts are copied in another way. */
const scratchLength = 4096;
/** Texts that are known at one time, by the last bits of their hashes. Equal ones mostly stand near each other. */
const places = 1 << 15;

/**
 * What many conditions have in common, kept once: texts, without the larger ones that they are parts of, and fields.
 */
export class SharedParts {
  readonly #texts = Array.from({ length: places }, () => '');
  readonly #fields = new Map<string, FieldRef>();
  readonly #scratch = Buffer.allocUnsafe(scratchLength);

  /** An equal byte string that is no part of another one; mostly the same one for equal parts. */
  text(part: string): string {
    let hash = 0;
    for (let i = 0; i < part.length; i++) hash = Math.imul(hash ^ part.charCodeAt(i), 0x01000193);
    const place = (hash ^ (hash >>> 15)) & (places - 1);
    const known = this.#texts[place];
    if (known === part) return known;
    const own = part.length < viewLength ? part : this.#copy(part);
    this.#texts[place] = own;
    return own;
  }

  #copy(part: string): string {
    if (part.length > scratchLength) return Buffer.from(part, 'latin1').latin1Slice();
    return this.#scratch.latin1Slice(0, this.#scratch.latin1Write(part));
  }

  field(name: string, arg: string | undefined): FieldRef {
    if (arg !== undefined) return { kind: 'field', name: this.text(name), arg: this.text(arg) };
    const known = this.#fields.get(name);
    if (known !== undefined) return known;
    const field: FieldRef = { kind: 'field', name: this.text(name), arg };
    this.#fields.set(field.name, field);
    return field;
  }
}
