import type { FieldRef, Operand, TransformerArg, TransformerCall } from '../lang/ast.ts';
import { operandText } from '../lang/print.ts';
import { type ArgType, type TransformerFunction, transformers } from '../lang/transformers.ts';
import {
  type BoundField,
  type EventGetter,
  FieldArgumentError,
  type FieldTable,
  type Getter,
  type Scalar,
  type Value,
} from '../model/field.ts';
import type { Machine } from '../model/machine.ts';
import type { BoundOperand } from './bound.ts';

/** A part of a condition or output that does not fit the fields. Thrown inside the binder only. */
export class BindFailure extends Error {
  readonly #help: string | (() => string | undefined) | undefined;

  /** @param help a function is called only when the failure is told: outputs try many texts, and similar names are dear. */
  constructor(message: string, help?: string | (() => string | undefined)) {
    super(message);
    this.#help = help;
  }

  get help(): string | undefined {
    return typeof this.#help === 'function' ? this.#help() : this.#help;
  }
}

/** A bound operand with what only the rules about types need. */
export interface TypedOperand {
  readonly bound: BoundOperand;
  /** Of the field itself or the innermost one. */
  readonly name: string;
  readonly noRhs: boolean;
}

/** An argument of a transformer: an operand, or a constant of the text. */
interface TypedArg {
  readonly type: ArgType;
  /** undefined: a constant. */
  readonly getter: Getter | undefined;
  /** The fields that it reads. */
  readonly reads: readonly BoundField[];
  readonly noRhs: boolean;
  readonly noTransformer: boolean;
}

/** @throws BindFailure */
export function bindFieldOrTransformer(operand: Operand, table: FieldTable): TypedOperand {
  return operand.kind === 'field' ? bindField(operand, table) : bindTransformer(operand, table);
}

function bindField(ref: FieldRef, table: FieldTable): TypedOperand {
  const field = lookUp(ref, table);
  if (field === undefined || (field.spec.arg === undefined && ref.arg !== undefined)) {
    throw new BindFailure(`filter_check called with nonexistent field ${operandText(ref)}`, () => {
      if (field !== undefined) return `${ref.name} takes no argument`;
      return similarText(table.suggest(ref.name).filter((name) => name !== ref.name));
    });
  }
  const bound: BoundOperand = {
    text: operandText(ref),
    type: field.type,
    list: field.spec.list ?? false,
    getter: field.getter,
    field,
  };
  return { bound, name: field.name, noRhs: field.spec.noRhs ?? false };
}

function lookUp(ref: FieldRef, table: FieldTable): BoundField | undefined {
  try {
    return table.bind(ref.name, ref.arg);
  } catch (error) {
    if (!(error instanceof FieldArgumentError)) throw error;
    throw new BindFailure(`filter error: ${operandText(ref)}: ${error.message}`);
  }
}

function similarText(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  return `did you mean ${names.slice(0, 3).join(', ')}?`;
}

function bindTransformer(call: TransformerCall, table: FieldTable): TypedOperand {
  const spec = transformers.get(call.name);
  if (spec === undefined) throw new BindFailure(`filter error: unknown transformer '${call.name}'`);
  const args = call.args.map((arg) => bindArg(arg, table));
  // Those that take several arguments take any field.
  const refuses = spec.maxArgs === 1 ? args.find((arg) => arg.noTransformer) : undefined;
  if (refuses !== undefined) throw new BindFailure(`field '${refuses.type.text}' does not support transformers`);
  if (args.length < spec.minArgs || args.length > spec.maxArgs) {
    const wanted = spec.minArgs === spec.maxArgs ? `exactly ${spec.minArgs}` : `at least ${spec.minArgs}`;
    throw new BindFailure(`filter error: ${call.name}() requires ${wanted} argument${spec.minArgs === 1 ? '' : 's'}`);
  }
  if (call.selector !== undefined && !spec.selector) {
    throw new BindFailure(`filter error: transformer '${call.name}' does not support field arguments`);
  }
  const types = args.map((arg) => arg.type);
  const result = spec.result(types, call.selector);
  if (typeof result === 'string') throw new BindFailure(result);
  const getter = compose(args, spec.make(types, call.selector));
  const reads = args.flatMap((arg) => arg.reads);
  const bound = { text: operandText(call), type: result.type, list: result.list, getter, field: undefined, reads };
  const single = args.length === 1 ? args[0] : undefined;
  return { bound, name: single?.type.text ?? call.name, noRhs: single?.noRhs ?? false };
}

