import type { FieldRef } from './ast.ts';

/** From this length on, a part of a text is a view of it: JavaScript engines keep the whole text for it. */
const viewLength = 13;
/** Longer texts are copied in another way. */
const scratchLength = 4096;

/**
 * What many conditions have in common, kept once: texts, without the larger ones that they are parts of, and fields. Equal
 * literals in the copies and variants of rules are many.
 */
export class SharedParts {
  readonly #texts = new Map<string, string>();
  readonly #fields = new Map<string, FieldRef>();
  readonly #scratch = Buffer.allocUnsafe(scratchLength);

  /** An equal byte string of its own. */
  text(part: string): string {
    const known = this.#texts.get(part);
    if (known !== undefined) return known;
    const own = part.length < viewLength ? part : this.#copy(part);
    this.#texts.set(own, own);
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
