/** Tokens of a compiled pattern: a byte, or one of these; sets follow from {@link firstSet}. */
const anyByte = 256;
const star = 257;
const firstSet = 258;

/** A map: patterns may name what every object has. */
const asciiClasses: ReadonlyMap<string, (byte: number) => boolean> = new Map(
  Object.entries<(byte: number) => boolean>({
    alpha: (b) => isBetween(b | 32, 97, 122),
    digit: (b) => isBetween(b, 48, 57),
    alnum: (b) => isBetween(b | 32, 97, 122) || isBetween(b, 48, 57),
    upper: (b) => isBetween(b, 65, 90),
    lower: (b) => isBetween(b, 97, 122),
    space: (b) => b === 32 || isBetween(b, 9, 13),
    blank: (b) => b === 32 || b === 9,
    punct: (b) => isBetween(b, 33, 126) && !isBetween(b | 32, 97, 122) && !isBetween(b, 48, 57),
    print: (b) => isBetween(b, 32, 126),
    graph: (b) => isBetween(b, 33, 126),
    cntrl: (b) => b < 32 || b === 127,
    xdigit: (b) => isBetween(b, 48, 57) || isBetween(b | 32, 97, 102),
  }),
);

function isBetween(byte: number, low: number, high: number): boolean {
  return byte >= low && byte <= high;
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

/** ASCII letters of a byte string in lower case; other bytes as they are (String.toLowerCase would change some). */
export function lowerAscii(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i);
    if (byte >= 65 && byte <= 90) return text.replace(/[A-Z]+/g, (run) => run.toLowerCase());
  }
  return text;
}

interface ByteSet {
  readonly members: Uint8Array;
  /** Offset behind the closing bracket. */
  readonly end: number;
}

/** One member of a bracket expression, escapes undone; undefined where the pattern ends too early. */
function member(pattern: string, at: number): { byte: number; next: number } | undefined {
  const isEscape = pattern[at] === '\\';
  const place = isEscape ? at + 1 : at;
  if (place >= pattern.length) return undefined;
  return { byte: pattern.charCodeAt(place) & 0xff, next: place + 1 };
}

/** What is known of a pattern while its brackets are read: without it, brackets that never end take the square of its length. */
class BracketNotes {
  readonly pattern: string;
  /** From here on, within brackets, no bracket ends them. */
  readonly endless = new Set<number>();
  /** The first end of a class at or behind the place that was asked for last. */
  #classEnd = -1;
  #askedFrom = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  /** The first `:]` at or behind a place; -1: none. */
  classEnd(from: number): number {
    const isKnown = from >= this.#askedFrom && (this.#classEnd >= from || (this.#classEnd < 0 && this.#askedFrom > 0));
    if (isKnown) return this.#classEnd;
    this.#askedFrom = from;
    this.#classEnd = this.pattern.indexOf(':]', from);
    return this.#classEnd;
  }
}

/** Longer than the names of all classes. */
const maxClassName = 16;

/** `[:alpha:]` at `at`: adds its bytes (a class of another name has none) and gives the offset behind it; -1: none. */
function addClass(notes: BracketNotes, at: number, members: Uint8Array): number {
  const close = notes.classEnd(at + 2);
  if (close < 0) return -1;
  const test = close - at > maxClassName ? undefined : asciiClasses.get(notes.pattern.slice(at + 2, close));
  if (test !== undefined) for (let byte = 0; byte < 256; byte++) if (test(byte)) members[byte] = 1;
  return close + 2;
}

