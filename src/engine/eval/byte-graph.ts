const noIds: readonly number[] = [];

/**
 * Texts byte by byte, with ids of what to report: when the text was read (passes) or when the value ends there (ends).
 * Linked, it finds them anywhere in a value (Aho and Corasick: Efficient string matching, 1975).
 */
export class ByteGraph {
  /** node * 256 + byte -> node. */
  readonly #edges = new Map<number, number>();
  readonly #parents: number[] = [0];
  readonly #bytes: number[] = [0];
  readonly #passes = new Map<number, number[]>();
  readonly #ends = new Map<number, number[]>();
  /** Where the longest proper end of a node's text is the beginning of another text. */
  #links: Int32Array | undefined;

  addPass(text: string, id: number): void {
    addTo(this.#passes, this.#node(text), id);
  }

  addEnd(text: string, id: number): void {
    addTo(this.#ends, this.#node(text), id);
  }

  #node(text: string): number {
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      const byte = text.charCodeAt(i) & 0xff;
      let next = this.#edges.get(node * 256 + byte);
      if (next === undefined) {
        next = this.#parents.length;
        this.#parents.push(node);
        this.#bytes.push(byte);
        this.#edges.set(node * 256 + byte, next);
      }
      node = next;
    }
    return node;
  }

  /** The bytes that occur in the texts. */
  get bytes(): ReadonlySet<number> {
    return new Set(this.#bytes.slice(1));
  }

  /** Makes it find the texts anywhere; no more of them can be added. */
  link(): void {
    const links = new Int32Array(this.#parents.length);
    this.#links = links;
    for (const node of this.#byDepth()) {
      const parent = this.#parents[node]!;
      links[node] = parent === 0 ? 0 : this.successor(links[parent]!, this.#bytes[node]!);
      inherit(this.#passes, node, links[node]!);
      inherit(this.#ends, node, links[node]!);
    }
  }

  /** All nodes but the root, those nearer to it first. */
  #byDepth(): number[] {
    const depths = new Int32Array(this.#parents.length);
    // A node has a higher number than its parent.
    for (let node = 1; node < depths.length; node++) depths[node] = depths[this.#parents[node]!]! + 1;
    const nodes = Array.from({ length: depths.length - 1 }, (_, i) => i + 1);
    return nodes.sort((a, b) => depths[a]! - depths[b]!);
  }

  /** The node behind one more byte; -1: none. */
  child(node: number, byte: number): number {
    return this.#edges.get(node * 256 + byte) ?? -1;
  }

  /** Of a linked graph: the node behind one more byte of a value that the texts are looked for in. */
  successor(node: number, byte: number): number {
    const links = this.#links!;
    for (let at = node; ; at = links[at]!) {
      const next = this.#edges.get(at * 256 + byte);
      if (next !== undefined) return next;
      if (at === 0) return 0;
    }
  }

  /** The byte that led to a node. */
  byteTo(node: number): number {
    return this.#bytes[node]!;
  }

  passes(node: number): readonly number[] {
    return this.#passes.get(node) ?? noIds;
  }

  ends(node: number): readonly number[] {
    return this.#ends.get(node) ?? noIds;
  }
}

function addTo(ids: Map<number, number[]>, node: number, id: number): void {
  const own = ids.get(node);
  if (own === undefined) ids.set(node, [id]);
  else own.push(id);
}

function inherit(ids: Map<number, number[]>, node: number, from: number): void {
  const other = ids.get(from);
  if (other !== undefined) ids.set(node, [...(ids.get(node) ?? []), ...other]);
}
