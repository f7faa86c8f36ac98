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
  /** A value that does not fit stops the start; else it is reported and the default taken. */
  readonly strict: boolean;
  /** undefined: the value does not fit (the caller reports that), or its parts were reported already. */
  readonly read: (node: ConfigNode, reporter: Reporter) => T | undefined;
  /** Reports its own problems, with their places within the value. */
  readonly isComposite: boolean;
}

function scalarType<T>(expects: string, strict: boolean, convert: (text: string) => T | undefined): ValueType<T> {
  return {
    expects,
    strict,
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

/** A number from `min` to `max`, with or without decimals. @param strict another value is an error, not the default */
export function decimal(min: number, max: number, strict: boolean): ValueType<number> {
  const range = max === Number.POSITIVE_INFINITY ? `a number from ${min} on` : `a number from ${min} to ${max}`;
  return scalarType(range, strict, (value) => {
    const number = value.trim() === '' ? Number.NaN : Number(value);
    return number >= min && number <= max ? number : undefined;
  });
}

/** One of some words, in any case where `anyCase`. */
export function choice<const W extends string>(
  words: readonly W[],
  options: { strict: boolean; anyCase?: boolean },
): ValueType<W> {
  return scalarType(`one of ${words.join(', ')}`, options.strict, (value) =>
    words.find((word) => word === value || (options.anyCase === true && word === value.toLowerCase())),
  );
}

/** A list of texts; a single text counts as a list of one. */
export const textList: ValueType<readonly string[]> = {
  expects: 'a list of texts',
  strict: false,
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
    strict,
    isComposite: false,
    read: (node, reporter) => {
      const texts = textList.read(node, reporter);
      const found = texts?.map((value) => words.find((word) => word === value.toLowerCase()));
      return found?.every((word) => word !== undefined) ? found : undefined;
    },
  };
}

/** Texts by name. */
export const textMap: ValueType<Readonly<Record<string, string>>> = {
  expects: 'names with a text each',
  strict: false,
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
  return { expects, strict, read, isComposite: true };
}
