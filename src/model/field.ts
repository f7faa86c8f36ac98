import type { Event } from './event.ts';
import type { EventInfo, ParamInfo } from './event-table.ts';
import type { Fd } from './fd.ts';
import type { Machine } from './machine.ts';
import type { Thread } from './thread.ts';

/** Types of field values, by the names of the rule language's reference. */
export type FieldType =
  | 'CHARBUF'
  | 'BYTEBUF'
  | 'UINT32'
  | 'UINT64'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'BOOL'
  | 'DOUBLE'
  | 'RELTIME'
  | 'ABSTIME'
  | 'PORT'
  | 'IPADDR'
  | 'IPNET'
  | 'DYN';

/** Text and addresses are byte strings; integers are numbers up to 2^53 and bigints beyond. */
export type Scalar = string | number | bigint | boolean;
export type Value = Scalar | readonly Scalar[];

interface ValueOf {
  CHARBUF: string;
  BYTEBUF: string;
  UINT32: number;
  UINT64: number | bigint;
  INT16: number;
  INT32: number;
  INT64: number | bigint;
  BOOL: boolean;
  DOUBLE: number;
  RELTIME: number | bigint;
  ABSTIME: bigint;
  PORT: number;
  IPADDR: string;
  IPNET: string;
  DYN: Scalar;
}

/**
 * What a field's value depends on, which decides when rules have to look at it again (docs/architecture.md):
 * - thread: on the thread, its process, ancestors, user and container only, as long as `Thread.ruleClass` stays;
 * - fd: on the descriptor object only;
 * - event: on anything else: parameters, time, numbers of descriptors, counters.
 */
export type Scope = 'thread' | 'fd' | 'event';

export type ThreadGetter<V = Value> = (thread: Thread, machine: Machine) => V | null;
export type FdGetter<V = Value> = (fd: Fd, machine: Machine) => V | null;
export type EventGetter<V = Value> = (event: Event, machine: Machine) => V | null;
/**
 * Parts of a descriptor: the name (`path`), addresses with ports and layer 4 protocol (`address`; the machine's own
 * addresses count with it), the state (`flags`), `openFlags`, device and inode (`inode`), the ends of a Unix socket (`unix`).
 */
export type FdPart = 'path' | 'address' | 'flags' | 'openFlags' | 'inode' | 'unix';

/** null: the field has no value. */
export type Getter =
  | { readonly scope: 'thread'; readonly get: ThreadGetter }
  | { readonly scope: 'fd'; readonly get: FdGetter }
  | { readonly scope: 'event'; readonly get: EventGetter };

/** How an output wants values: as JSON or as text, byte buffers as base64 or with dots for what can't be printed. */
export interface ShowOptions {
  readonly json: boolean;
  readonly base64: boolean;
}