/** Parses the bracket expression that opens at `at`; undefined where it is none, so that `[` stands for itself. */
function parseSet(notes: BracketNotes, at: number, fold: boolean): ByteSet | undefined {
  const { pattern } = notes;
  const members = new Uint8Array(256);
  // Classes look at the byte itself even where case is ignored, as the C library does.
  const classes = new Uint8Array(256);
  const places: number[] = [];
  function never(): undefined {
    for (const place of places) notes.endless.add(place);
  }
  let i = at + 1;
  const negated = pattern[i] === '!' || pattern[i] === '^';
  if (negated) i++;
  for (let isFirst = true; isFirst || pattern[i] !== ']'; isFirst = false) {
    if (i >= pattern.length || (!isFirst && notes.endless.has(i))) return never();
    if (!isFirst) places.push(i);
    if (pattern.startsWith('[:', i)) {
      const end = addClass(notes, i, classes);
      if (end >= 0) {
        i = end;
        continue;
      }
    }
    const low = member(pattern, i);
    if (low === undefined) return never();
    i = low.next;
    let high = low;
    if (pattern[i] === '-' && i + 1 < pattern.length && pattern[i + 1] !== ']') {
      const end = member(pattern, i + 1);
      if (end === undefined) return never();
      high = end;
      i = end.next;
    }
    const from = fold ? lower(low.byte) : low.byte;
    const to = fold ? lower(high.byte) : high.byte;
    for (let byte = from; byte <= to; byte++) members[byte] = 1;
  }
  const accepted = Uint8Array.from(classes, (inClass, byte) => {
    const isMember = inClass === 1 || members[fold ? lower(byte) : byte] === 1;
    return isMember === negated ? 0 : 1;
  });
  return { members: accepted, end: i + 1 };
}

/**
 * A shell pattern as fnmatch(3) without flags understands it in the C locale: `*` and `?` match every byte, `/` and
 * leading dots included; brackets with ranges, classes and negation; backslash takes the next byte as it is.
 */
export class Glob {
  readonly #tokens: Int32Array;
  readonly #sets: readonly Uint8Array[];
  readonly #fold: boolean;
  /** A backslash as the last byte matches nothing. */
  readonly #impossible: boolean;

  /** @param fold whether ASCII case is ignored. */
  constructor(pattern: string, fold: boolean) {
    const tokens: number[] = [];
    const sets: Uint8Array[] = [];
    const notes = new BracketNotes(pattern);
    let impossible = false;
    for (let i = 0; i < pattern.length; ) {
      const char = pattern[i]!;
      const set = char === '[' ? parseSet(notes, i, fold) : undefined;
      if (set !== undefined) {
        tokens.push(firstSet + sets.length);
        sets.push(set.members);
        i = set.end;
        continue;
      }
      if (char === '*') {
        if (tokens.at(-1) !== star) tokens.push(star);
      } else if (char === '?') {
        tokens.push(anyByte);
      } else {
        if (char === '\\') i++;
        if (i >= pattern.length) impossible = true;
        else tokens.push(fold ? lower(pattern.charCodeAt(i) & 0xff) : pattern.charCodeAt(i) & 0xff);
      }
      i++;
    }
    this.#tokens = Int32Array.from(tokens);
    this.#sets = sets;
    this.#fold = fold;
    this.#impossible = impossible;
  }

  #accepts(token: number, byte: number): boolean {
    if (token < anyByte) return token === (this.#fold ? lower(byte) : byte);
    return token === anyByte || (token >= firstSet && this.#sets[token - firstSet]![byte] === 1);
  }

  /** Whether all of a byte string matches. Time: at most its length times the pattern's. */
  matches(text: string): boolean {
    if (this.#impossible) return false;
    const tokens = this.#tokens;
    let t = 0;
    let i = 0;
    let starToken = -1;
    let starAt = 0;
    while (i < text.length) {
      const byte = text.charCodeAt(i) & 0xff;
      if (t < tokens.length && tokens[t] === star) {
        starToken = t++;
        starAt = i;
      } else if (t < tokens.length && this.#accepts(tokens[t]!, byte)) {
        t++;
        i++;
      } else if (starToken >= 0) {
        t = starToken + 1;
        i = ++starAt;
      } else {
        return false;
      }
    }
    while (t < tokens.length && tokens[t] === star) t++;
    return t === tokens.length;
  }
}

/** The longest run of bytes that every text matching the pattern contains; '' where there is none. */
export function requiredText(pattern: string): string {
  let best = '';
  let run = '';
  const notes = new BracketNotes(pattern);
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    const set = char === '[' ? parseSet(notes, i, false) : undefined;
    if (char === '*' || char === '?' || set !== undefined) {
      if (run.length > best.length) best = run;
      run = '';
      if (set !== undefined) i = set.end - 1;
    } else {
      if (char === '\\') i++;
      run += pattern[i] ?? '';
    }
  }
  return run.length > best.length ? run : best;
}
