import * as v from 'valibot';

/** What every component says of itself. */
export interface Doc {
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly since: string;
  readonly stability: 'stable' | 'beta' | 'deprecated';
}

export type Schema = v.GenericSchema;
export type In<S extends Schema> = v.InferInput<S>;
export type Out<S extends Schema> = v.InferOutput<S>;

function doc<S extends v.GenericSchema>(schema: S, about: string) {
  return v.pipe(schema, v.description(about));
}

// The description is a mandatory argument: an option without documentation can't exist.
export const object = v.strictObject;
export const text = (about: string) => doc(v.string(), about);
export const textOr = (fallback: string, about: string) => doc(v.optional(v.string(), fallback), about);
export const secret = (about: string) => doc(v.pipe(v.string(), v.metadata({ secret: true })), about);
export const flag = (fallback: boolean, about: string) => doc(v.optional(v.boolean(), fallback), about);
export const count = (fallback: number, about: string) =>
  doc(v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), fallback), about);
export const textMap = (about: string) => doc(v.record(v.string(), v.string()), about);
// Keys of outputs mostly need not be set: which of them turn an output on, its `isEnabled` says.
export const secretOr = (fallback: string, about: string) =>
  doc(v.optional(v.pipe(v.string(), v.metadata({ secret: true })), fallback), about);
export const integer = (fallback: number, least: number, most: number, about: string) =>
  doc(v.optional(v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most)), fallback), about);
export const choice = <const W extends readonly string[]>(words: W, fallback: NoInfer<W[number]>, about: string) =>
  doc(v.optional(v.picklist(words), fallback), about);
export const textList = (about: string, fallback: readonly string[] = []) =>
  doc(v.optional(v.array(v.string()), [...fallback]), about);
export const textMapOr = (fallback: Readonly<Record<string, string>>, about: string) =>
  doc(v.optional(v.record(v.string(), v.string()), { ...fallback }), about);
/** Names and values of which the values are secret: headers of a request. */
export const secretMap = (about: string) =>
  doc(v.optional(v.pipe(v.record(v.string(), v.string()), v.metadata({ secret: true })), {}), about);
export const parse = v.safeParse;

/** How an option is written. The environment has lists as `a,b` and records as `a:b,c:d`. */
type OptionKind = 'string' | 'boolean' | 'number' | 'array' | 'record' | 'picklist';

/** An option of a component, for people and for those who read it from a file. */
export interface OptionDoc {
  readonly name: string;
  readonly about: string;
  readonly kind: OptionKind;
  /** Of a picklist. */
  readonly words?: readonly string[];
  /** Completes "expected ...". */
  readonly expects: string;
  /** undefined: it has to be given. */
  readonly fallback: string | number | boolean | readonly string[] | Readonly<Record<string, string>> | undefined;
  readonly secret: boolean;
}

const expectations: Readonly<Record<OptionKind, string>> = {
  string: 'a text',
  boolean: 'true or false',
  number: 'an integer',
  array: 'a list of texts',
  record: 'names with a text each',
  picklist: 'one of',
};

/** What valibot's schemas have besides what their common type says. */
interface Inner {
  readonly type: string;
  readonly entries?: v.ObjectEntries;
  readonly wrapped?: Schema;
  readonly options?: readonly string[];
  readonly pipe?: readonly { readonly type: string; readonly requirement?: unknown }[];
}

function bound(inner: Inner, type: string): number | undefined {
  const found = inner.pipe?.find((item) => item.type === type)?.requirement;
  return typeof found === 'number' ? found : undefined;
}

function expectation(kind: OptionKind, inner: Inner): string {
  if (kind === 'picklist') return `${expectations.picklist} ${(inner.options ?? []).join(', ')}`;
  if (kind !== 'number') return expectations[kind];
  const [least, most] = [bound(inner, 'min_value'), bound(inner, 'max_value')];
  const to = most === undefined || most >= Number.MAX_SAFE_INTEGER ? 'on' : `to ${most}`;
  return least === undefined ? expectations.number : `${expectations.number} from ${least} ${to}`;
}

/** The options that a component's `config` has, in its order. */
export function optionDocs(config: Schema): OptionDoc[] {
  const entries = (config as unknown as Inner).entries ?? {};
  return Object.entries(entries).map(([name, schema]) => {
    // An optional value's own schema, with its bounds and marks, lies inside.
    const wrapped = schema.type === 'optional' ? (schema as unknown as Inner).wrapped! : schema;
    const inner = wrapped as unknown as Inner;
    const kind = inner.type as OptionKind;
    const fallback = v.getDefault(schema) as OptionDoc['fallback'];
    const secret = v.getMetadata(schema)['secret'] === true || v.getMetadata(wrapped)['secret'] === true;
    const about = v.getDescription(schema) ?? '';
    const words = inner.options === undefined ? {} : { words: inner.options };
    return { name, about, kind, ...words, expects: expectation(kind, inner), fallback, secret };
  });
}
