import type { ConfigNode } from './tree.ts';

/** Says where in the configuration something is wrong. */
export interface Reporter {
  /** Falco refuses to start: so does Saker. */
  error(node: ConfigNode, message: string, help?: string): void;
  /** Falco goes on, with the default. */
  warning(node: ConfigNode, message: string, help?: string): void;
}

/** How a key's value is read. */
export interface ValueType<T> {
  /** Completes "expected ...": `true or false`. */
  readonly expects: string;
  /** Whether a value that does not fit stops the start; else it is reported and the default taken. */
  readonly strict: (node: ConfigNode) => boolean;
  /** A key without a value is read as this text: so Falco does, but it matters for choices only. */
  readonly none?: string;
  /** undefined: the value does not fit (the caller reports that), or its parts were reported already. */
  readonly read: (node: ConfigNode, reporter: Reporter) => T | undefined;
  /** Reports its own problems, with their places within the value. */
  readonly isComposite: boolean;
}

const never = () => false;
const always = () => true;

function isScalar(node: ConfigNode): boolean {
  return node.kind === 'scalar';
}

function isList(node: ConfigNode): boolean {
  return node.kind === 'list';
}

function scalarType<T>(expects: string, strict: boolean, convert: (text: string) => T | undefined): ValueType<T> {
  return {
    expects,
    strict: strict ? isScalar : never,
    isComposite: false,
    read: (node) => (node.kind === 'scalar' && node.text !== null ? convert(node.text) : undefined),
  };
}

const trueWords = new Set(['true', 'yes', 'on', 'y']);
const falseWords = new Set(['false', 'no', 'off', 'n']);
const wordCase = /^(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)$/;

/** Truth, in the spellings of YAML 1.1. */
export const bool: ValueType<boolean> = scalarType('true or false', false, (text) => {
  const word = wordCase.test(text) ? text.toLowerCase() : '';
  if (trueWords.has(word)) return true;
  return falseWords.has(word) ? false : undefined;
});

/** Text as it stands. */
export const text: ValueType<string> = scalarType('a text', false, (value) => value);

/** An unsigned integer, decimal or 0x hexadecimal. */
export function integer(min: number, max: number, strict: boolean = false): ValueType<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `an integer from ${min} on` : `an integer from ${min} to ${max}`;
  return scalarType(range, strict, (value) => {
    if (!/^\s*[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)\s*$/.test(value)) return undefined;
    const number = Number(value);
    return Number.isSafeInteger(number) && number >= min && number <= max ? number : undefined;
  });
}

/** A whole number that is not negative. */
export const count: ValueType<number> = integer(0, Number.MAX_SAFE_INTEGER);
/** A whole number of 32 bits, not negative. */
export const u32: ValueType<number> = integer(0, 0xffffffff);

/** A number from `min` to `max`, with or without decimals. @param strict another number is an error, not the default */
export function decimal(min: number, max: number, strict: boolean): ValueType<number> {
  const range = max === Number.POSITIVE_INFINITY ? `a number from ${min} on` : `a number from ${min} to ${max}`;
  const type = scalarType(range, false, (value) => {
    const number = numberOf(value);
    return number >= min && number <= max ? number : undefined;
  });
  return strict
    ? { ...type, strict: (node) => node.kind === 'scalar' && !Number.isNaN(numberOf(node.text ?? '')) }
    : type;
}

function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** One of some words, in any case where `anyCase`. */
export function choice<const W extends string>(
  words: readonly W[],
  options: { strict: boolean; anyCase?: boolean },
): ValueType<W> {
  const type = scalarType(`one of ${words.join(', ')}`, options.strict, (value) =>
    words.find((word) => word === value || (options.anyCase === true && word === value.toLowerCase())),
  );
  return { ...type, none: 'null' };
}

/** A list of texts; a single text counts as a list of one. */
export const textList: ValueType<readonly string[]> = {
  expects: 'a list of texts',
  strict: isList,
  isComposite: false,
  read: (node) => {
    if (node.kind === 'scalar') return node.text === null ? [] : [node.text];
    if (node.kind !== 'list') return undefined;
    const texts: string[] = [];
    for (const item of node.items) {
      if (item.kind !== 'scalar') return undefined;
      if (item.text !== null) texts.push(item.text);
    }
    return texts;
  },
};

/** A list of some of the words. @param strict another word is an error, not the default */
export function listOf<const W extends string>(words: readonly W[], strict: boolean): ValueType<readonly W[]> {
  return {
    expects: `a list of ${words.join(', ')}`,
    strict: strict ? always : never,
    isComposite: false,
    read: (node, reporter) => {
      const texts = textList.read(node, reporter);
      const found = texts?.map((value) => words.find((word) => word === value));
      return found?.every((word) => word !== undefined) ? found : undefined;
    },
  };
}

/** Texts by name. */
export const textMap: ValueType<Readonly<Record<string, string>>> = {
  expects: 'names with a text each',
  strict: never,
  isComposite: false,
  read: (node) => {
    if (node.kind !== 'map') return undefined;
    const texts: [string, string][] = [];
    for (const [key, entry] of node.entries) {
      if (entry.value.kind !== 'scalar') return undefined;
      texts.push([key, entry.value.text ?? '']);
    }
    return Object.fromEntries(texts);
  },
};

/** A value with parts, read by `read`, which reports what is wrong with them. */
export function composite<T>(
  expects: string,
  strict: boolean,
  read: (node: ConfigNode, reporter: Reporter) => T | undefined,
): ValueType<T> {
  return { expects, strict: strict ? always : never, read, isComposite: true };
}
