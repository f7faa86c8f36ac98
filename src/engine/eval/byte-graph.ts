const noIds: readonly number[] = [];
const none = -1;
const firstId = 3;

/**
 * Texts byte by byte, with ids of what to report: when the text was read (passes) or when the value ends there (ends).
 * Linked, it finds them anywhere in a value (Aho and Corasick: Efficient string matching, 1975).
 * Large sets of rules make hundreds of thousands of nodes, so these are places in arrays of numbers.
 */
export class ByteGraph {
  #size = 1;
  #parents = new Int32Array(16);
  #bytes = new Uint8Array(16);
  /** The last node made behind a node, and the one made before it behind the same node; 0: none. */
  #children = new Int32Array(16);
  #siblings = new Int32Array(16);
  readonly #passes = new IdsByNode();
  readonly #ends = new IdsByNode();
  /** Where the longest proper end of a node's text is the beginning of another text. */
  #links: Int32Array | undefined;

  addPass(text: string, id: number): void {
    this.#passes.add(this.#node(text), id);
  }

  addEnd(text: string, id: number): void {
    this.#ends.add(this.#node(text), id);
  }

  #node(text: string): number {
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      const byte = text.charCodeAt(i) & 0xff;
      const next = this.child(node, byte);
      node = next < 0 ? this.#add(node, byte) : next;
    }
    return node;
  }

  #add(parent: number, byte: number): number {
    const node = this.#size++;
    if (node >= this.#parents.length) {
      this.#parents = longer(this.#parents);
      this.#children = longer(this.#children);
      this.#siblings = longer(this.#siblings);
      const bytes = new Uint8Array(this.#parents.length);
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    this.#parents[node] = parent;
    this.#bytes[node] = byte;
    this.#siblings[node] = this.#children[parent]!;
    this.#children[parent] = node;
    return node;
  }

  /** The bytes that occur in the texts. */
  get bytes(): ReadonlySet<number> {
    return new Set(this.#bytes.subarray(1, this.#size));
  }

  /** Makes it find the texts anywhere; no more of them can be added. */
  link(): void {
    const links = new Int32Array(this.#size);
    this.#links = links;
    for (const node of this.#byDepth()) {
      const parent = this.#parents[node]!;
      links[node] = parent === 0 ? 0 : this.successor(links[parent]!, this.#bytes[node]!);
      this.#passes.inherit(node, links[node]!);
      this.#ends.inherit(node, links[node]!);
    }
  }

  /** All nodes but the root, those nearer to it first. */
  #byDepth(): Int32Array {
    const nodes = new Int32Array(this.#size);
    let count = 1;
    for (let i = 0; i < count; i++) {
      for (let child = this.#children[nodes[i]!]!; child > 0; child = this.#siblings[child]!) nodes[count++] = child;
    }
    return nodes.subarray(1);
  }

  /** The node behind one more byte; -1: none. */
  child(node: number, byte: number): number {
    for (let at = this.#children[node]!; at > 0; at = this.#siblings[at]!) if (this.#bytes[at] === byte) return at;
    return none;
  }

  /** Of a linked graph: the node behind one more byte of a value that the texts are looked for in. */
  successor(node: number, byte: number): number {
    const links = this.#links!;
    for (let at = node; ; at = links[at]!) {
      const next = this.child(at, byte);
      if (next >= 0) return next;
      if (at === 0) return 0;
    }
  }

  /** The byte that led to a node. */
  byteTo(node: number): number {
    return this.#bytes[node]!;
  }

  passes(node: number): readonly number[] {
    return this.#passes.of(node);
  }

  ends(node: number): readonly number[] {
    return this.#ends.of(node);
  }
}

function longer(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const result = new Int32Array(2 * numbers.length);
  result.set(numbers);
  return result;
}

/** Ids of nodes, most of which have none or one. */
class IdsByNode {
  /** The only id of a node (from -1 on) plus {@link firstId}; 0: none, 1: there are several. */
  #single = new Int32Array(0);
  readonly #several = new Map<number, number[]>();

  add(node: number, id: number): void {
    while (node >= this.#single.length)
      this.#single = this.#single.length === 0 ? new Int32Array(16) : longer(this.#single);
    const before = this.#single[node]!;
    if (before === 0) {
      this.#single[node] = id + firstId;
      return;
    }
    if (before > 1) this.#several.set(node, [before - firstId]);
    this.#single[node] = 1;
    this.#several.get(node)!.push(id);
  }

  inherit(node: number, from: number): void {
    for (const id of this.of(from)) this.add(node, id);
  }

  of(node: number): readonly number[] {
    const single = this.#single[node] ?? 0;
    if (single === 0) return noIds;
    return single === 1 ? this.#several.get(node)! : [single - firstId];
  }
}
