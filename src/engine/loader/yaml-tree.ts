import { createRequire } from 'node:module';
import type * as yaml from 'yaml';
import { decodeBytes, encodeBytes } from '../../base/utf8.ts';
import { Marker, type OffsetMarker } from './yaml-marker.ts';
import { type Mark, nullTexts, type YamlEntry, type YamlNode } from './yaml-node.ts';
import { PlainItems } from './yaml-plain.ts';
import { isTolerated, problemOffset, problemText, startsDocument, tabMessage, tooDeep } from './yaml-problems.ts';
import { withoutZeros } from './yaml-source.ts';
import { badEscape, tabBehindPlain, tabInBlock } from './yaml-strict.ts';

const load = createRequire(import.meta.url);

/** Read when a file has something that the reader of plain items does not know: most have not, and it is large. */
function library(): typeof yaml {
  return load('yaml') as typeof yaml;
}

const fileStart: Mark = { offset: 0, line: 0, column: 0 };

interface YamlProblem {
  readonly message: string;
  readonly mark: Mark;
}

export interface YamlFile {
  /** The documents up to the first problem. */
  readonly documents: readonly YamlNode[];
  readonly problem: YamlProblem | undefined;
  /** Tolerated by the field's parser, but surely not meant. */
  readonly oddities: readonly YamlProblem[];
}

/** Bounds that no sensible file meets: what lies beyond is refused with a clear message. */
export interface YamlLimits {
  readonly bytes: number;
  readonly nodes: number;
  readonly depth: number;
}

const yamlLimits: YamlLimits = { bytes: 64 * 1024 * 1024, nodes: 4_000_000, depth: 100 };

/** Reads all documents of a YAML file. */
export function readYaml(text: string, limits: YamlLimits = yamlLimits): YamlFile {
  return read(text, limits, readDocuments);
}

/** The same by the library alone: what the fast reader is held against. */
export function readYamlByLibrary(text: string): YamlFile {
  return read(text, yamlLimits, readWhole);
}

function read(text: string, limits: YamlLimits, reader: typeof readWhole): YamlFile {
  if (text.length > limits.bytes) {
    const message = `the file is larger than ${limits.bytes} bytes; split it`;
    return { documents: [], problem: { message, mark: fileStart }, oddities: [] };
  }
  try {
    return reader(text, limits);
  } catch (error) {
    if (error instanceof YamlFailure) return { documents: [], problem: error.problem, oddities: [] };
    if (!(error instanceof RangeError)) throw error;
    return { documents: [], problem: { message: tooDeep, mark: fileStart }, oddities: [] };
  }
}

function readDocuments(text: string, limits: YamlLimits): YamlFile {
  if (text.includes('\0')) return readWithZeros(text, limits);
  const document = readItems(text, limits);
  if (document !== undefined) return { documents: [document], problem: undefined, oddities: [] };
  return readWhole(text, limits);
}

function readWithZeros(text: string, limits: YamlLimits): YamlFile {
  const source = withoutZeros(text, library());
  const file = readWhole(source.text, limits);
  if (source.zero === undefined) return file;
  // The field's parser has read one more character by then.
  const mark = new Marker(text).at(source.zero + 2);
  if (file.problem !== undefined && file.problem.mark.offset + 2 < mark.offset) return file;
  return { documents: [], problem: { message: 'a zero byte outside of quotes', mark }, oddities: [] };
}

/** Files that are cut into documents where no line says so are cut only this often. */
const maxCuts = 20;

function readWhole(text: string, limits: YamlLimits): YamlFile {
  const marker = new Marker(text);
  const file = { documents: [] as YamlNode[], oddities: [] as YamlProblem[] };
  const budget = { left: limits.nodes };
  let start = 0;
  for (let cuts = 0; ; cuts++) {
    const error = readPart(text.slice(start), marker.from(start), limits, budget, file);
    if (error === undefined) return { ...file, problem: undefined };
    const part = text.slice(start);
    if (cuts >= maxCuts || !startsDocument(error, part)) {
      const mark = marker.at(start + problemOffset(error, part));
      return { ...file, problem: { message: problemText(error, part), mark } };
    }
    const cut = error.pos[0];
    const problem = readPart(part.slice(0, cut), marker.from(start), limits, budget, file);
    if (problem !== undefined) {
      const mark = marker.at(start + problemOffset(problem, part));
      return { ...file, problem: { message: problemText(problem, part), mark } };
    }
    start += cut;
  }
}

/** A mark of a document, or a directive. */
const documentLine = /^(?:---|\.\.\.|%)/m;

/**
 * The items of a text without any mistake that is one sequence, its dashes in the first column, one by one. Those that
 * the fast reader does not know are parsed one by one too: the trees of the YAML parser take fifty times the memory of
 * their text. A cut within something else (a text in quotes, brackets) leaves an item with a mistake.
 */