/** What a field has besides type, summary and getter. */
export interface FieldOptions {
  /** How integers print: DEC (default), HEX, OCT or 10_PADDED_DEC. */
  readonly format?: ParamInfo['format'];
  readonly list?: boolean;
  readonly filterOnly?: boolean;
  readonly printOnly?: boolean;
  readonly noRhs?: boolean;
  readonly noTransformer?: boolean;
  readonly hidden?: boolean;
  readonly deprecated?: boolean;
  /** Added to every output by append_output's suggested_output. */
  readonly suggested?: boolean;
  /**
   * Fields of scope thread: the value comes from what a container engine, Kubernetes or the container's accounts say, and
   * from nothing of the thread but `containerId`, `cgroups`, `uid`, `gid` and `loginuid`. When live that may be known only
   * some time after the event: alerts and conditions wait for it.
   */
  readonly ofContainer?: boolean;
  /**
   * Comparisons without argument look at several values instead of the printed one (all ancestors, both ends of a
   * connection): the check holds when it holds for any of them; with `negation: 'all'`, `!=` when all differ.
   */
  readonly compareEach?: ThreadGetter<readonly Scalar[]> | FdGetter<readonly Scalar[]>;
  readonly negation?: 'any' | 'all';
  /** Comparisons with a number as argument look at the values of `compareEach`, too. */
  readonly eachByNumber?: boolean;
  /** `= n` holds for values up to n, and `=` is the only operator (evt.around). */
  readonly equalsMeansAtMost?: boolean;
  /** What outputs show where that is not what rules compare (times of day, buffers); undefined: the value itself. */
  readonly shown?: (arg: string | undefined, how: ShowOptions) => EventGetter | undefined;
  /** Whether events of this type can give the field a value; absent: all can. Lets the compiler leave rules out. */
  readonly possible?: (info: EventInfo, arg: string | undefined) => boolean;
  /**
   * The value that all events of this type have (evt.type, evt.dir and the like; null: none has one), undefined where it
   * differs from event to event. Lets the compiler decide checks per event type instead of per event.
   */
  readonly ofType?: (info: EventInfo, arg: string | undefined) => Value | null | undefined;
  /**
   * What conditions can't do with the field, in the field's own words: `operators` is the type that no operator but exists
   * takes, `values` why no value can be compared with it.
   */
  readonly refusal?: (
    arg: string | undefined,
  ) => { readonly operators: string } | { readonly values: string } | undefined;
  /** The field always has a value, a number, and never one below this (evt.num: 1). */
  readonly least?: number;
  /**
   * Fields of scope fd: what the value is made from, besides the descriptor's type and whether it is there (fdFlags.absent); absent: from anything.
   * Checks on fields that need no more than `path` and `address` (fd.name, fd.directory, fd.filename, fd.sip, ...) are
   * judged once per name and type, not once per descriptor: for a descriptor without addresses the value must then
   * be the same whenever these two and the path are.
   */
  readonly from?: readonly FdPart[];
  /**
   * Fields of scope thread whose value is a text that has to be made: what it is made from, if that is cheaper to have.
   * Equal keys have to mean equal values, so that the checks on the field are judged once per key.
   */
  readonly key?: (thread: Thread) => Scalar;
  /**
   * Fields of scope event: the parameter that the value comes from in events of a type, so that rules can look at its
   * bytes instead of a text made of them. Where the parameter is missing or empty they ask the field.
   */
  readonly param?: (info: EventInfo, arg: string | undefined) => ParamSource | undefined;
}

/**
 * What a field's value is made of: the bytes of a parameter up to their first NUL (`text`); the same, but only where they
 * begin with a slash (`path`); or anything that follows from them as an unsigned number (`number`).
 */
export interface ParamSource {
  readonly index: number;
  readonly as: 'text' | 'path' | 'number';
}

/** The argument of a field: `proc.aname[2]`, `evt.arg.name`. */
export interface ArgSpec {
  /** Numbers are whole ones of 32 bits (or 64: wide); -1 is the same as none, where there may be none. */
  readonly kind: 'index' | 'key' | 'index-or-key';
  readonly required: boolean;
  readonly summary: string;
  /** Written behind a dot instead of in brackets (only), or as well as in brackets (also). */
  readonly dotted?: 'only' | 'also';
  /** In brackets it has to be a number, whatever it may be behind a dot. */
  readonly bracketsIndex?: true;
  readonly wide?: true;
  /** It can't have a blank in it. */
  readonly noBlank?: true;
}

/** A field: what it is called is its key in the class. Made by the functions below only. */
export interface FieldSpec extends FieldOptions {
  readonly type: FieldType;
  readonly scope: Scope;
  readonly summary: string;
  readonly arg: ArgSpec | undefined;
  /** The getter for one use of the field. @throws FieldArgumentError where the argument does not fit. */
  bind(arg: string | undefined): Getter;
  /** For fields whose type depends on the argument (evt.rawarg). */
  readonly typeOf?: (arg: string | undefined) => FieldType;
}

/** An argument that a field can't take; the message says why. */
export class FieldArgumentError extends Error {}

