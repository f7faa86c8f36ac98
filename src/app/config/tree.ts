import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
} from 'yaml';
import type { Position } from '../../model/diagnostic.ts';

interface Placed {
  readonly at: Position;
}

/** A value without parts, as text: what it means is for the key to say. null: nothing was written. */
interface ConfigScalar extends Placed {
  readonly kind: 'scalar';
  readonly text: string | null;
}

interface ConfigList extends Placed {
  readonly kind: 'list';
  readonly items: ConfigNode[];
}

/** A mapping of a configuration file; dotted names are taken apart. */
export interface ConfigMap extends Placed {
  readonly kind: 'map';
  readonly entries: Map<string, ConfigEntry>;
}

interface ConfigEntry {
  /** Where the key stands. */
  readonly at: Position;
  readonly value: ConfigNode;
}

/** A value of a configuration file, with its place. */
export type ConfigNode = ConfigScalar | ConfigList | ConfigMap;

interface TreeProblem {
  readonly at: Position;
  readonly message: string;
}

// An alias can repeat a part that holds aliases itself: without a bound a short file grows without end.
const maxNodes = 100_000;
const maxDepth = 64;

/** Reads YAML into a tree with positions. Problems of the text are returned, with as much of the tree as could be read. */
export function parseTree(
  text: string,
  file: string,
  value: (text: string) => string = (same) => same,
): { root: ConfigNode | undefined; problems: TreeProblem[] } {
  try {
    return readTree(text, file, value);
  } catch (error) {
    // The library follows nesting by recursion, and so do we: what is nested without end runs out of stack.
    if (!(error instanceof RangeError)) throw error;
    const at = { file, line: 0, column: 0, offset: 0 };
    return { root: undefined, problems: [{ at, message: `nested too deeply: at most ${maxDepth} levels are read` }] };
  }
}

function readTree(
  text: string,
  file: string,
  value: (text: string) => string,
): { root: ConfigNode | undefined; problems: TreeProblem[] } {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    schema: 'failsafe',
    // The parser compares every key with every other, and shows the line of every mistake: that takes the square of the size.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const builder = new TreeBuilder(file, lines, value);
  if ('empty' in documents) return { root: undefined, problems: [] };
  const [first, second] = documents;
  for (const document of documents) {
    for (const error of document.errors) builder.problem(error.pos[0], error.message);
  }
  if (second !== undefined) builder.problem(second.range[0], 'more than one YAML document; only the first is read');
  return { root: first && builder.root(first), problems: builder.problems };
}

/** What the aliases of a document stand for: each for the last node before it that has the anchor. */
function aliasTargets(document: Document.Parsed): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Value(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
    Alias(_, alias) {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
  });
  return targets;
}

class TreeBuilder {
  readonly problems: TreeProblem[] = [];
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #value: (text: string) => string;
  #aliases: ReadonlyMap<Alias, Node> = new Map();
  #count = 0;

  constructor(file: string, lines: LineCounter, value: (text: string) => string) {
    this.#file = file;
    this.#lines = lines;
    this.#value = value;
  }

  root(document: Document.Parsed): ConfigNode | undefined {
    if (!document.contents) return undefined;
    this.#aliases = aliasTargets(document);
    return this.#node(document.contents, 0);
  }

  problem(offset: number, message: string): void {
    this.problems.push({ at: this.#position(offset), message });
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(0, line - 1), column: Math.max(0, col - 1), offset };
  }

  #node(node: Node, depth: number): ConfigNode {
    const offset = node.range?.[0] ?? 0;
    const at = this.#position(offset);
    const empty: ConfigScalar = { kind: 'scalar', text: null, at };
    if (++this.#count > maxNodes || depth > maxDepth) {
      if (this.#count === maxNodes + 1 || depth === maxDepth + 1) this.problem(offset, 'too many or too deep values');
      return empty;
    }
    if (isAlias(node)) {
      const target = this.#aliases.get(node);
      if (target !== undefined) return this.#node(target, depth + 1);
      this.problem(offset, `unknown alias *${node.source}`);
      return empty;
    }
    if (isMap(node)) return this.#map(node.items as Pair<Node, Node | null>[], at, depth);
    if (isSeq(node)) {
      return { kind: 'list', at, items: node.items.map((item) => this.#node(item as Node, depth + 1)) };
    }
    return isScalar(node) ? this.#scalar(typeof node.value === 'string' ? node.value : '', node.type, at) : empty;
  }

  #scalar(text: string, type: string | undefined, at: Position): ConfigScalar {
    const isPlain = type === 'PLAIN' || type === undefined;
    if (isPlain && (text === '' || text === '~' || text === 'null')) return { kind: 'scalar', text: null, at };
    return { kind: 'scalar', text: this.#value(text), at };
  }

  #map(pairs: readonly Pair<Node, Node | null>[], at: Position, depth: number): ConfigMap {
    const entries = new Map<string, ConfigEntry>();
    for (const pair of pairs) {
      const keyAt = this.#position(pair.key.range?.[0] ?? 0);
      const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
      if (key === undefined) {
        this.problem(keyAt.offset, 'a key has to be a plain text');
        continue;
      }
      if (entries.has(key)) this.problem(keyAt.offset, 'Map keys must be unique');
      const value: ConfigNode =
        pair.value === null ? { kind: 'scalar', text: null, at: keyAt } : this.#node(pair.value, depth + 1);
      entries.set(key, { at: keyAt, value });
    }
    return { kind: 'map', at, entries };
  }
}

/** The tree as plain values; all scalars are texts. For handing a section on to others (a plugin's init_config). */
export function plainValue(node: ConfigNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.text;
    case 'list':
      return node.items.map(plainValue);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainValue(entry.value)]));
  }
}