export class YamlItems {
  /** Where the first item begins; undefined: none was read yet. */
  start: Mark | undefined;
  /** The text has another form, or a mistake: what was read of it is void, {@link readYaml} tells. */
  isOther: boolean;
  readonly #limits: YamlLimits;
  readonly #budget: { left: number };
  readonly #anchors: Anchors = new Map();
  readonly #reader: PlainItems;

  constructor(text: string, limits: YamlLimits = yamlLimits) {
    this.isOther = text.length > limits.bytes || text.includes('\0') || documentLine.test(text);
    this.#limits = limits;
    this.#budget = { left: limits.nodes - 1 };
    this.#reader = new PlainItems(this.isOther ? '' : encodeBytes(text), this.#budget);
  }

  /** The next item; undefined: there is none, or `isOther`. */
  next(): YamlNode | undefined {
    const mark = this.isOther ? undefined : this.#reader.next();
    const item = mark === undefined ? undefined : this.#read(mark);
    this.isOther ||= this.start === undefined || (mark !== undefined && item === undefined);
    return item;
  }

  #read(mark: Mark): YamlNode | undefined {
    if (!this.#reader.isItem) return undefined;
    this.start ??= mark;
    try {
      const plain = this.#reader.read();
      const item =
        plain ?? parsedItem(decodeBytes(this.#reader.pass()), mark, this.#limits, this.#budget, this.#anchors);
      return this.#budget.left < 0 ? undefined : item;
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }
}

function readItems(text: string, limits: YamlLimits): YamlNode | undefined {
  const reader = new YamlItems(text, limits);
  const items: YamlNode[] = [];
  for (let item = reader.next(); item !== undefined; item = reader.next()) items.push(item);
  return reader.isOther ? undefined : { kind: 'seq', mark: reader.start!, items };
}

/** The item that a piece of the text consists of. @param start of the piece. */
function parsedItem(
  piece: string,
  start: Mark,
  limits: YamlLimits,
  budget: { left: number },
  anchors: Anchors,
): YamlNode | undefined {
  const [document, ...others] = parsedDocuments(piece);
  if (document === undefined || others.length > 0 || document.errors.length > 0) return undefined;
  const marker = new Marker(piece, start).from(0);
  // The sequence counts once.
  budget.left++;
  const node = built(() => new TreeBuilder(piece, marker, limits, budget, anchors).node(document.contents, 0));
  return node?.kind === 'seq' && node.items.length === 1 ? node.items[0] : undefined;
}

/** undefined: it can't be built. */
function built(build: () => YamlNode): YamlNode | undefined {
  try {
    return build();
  } catch (error) {
    if (error instanceof YamlFailure) return undefined;
    throw error;
  }
}

function parsedDocuments(text: string): readonly yaml.Document.Parsed[] {
  const parsed = library().parseAllDocuments(text, {
    schema: 'failsafe',
    strict: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    merge: false,
  });
  return Array.isArray(parsed) ? parsed : [];
}

/** Adds the documents of a text up to its first mistake, which is returned. */
function readPart(
  text: string,
  marker: OffsetMarker,
  limits: YamlLimits,
  budget: { left: number },
  into: { documents: YamlNode[]; oddities: YamlProblem[] },
): yaml.YAMLParseError | undefined {
  const parsed = parsedDocuments(text);
  // Nothing is taken of a text that has a mistake where it may be cut: it is read again then.
  const cut = parsed.flatMap(({ errors }) => errors).find((error) => startsDocument(error, text));
  if (cut !== undefined) return cut;
  for (const document of parsed) {
    for (const error of document.errors) {
      if (!isTolerated(error, text)) return error;
      into.oddities.push({ message: problemText(error, text), mark: marker(problemOffset(error, text)) });
    }
    into.documents.push(new TreeBuilder(text, marker, limits, budget, new Map()).node(document.contents, 0));
  }
  return undefined;
}

class YamlFailure extends Error {
  readonly problem: YamlProblem;

  constructor(problem: YamlProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** An anchor whose node is still being built has undefined. `size` counts nodes, those behind aliases too. */
type Anchors = Map<string, { readonly node: YamlNode; readonly size: number } | undefined>;

/** No column that lines have to lie behind. */
const anywhere = -2;

class TreeBuilder {
  readonly #yaml = library();
  readonly #text: string;
  readonly #marker: OffsetMarker;
  readonly #limits: YamlLimits;
  readonly #budget: { left: number };
  readonly #anchors: Anchors;
  readonly #hasTabs: boolean;

  /** @param anchors of the same document, before this part of it. */
  constructor(text: string, marker: OffsetMarker, limits: YamlLimits, budget: { left: number }, anchors: Anchors) {
    this.#text = text;
    this.#marker = marker;
    this.#limits = limits;
    this.#budget = budget;
    this.#anchors = anchors;
    this.#hasTabs = /^ *\t/m.test(text);
  }

  /** @param column of the block that it belongs to; within brackets, where lines may lie anywhere, {@link anywhere}. */
  node(source: unknown, offset: number, depth: number = 0, column: number = -1): YamlNode {
    const start = this.#start(source, offset);
    const mark = this.#marker(start);
    const before = this.#budget.left;
    this.#spend(1, mark);
    if (depth > this.#limits.depth) this.#fail(`the file is nested deeper than ${this.#limits.depth} levels`, mark);
    if (this.#yaml.isAlias(source)) return this.#alias(source.source, mark);
    const anchor = this.#yaml.isScalar(source) || this.#yaml.isCollection(source) ? source.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const node = this.#build(source, mark, start, depth, column);
    if (anchor !== undefined) this.#anchors.set(anchor, { node, size: before - this.#budget.left });
    return node;
  }

  /** Where a node starts: at its anchor; an empty one where what follows it does. */
  #start(source: unknown, offset: number): number {
    const start = rangeStart(source) ?? offset;
    if (this.#yaml.isScalar(source) && source.source === '' && source.type === 'PLAIN')
      return nextToken(this.#text, start);
    const anchor = this.#yaml.isScalar(source) || this.#yaml.isCollection(source) ? source.anchor : undefined;
    const at = anchor === undefined ? -1 : this.#text.lastIndexOf(`&${anchor}`, start);
    return at < 0 ? start : at;
  }

  #spend(nodes: number, mark: Mark): void {
    this.#budget.left -= nodes;
    if (this.#budget.left >= 0) return;
    this.#fail(`the file has more than ${this.#limits.nodes} YAML nodes, counted with its aliases; split it`, mark);
  }

  /** An alias is the very node of its anchor, but counts as a copy: whoever reads the tree visits it as often. */
  #alias(name: string, mark: Mark): YamlNode {
    const anchored = this.#anchors.get(name);
    if (anchored !== undefined) {
      this.#spend(anchored.size, mark);
      return anchored.node;
    }
    const reason = this.#anchors.has(name) ? 'lies within itself' : 'is not defined before';
    return this.#fail(`the anchor of alias *${name} ${reason}`, mark);
  }

  #build(source: unknown, mark: Mark, start: number, depth: number, column: number): YamlNode {
    if (this.#yaml.isCollection(source)) {
      const inner = source.flow === true || column === anywhere ? anywhere : mark.column;
      if (this.#yaml.isSeq(source)) {
        return { kind: 'seq', mark, items: source.items.map((item) => this.node(item, start, depth + 1, inner)) };
      }
      return { kind: 'map', mark, entries: source.items.map((pair) => this.#entry(pair, start, depth, inner)) };
    }
    if (!this.#yaml.isScalar(source)) return { kind: 'null', mark };
    this.#requireReadable(source, column);
    const value = typeof source.value === 'string' ? source.value : '';
    if (source.type === 'PLAIN' && nullTexts.has(value)) return { kind: 'null', mark };
    return { kind: 'scalar', mark, value: encodeBytes(value) };
  }

  /** Refuses what the library takes and the field's parser does not. */
  #requireReadable(source: yaml.Scalar, column: number): void {
    const [start, end] = source.range ?? [0, 0];
    if (source.type === 'QUOTE_DOUBLE') {
      const bad = badEscape(this.#text.slice(start, end));
      if (bad !== undefined) this.#fail('the escape stands for no character', this.#marker(start + bad));
    } else if (this.#hasTabs && column !== anywhere && source.type !== 'QUOTE_SINGLE') {
      const isPlain = source.type === 'PLAIN';
      const tab = isPlain ? tabBehindPlain(this.#text, end, column + 1) : tabInBlock(this.#text, start, column + 1);
      if (tab !== undefined) this.#fail(tabMessage, this.#marker(tab));
    }
  }

  #entry(pair: unknown, start: number, depth: number, column: number): YamlEntry {
    const { key: keySource, value: valueSource } = this.#yaml.isPair(pair) ? pair : { key: pair, value: null };
    const keyNode = this.node(keySource, start, depth + 1, anywhere);
    const keyEnd = rangeStart(keySource) ?? start;
    const value = this.node(valueSource, keyEnd, depth + 1, column);
    if (keyNode.kind === 'seq' || keyNode.kind === 'map') this.#fail('a key is a list or a map', fileStart);
    return { key: keyNode.kind === 'scalar' ? keyNode.value : 'null', keyMark: keyNode.mark, value };
  }

  #fail(message: string, mark: Mark): never {
    throw new YamlFailure({ message, mark });
  }
}

/** The offset of what comes next behind blanks, lines and comments; the end of the text where nothing does. */
function nextToken(text: string, offset: number): number {
  let at = offset;
  while (at < text.length) {
    const char = text[at]!;
    if (char === '#' && (at === 0 || ' \t\n'.includes(text[at - 1]!))) {
      const end = text.indexOf('\n', at);
      if (end < 0) return text.length;
      at = end;
    } else if (!' \t\r\n'.includes(char)) {
      return at;
    }
    at++;
  }
  return at;
}

function rangeStart(source: unknown): number | undefined {
  if (source === null || typeof source !== 'object') return undefined;
  return (source as yaml.Node).range?.[0];
}