/** Fields that belong together, by their full names. */
export interface FieldClass<P extends string = string> {
  readonly id: string;
  /** First parts of the names: ['proc', 'thread']. */
  readonly prefixes: readonly P[];
  readonly summary: string;
  /** Event sources that have these fields; 'any': all. */
  readonly sources: readonly string[] | 'any';
  readonly fields: Readonly<Record<`${P}.${string}`, FieldSpec>>;
}

/** One folder src/fields/<id>/index.ts default-exports one of these. */
export function fieldClass<const P extends string>(spec: FieldClass<P>): FieldClass<P> {
  return spec;
}

/** A field of the event's thread; its value changes only when the thread's state does. */
export function threadField<const T extends FieldType>(
  type: T,
  summary: string,
  get: ThreadGetter<ValueOf[T] | readonly ValueOf[T][]>,
  options: FieldOptions = {},
): FieldSpec {
  return { ...options, type, scope: 'thread', summary, arg: undefined, bind: () => ({ scope: 'thread', get }) };
}

/** A field of the event's descriptor; its value changes only when the descriptor's state does. */
export function fdField<const T extends FieldType>(
  type: T,
  summary: string,
  get: FdGetter<ValueOf[T]>,
  options: FieldOptions = {},
): FieldSpec {
  return { ...options, type, scope: 'fd', summary, arg: undefined, bind: () => ({ scope: 'fd', get }) };
}

/** A field of the event itself: read anew for each. */
export function eventField<const T extends FieldType>(
  type: T,
  summary: string,
  get: EventGetter<ValueOf[T] | readonly ValueOf[T][]>,
  options: FieldOptions = {},
): FieldSpec {
  return { ...options, type, scope: 'event', summary, arg: undefined, bind: () => ({ scope: 'event', get }) };
}

/** A field that takes an argument in brackets (or, for evt.arg, behind a dot); bind makes the getter for it. */
export function threadFieldWith<const T extends FieldType>(
  type: T,
  summary: string,
  arg: ArgSpec,
  bind: (arg: string | undefined) => ThreadGetter<ValueOf[T] | readonly ValueOf[T][]>,
  options: FieldOptions = {},
): FieldSpec {
  return { ...options, type, scope: 'thread', summary, arg, bind: (text) => ({ scope: 'thread', get: bind(text) }) };
}

/** The same for a field of the event. */
export function eventFieldWith<const T extends FieldType>(
  type: T,
  summary: string,
  arg: ArgSpec,
  bind: (arg: string | undefined) => EventGetter<ValueOf[T] | readonly ValueOf[T][]>,
  options: FieldOptions & { typeOf?: (arg: string | undefined) => FieldType } = {},
): FieldSpec {
  return { ...options, type, scope: 'event', summary, arg, bind: (text) => ({ scope: 'event', get: bind(text) }) };
}

/** A field as a rule or an output names it, found in the classes of one event source. */
export interface BoundField {
  readonly name: string;
  /** What the field makes of it: numbers are in one spelling. */
  readonly arg: string | undefined;
  /** As written: name, with the argument in brackets or behind a dot. */
  readonly text: string;
  readonly spec: FieldSpec;
  readonly type: FieldType;
  readonly getter: Getter;
}

/** The fields of one event source. */
export interface FieldTable {
  readonly source: string;
  readonly classes: readonly FieldClass[];
  /** The field of a full name without argument; undefined where there is none. */
  find(name: string): FieldSpec | undefined;
  /**
   * Binds `name` with its argument; also `evt.arg.flags` and the like, where the last part is the argument.
   * @returns undefined for an unknown name. @throws FieldArgumentError
   */
  bind(name: string, arg: string | undefined): BoundField | undefined;
  /** Fields that outputs should show (FieldSpec.suggested). */
  readonly suggested: readonly string[];
  /** Names that look like the given one, best first. */
  suggest(name: string): string[];
}
