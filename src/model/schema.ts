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
export const parse = v.safeParse;

/** An option of a component, for people. */
export interface OptionDoc {
  readonly name: string;
  readonly about: string;
  /** Completes "expected ...". */
  readonly expects: string;
  /** undefined: it has to be given. */
  readonly fallback: string | number | boolean | undefined;
  readonly secret: boolean;
}

const expectations: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  number: 'an integer from 0 on',
  record: 'names with a text each',
};

/** The options that a component's `config` has, in its order. */
export function optionDocs(config: Schema): OptionDoc[] {
  const entries = (config as unknown as { readonly entries?: v.ObjectEntries }).entries ?? {};
  return Object.entries(entries).map(([name, schema]) => {
    const wrapped = schema.type === 'optional' ? (schema as unknown as { wrapped: Schema }).wrapped : schema;
    return {
      name,
      about: v.getDescription(schema) ?? '',
      expects: expectations[wrapped.type] ?? wrapped.type,
      fallback: v.getDefault(schema) as OptionDoc['fallback'],
      secret: v.getMetadata(schema)['secret'] === true,
    };
  });
}
