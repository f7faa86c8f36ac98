import { didYouMean } from '../base/suggest.ts';

/** An option of a command; its key in the command's table is its long name. */
export interface OptionSpec {
  readonly short?: string;
  /** Takes a value; this is what the help calls it. */
  readonly value?: string;
  /** The value may be left out; it then has to follow `=` where it is given. */
  readonly optionalValue?: boolean;
  /** May be given several times. */
  readonly repeat?: boolean;
  /** There is no long form: the key is a name for the program only. */
  readonly shortOnly?: boolean;
  readonly about: string;
}

export type Options = Readonly<Record<string, OptionSpec>>;

type ValueOf<S extends OptionSpec> = S extends { readonly value: string }
  ? S extends { readonly repeat: true }
    ? readonly string[]
    : string | undefined
  : boolean;

/** What was given, by the options' names. */
export type Values<O extends Options> = { readonly [K in keyof O]: ValueOf<O[K]> };

export interface Arguments<O extends Options> {
  readonly values: Values<O>;
  readonly positionals: readonly string[];
}

/** A command line that does not fit. The message is for the user; `help` says what to do. */
export class UsageError extends Error {
  readonly help: string | undefined;

  constructor(message: string, help?: string) {
    super(message);
    this.help = help;
  }
}

/**
 * Reads arguments as getopt_long does: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-abc`, and `--` before what
 * is no option.
 * @throws UsageError
 */
export function parseArguments<const O extends Options>(options: O, args: readonly string[]): Arguments<O> {
  const reader = new ArgumentReader(options, args);
  reader.read();
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(options)) {
    const given = reader.given.get(name);
    if (spec.value === undefined) values[name] = given !== undefined;
    else values[name] = spec.repeat === true ? (given ?? []) : given?.at(-1);
  }
  return { values: values as Values<O>, positionals: reader.positionals };
}

class ArgumentReader {
  readonly given = new Map<string, string[]>();
  readonly positionals: string[] = [];
  readonly #options: Options;
  readonly #args: readonly string[];
  #next = 0;

  constructor(options: Options, args: readonly string[]) {
    this.#options = options;
    this.#args = args;
  }

  read(): void {
    while (this.#next < this.#args.length) {
      const arg = this.#args[this.#next++]!;
      if (arg === '--') {
        this.positionals.push(...this.#args.slice(this.#next));
        return;
      }
      if (arg.startsWith('--')) this.#long(arg);
      else if (arg.startsWith('-') && arg !== '-') this.#short(arg);
      else this.positionals.push(arg);
    }
  }

  #long(arg: string): void {
    const equals = arg.indexOf('=');
    const name = arg.slice(2, equals < 0 ? undefined : equals);
    const spec = Object.hasOwn(this.#options, name) ? this.#options[name]! : undefined;
    if (spec === undefined || spec.shortOnly === true) throw this.#unknown(`--${name}`);
    if (equals >= 0 && spec.value === undefined) throw new UsageError(`option --${name} takes no value`);
    const value = equals < 0 ? undefined : arg.slice(equals + 1);
    this.#add(name, spec, `--${name}`, value);
  }

  #short(arg: string): void {
    for (let i = 1; i < arg.length; i++) {
      const letter = arg[i]!;
      const found = Object.entries(this.#options).find(([, spec]) => spec.short === letter);
      if (found === undefined) throw this.#unknown(i === 1 ? arg : `-${letter}`);
      const [name, spec] = found;
      const rest = arg.slice(i + 1);
      if (spec.value === undefined) {
        this.#add(name, spec, `-${letter}`, undefined);
        continue;
      }
      this.#add(name, spec, `-${letter}`, rest === '' ? undefined : rest);
      return;
    }
  }

  #add(name: string, spec: OptionSpec, written: string, attached: string | undefined): void {
    let value = attached ?? '';
    if (spec.value !== undefined && attached === undefined && spec.optionalValue !== true) {
      const next = this.#args[this.#next];
      if (next === undefined) throw new UsageError(`option ${written} needs a value: ${written} ${spec.value}`);
      this.#next++;
      value = next;
    }
    const before = this.given.get(name);
    if (before === undefined) this.given.set(name, [value]);
    else before.push(value);
  }

  #unknown(written: string): UsageError {
    const names = Object.entries(this.#options).flatMap(([name, spec]) => (spec.shortOnly ? [] : [`--${name}`]));
    return new UsageError(`unknown option ${written}`, didYouMean(written, names));
  }
}

/** Seconds of `90`, `90s`, `5m`, `2h`. @throws UsageError */
export function parseSeconds(text: string, option: string): number {
  const match = /^([0-9]+(?:\.[0-9]+)?)(s|m|h)?$/.exec(text);
  if (match === null) throw new UsageError(`${option} is '${text}', expected a time`, 'e.g. 90, 90s, 5m or 2h');
  const units = { s: 1, m: 60, h: 3600 };
  return Number(match[1]) * units[(match[2] ?? 's') as keyof typeof units];
}

/** One of some words. @throws UsageError */
export function parseChoice<const W extends string>(text: string, words: readonly W[], option: string): W {
  const word = words.find((item) => item === text.toLowerCase());
  if (word === undefined) {
    throw new UsageError(`${option} is '${text}', expected one of ${words.join(', ')}`, didYouMean(text, words));
  }
  return word;
}
