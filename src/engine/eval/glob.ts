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

/** A part of a bracket expression: from one byte to another, or those of a class. */
interface Member {
  readonly low: number;
  readonly high: number;
  readonly test?: (byte: number) => boolean;
  /** What is not matched up to here is matched by nothing: a class of no known name, a range without end. */
  readonly isBad?: boolean;
  readonly next: number;
}

const bracket = 91;

/** `[:name:]`, `[=x=]` or `[.x.]` at `at`; undefined where it is none of them, so that `[` is a member like others. */
function namedMember(pattern: string, at: number): Member | undefined {
  const kind = pattern[at + 1];
  if (kind === ':') {
    // `z` is in no name; the C library leaves it out, too.
    let close = at + 2;
    while (pattern[close]! >= 'a' && pattern[close]! < 'z') close++;
    if (!pattern.startsWith(':]', close)) return undefined;
    const test = close - at > maxClassName ? undefined : asciiClasses.get(pattern.slice(at + 2, close));
    const none = { low: 1, high: 0, next: close + 2 };
    return test === undefined ? { ...none, isBad: true } : { ...none, test };
  }
  if (kind !== '=' && kind !== '.') return undefined;
  if (pattern.startsWith(`${kind}]`, at + 3)) {
    const byte = pattern.charCodeAt(at + 2) & 0xff;
    return { low: byte, high: byte, test: (other) => other === byte, next: at + 5 };
  }
  if (kind === '=') return undefined;
  const close = pattern.indexOf('.]', at + 2);
  return { low: 1, high: 0, isBad: true, next: close < 0 ? pattern.length : close + 2 };
}

/** One byte of a bracket expression, escapes undone; undefined where the pattern ends too early. */
function memberByte(pattern: string, at: number): { byte: number; next: number } | undefined {
  const place = pattern[at] === '\\' ? at + 1 : at;
  if (place >= pattern.length) return undefined;
  return { byte: pattern.charCodeAt(place) & 0xff, next: place + 1 };
}

function member(pattern: string, at: number): Member | undefined {
  const named = pattern[at] === '[' ? namedMember(pattern, at) : undefined;
  if (named !== undefined) return named;
  const low = memberByte(pattern, at);
  if (low === undefined) return undefined;
  const { byte, next } = low;
  if (pattern[next] !== '-' || pattern[next + 1] === ']') return { low: byte, high: byte, next };
  if (next + 1 === pattern.length) return { low: byte, high: byte, isBad: true, next: next + 1 };
  const high = memberByte(pattern, next + 1);
  return high && { low: byte, high: high.byte, next: high.next };
}

/** Longer than the names of all classes. */
const maxClassName = 16;

/**
 * What is known of brackets that never end, by place: whether an opening bracket read as itself can match when what
 * lies from there on is looked through. Without it, such brackets take the square of the pattern's length.
 */
type EndlessPlaces = Map<number, boolean>;

/**
 * The bracket expression that opens at `at`. `literal`: it never ends, `[` stands for itself. `bad`: it never ends, and a
 * class of no known name keeps everything from matching.
 */
function parseSet(pattern: string, at: number, fold: boolean, endless: EndlessPlaces): ByteSet | 'literal' | 'bad' {
  const passed: { readonly at: number; readonly part: Member }[] = [];
  function never(matches: boolean): 'literal' | 'bad' {
    let isMatching = matches;
    for (const { at: place, part } of passed.reverse()) {
      if (part.isBad) isMatching = false;
      if (part.low <= bracket && bracket <= part.high) isMatching = true;
      else if (part.test?.(bracket)) isMatching = true;
      endless.set(place, isMatching);
    }
    return isMatching ? 'literal' : 'bad';
  }
  const negated = pattern[at + 1] === '!' || pattern[at + 1] === '^';
  const first = negated ? at + 2 : at + 1;
  let i = first;
  for (; i === first || pattern[i] !== ']'; ) {
    if (i >= pattern.length) return never(true);
    const known = i === first ? undefined : endless.get(i);
    if (known !== undefined) return never(known);
    const part = member(pattern, i);
    if (part === undefined) return never(true);
    passed.push({ at: i, part });
    i = part.next;
  }
  return {
    members: acceptedBytes(
      passed.map(({ part }) => part),
      negated,
      fold,
    ),
    end: i + 1,
  };
}

function acceptedBytes(parts: readonly Member[], negated: boolean, fold: boolean): Uint8Array {
  const members = new Uint8Array(256);
  // Classes look at the byte itself even where case is ignored, as the C library does.
  const classes = new Uint8Array(256);
  const bad = parts.findIndex((part) => part.isBad);
  for (const part of bad < 0 ? parts : parts.slice(0, bad)) {
    if (part.test === undefined) addRange(members, part, fold);
    else for (let byte = 0; byte < 256; byte++) if (part.test(byte)) classes[byte] = 1;
  }
  return classes.map((inClass, byte) => {
    const isMember = inClass === 1 || members[fold ? lower(byte) : byte] === 1;
    // Behind a bad member nothing more is looked at: what has not matched before does not match.
    return isMember !== negated && !(bad >= 0 && negated) ? 1 : 0;
  });
}

function addRange(members: Uint8Array, { low, high }: Member, fold: boolean): void {
  const from = fold ? lower(low) : low;
  const to = fold ? lower(high) : high;
  for (let byte = from; byte <= to; byte++) members[byte] = 1;
}

/**
 * A shell pattern as fnmatch(3) without flags understands it in the C locale: `*` and `?` match every byte, `/` and
 * leading dots included; brackets with ranges, classes and negation; backslash takes the next byte as it is.
 */
export class Glob {
  readonly #tokens: Int32Array;
  readonly #sets: readonly Uint8Array[];
  readonly #fold: boolean;
  /** A backslash as the last byte matches nothing, nor does a class of no known name that never ends. */
  readonly #impossible: boolean;

  /** @param fold whether ASCII case is ignored. */
  constructor(pattern: string, fold: boolean) {
    const tokens: number[] = [];
    const sets: Uint8Array[] = [];
    const endless: EndlessPlaces = new Map();
    let impossible = false;
    for (let i = 0; i < pattern.length; ) {
      const char = pattern[i]!;
      const set = char === '[' ? parseSet(pattern, i, fold, endless) : 'literal';
      if (set === 'bad') {
        impossible = true;
        break;
      }
      if (typeof set === 'object') {
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
  const endless: EndlessPlaces = new Map();
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    const set = char === '[' ? parseSet(pattern, i, false, endless) : undefined;
    if (set === 'bad') break;
    if (char === '*' || char === '?' || typeof set === 'object') {
      if (run.length > best.length) best = run;
      run = '';
      if (typeof set === 'object') i = set.end - 1;
    } else {
      if (char === '\\') i++;
      run += pattern[i] ?? '';
    }
  }
  return run.length > best.length ? run : best;
}