function bindArg(arg: TransformerArg, table: FieldTable): TypedArg {
  if (arg.kind === 'text') return constantArg(arg.value, 'CHARBUF');
  if (arg.kind === 'list') return listArg(arg.items, table);
  const { bound, name, noRhs } = bindFieldOrTransformer(arg, table);
  return {
    type: { text: name, type: bound.type, list: bound.list, constant: undefined },
    getter: bound.getter,
    reads: bound.field === undefined ? (bound.reads ?? []) : [bound.field],
    noRhs,
    noTransformer: bound.field?.spec.noTransformer ?? false,
  };
}

function constantArg(value: Value, type: ArgType['type']): TypedArg {
  return {
    type: { text: 'text', type, list: Array.isArray(value), constant: value },
    getter: undefined,
    reads: [],
    noRhs: false,
    noTransformer: false,
  };
}

/** `(a.b, "text", c.d)`: the values of all one behind the other, numbers as text. */
function listArg(items: readonly TransformerArg[], table: FieldTable): TypedArg {
  const args = items.map((item) => bindArg(item, table));
  const constants = args.map((arg) => arg.type.constant);
  if (constants.every((value) => typeof value === 'string')) return constantArg(constants, 'CHARBUF');
  return {
    type: { text: 'list', type: 'CHARBUF', list: true, constant: undefined },
    getter: compose(args, flatten),
    reads: args.flatMap((arg) => arg.reads),
    noRhs: false,
    noTransformer: false,
  };
}

function flatten(values: readonly (Value | null)[]): Value | null {
  const texts: string[] = [];
  for (const value of values) {
    if (value === null) return null;
    const parts = Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
    for (const part of parts) texts.push(typeof part === 'string' ? part : String(part));
  }
  return texts;
}

type Read<S> = (subject: S, machine: Machine) => Value | null;

/** The getter of a function over arguments. Its scope is the one that all of them share, else the event. */
function compose(args: readonly TypedArg[], combine: TransformerFunction): Getter {
  const scopes = new Set(args.flatMap((arg) => (arg.getter === undefined ? [] : [arg.getter.scope])));
  const scope = scopes.size === 1 ? [...scopes][0]! : 'event';
  switch (scope) {
    case 'thread':
      return { scope, get: overArgs(args, combine, (getter) => (getter.scope === 'thread' ? getter.get : undefined)) };
    case 'fd':
      return { scope, get: overArgs(args, combine, (getter) => (getter.scope === 'fd' ? getter.get : undefined)) };
    case 'event':
      return { scope, get: overArgs(args, combine, eventReader) };
  }
}

/** Any getter as one that starts from the event. */
export function eventReader(getter: Getter): EventGetter {
  switch (getter.scope) {
    case 'thread':
      return (event, machine) => (event.thread === null ? null : getter.get(event.thread, machine));
    case 'fd':
      return (event, machine) => (event.fd === null ? null : getter.get(event.fd, machine));
    case 'event':
      return getter.get;
  }
}

function overArgs<S>(
  args: readonly TypedArg[],
  combine: TransformerFunction,
  read: (getter: Getter) => Read<S> | undefined,
): Read<S> {
  const readers = args.map((arg) => (arg.getter === undefined ? undefined : read(arg.getter)));
  // One array for all calls: the functions take values out of it and keep none of it.
  const values: (Value | null)[] = args.map((arg) => arg.type.constant ?? null);
  return (subject, machine) => {
    for (let i = 0; i < readers.length; i++) {
      const reader = readers[i];
      if (reader !== undefined) values[i] = reader(subject, machine);
    }
    return combine(values);
  };
}
