import type { Operand, TransformerArg } from '../lang/ast.ts';
import { parseOperand } from '../lang/parser.ts';
import type { Event } from '../model/event.ts';
import type { EventInfo } from '../model/event-table.ts';
import { type BoundField, type EventGetter, eventField, type FieldTable, type FieldType } from '../model/field.ts';
import { int32 } from '../model/field-argument.ts';
import { fieldShower } from '../model/format.ts';
import type { Machine } from '../model/machine.ts';
import { BindFailure, bindFieldOrTransformer, eventReader } from './bind-operand.ts';
import { isPossible } from './bound.ts';

/** A field that an output names, with its value as JSON shows it. */
export interface OutputField {
  /** Name and argument in one spelling: the key in output_fields. A byte string. */
  readonly text: string;
  readonly type: FieldType;
  /** Text is a byte string. null: no value. */
  readonly json: EventGetter;
  /** Made from nothing but the id of the thread's container: it can be read when the event is gone. */
  readonly isLate: boolean;
}

/** A rule's output, ready to be filled in. */
export interface OutputFormat {
  /** Each once, in the order of the text; those within transformers too. */
  readonly fields: readonly OutputField[];
  /** The output with its fields in place, as a byte string; `<NA>` where there is no value. */
  message(event: Event, machine: Machine): string;
  /**
   * The same in two steps: all but the late fields are read at once, these when the result is called, from an event whose
   * thread has the same container id.
   */
  draft(event: Event, machine: Machine): (later: Event, machine: Machine) => string;
}

/** Why a text is no output, and where: bytes from its start. */
export interface OutputProblem {
  /** In the field's own wording: tools compare it. */
  readonly message: string;
  readonly offset: number;
  /** What is wrong, for people. */
  readonly help: string;
  /** Behind this one. */
  readonly others?: readonly OutputProblem[];
}

const refusal = "unknown filter: unexpected token after '";

function problemAt(offset: number, help: string): OutputProblem {
  return { message: refusal, offset, help };
}

type CompiledOutput =
  | { readonly ok: true; readonly format: OutputFormat }
  | { readonly ok: false; readonly problem: OutputProblem };

interface OutputOptions {
  /** Data of reads and writes in base64 (buffer_format_base64). */
  readonly base64: boolean;
}

/** A piece of fixed text, or a value with the width it is cut and filled to (0: as it is). */
type Piece = string | { readonly text: EventGetter; readonly width: number; readonly isLate: boolean };

const missing = '<NA>';
// Deprecated: what it stood for is appended by the configuration. Rules in the field still have it.
const containerInfo = '%container.info';
const maxOperandLength = 1024;
// Longer than the name of any field with an argument behind a dot. The end of a name that has text right behind it is found
// by trying: a bound keeps that short.
const maxNameLength = 128;
/** Closing brackets that are tried as the end of a transformer. */
const maxBrackets = 16;
/** Wider ones are that wide. */
const maxWidth = 65_536;
/** Told of one output. */
const mostProblems = 20;

/**
 * Compiles an output: text with `%field`, `%field[argument]`, `%transformer(...)`; `%20field` cuts or fills the value to
 * 20 characters. A leading `*` says that missing values are fine: they always are.
 * @param output a byte string.
 */
export function compileOutput(output: string, table: FieldTable, options: OutputOptions): CompiledOutput {
  const compiler = new OutputCompiler(output.replaceAll(containerInfo, ''), table, options);
  const problem = compiler.compile();
  return problem === undefined ? { ok: true, format: compiler.format() } : { ok: false, problem };
}

/** What is wrong with an output; undefined: nothing. */
export function checkOutput(output: string, table: FieldTable): OutputProblem | undefined {
  if (output === '') return { message: 'empty formatting token', offset: 0, help: 'there is no text' };
  const compiled = compileOutput(output, table, { base64: false });
  return compiled.ok ? undefined : compiled.problem;
}

class OutputCompiler {
  readonly #nameChars = new RegExp(`[a-zA-Z0-9_.]{0,${maxNameLength}}`, 'y');
  readonly #digits = /[0-9]*/y;
  readonly #text: string;
  readonly #table: FieldTable;
  readonly #options: OutputOptions;
  readonly #pieces: Piece[] = [];
  readonly #fields = new Map<string, OutputField>();

  constructor(text: string, table: FieldTable, options: OutputOptions) {
    this.#text = text.startsWith('*') ? text.slice(1) : text;
    this.#table = table;
    this.#options = options;
  }

  compile(): OutputProblem | undefined {
    const problems = this.#compile();
    const [first, ...others] = problems;
    return first === undefined || others.length === 0 ? first : { ...first, others };
  }

  /** What is wrong, as far as anybody reads it. */
  #compile(): OutputProblem[] {
    const text = this.#text;
    const problems: OutputProblem[] = [];
    let at = 0;
    for (let percent = text.indexOf('%'); percent >= 0; percent = text.indexOf('%', at)) {
      if (percent > at) this.#pieces.push(text.slice(at, percent));
      const width = this.#digitsAt(percent + 1);
      const start = percent + 1 + width.length;
      const end = this.#field(percent, start, width);
      if (typeof end !== 'number' && problems.push(end) >= mostProblems) return problems;
      at = typeof end === 'number' ? end : start;
    }
    if (at < text.length) this.#pieces.push(text.slice(at));
    return problems;
  }

  #field(percent: number, start: number, width: string): number | OutputProblem {
    if (start >= this.#text.length) {
      const message = `invalid formatting syntax: formatting cannot end with a ${width === '' ? '%' : 'number'}`;
      return { ...problemAt(percent, "an output can't end with '%'"), message };
    }
    // Numbers beyond 32 bits keep the lower ones.
    return this.#operand(start, Math.min((int32(width) ?? 0) >>> 0, maxWidth));
  }

  /** Takes the longest field or transformer that begins here. @returns its end, or what is wrong. */
  #operand(start: number, width: number): number | OutputProblem {
    const text = this.#text;
    const parsed = parseOperand(text, start, Math.min(text.length, start + maxOperandLength));
    if (parsed.ok) {
      const failure = this.#take(parsed.value, width);
      return failure === undefined
        ? parsed.end
        : this.#shorter(start, parsed.end - 1, width, () => {
            return outputProblem(text.slice(start, parsed.end), failure, start - 1);
          });
    }
    const problem = problemAt(start - 1, `no field behind '%': ${parsed.problem.message}`);
    return this.#shorter(start, start + maxOperandLength, width, () => problem);
  }

  /**
   * What is left to try when all that can belong to an operand makes none: without what is in brackets behind, and then
   * ever fewer characters of a name, since text may follow without a gap.
   */
  #shorter(start: number, limit: number, width: number, problem: () => OutputProblem): number | OutputProblem {
    const text = this.#text;
    const name = this.#nameAt(start);
    if (text[start + name.length] === '(') {
      let bracket = text.indexOf(')[', start);
      for (let tries = 0; tries < maxBrackets && bracket >= 0 && bracket < limit; tries++) {
        const parsed = parseOperand(text, start, bracket + 1);
        if (parsed.ok && this.#take(parsed.value, width) === undefined) return parsed.end;
        bracket = text.indexOf(')[', bracket + 1);
      }
    }
    for (let end = Math.min(start + name.length, limit); end > start; end--) {
      if (!mayBeField(this.#table, text.slice(start, end))) continue;
      const parsed = parseOperand(text, start, end);
      if (parsed.ok && this.#take(parsed.value, width) === undefined) return parsed.end;
    }
    return problem();
  }

  #digitsAt(start: number): string {
    this.#digits.lastIndex = start;
    return this.#digits.exec(this.#text)![0];
  }

  #nameAt(start: number): string {
    this.#nameChars.lastIndex = start;
    return this.#nameChars.exec(this.#text)![0];
  }

  #take(operand: Operand, width: number): BindFailure | undefined {
    try {
      const field = this.#bind(operand);
      const refs = operand.kind === 'field' ? [field] : innerFields(operand.args).map((ref) => this.#bind(ref));
      for (const ref of refs) this.#remember(ref);
      // A transformer is only as late as all that it is made from.
      const isLate = refs.length > 0 && refs.every((ref) => ref.spec.ofContainer === true);
      this.#pieces.push({ text: fieldShower(field, { json: false, base64: this.#options.base64 }), width, isLate });
      return undefined;
    } catch (error) {
      if (error instanceof BindFailure) return error;
      throw error;
    }
  }

  #bind(operand: Operand): BoundField {
    const { bound } = bindFieldOrTransformer(operand, this.#table);
    // Rules in the field show fields that only conditions can use. A network shows a word; the others, which stand for
    // both ends of a connection, have no one value to show.
    const spec = bound.field?.spec;
    if (spec?.filterOnly && (spec.type !== 'IPNET' || spec.compareEach !== undefined)) {
      return { ...bound.field!, getter: { scope: 'event', get: () => null } };
    }
    if (bound.field !== undefined) return { ...bound.field, text: bound.text };
    // A transformer shows as a field of its result type would.
    const possible = (info: EventInfo): boolean => isPossible(bound, info);
    const shape = {
      ...eventField('CHARBUF', bound.text, () => null, { possible }),
      type: bound.type,
      list: bound.list,
    };
    const getter = { scope: 'event', get: eventReader(bound.getter) } as const;
    return { name: bound.text, arg: undefined, text: bound.text, spec: shape, type: bound.type, getter };
  }

  #remember(field: BoundField): void {
    if (this.#fields.has(field.text)) return;
    const json = fieldShower(field, { json: true, base64: this.#options.base64 });
    const isLate = field.spec.ofContainer === true;
    this.#fields.set(field.text, { text: field.text, type: field.type, json, isLate });
  }

  format(): OutputFormat {
    const pieces = this.#pieces;
    return {
      fields: [...this.#fields.values()],
      message: (event, machine) => fill(pieces, event, machine),
      draft(event, machine) {
        const drafted = pieces.map((piece) =>
          typeof piece === 'string' || piece.isLate ? piece : shown(piece.text(event, machine), piece.width),
        );
        return (later, machineThen) => fill(drafted, later, machineThen);
      },
    };
  }
}

function fill(pieces: readonly Piece[], event: Event, machine: Machine): string {
  let text = '';
  for (const piece of pieces) {
    text += typeof piece === 'string' ? piece : shown(piece.text(event, machine), piece.width);
  }
  return text;
}

function shown(value: unknown, width: number): string {
  const text = typeof value === 'string' ? value : missing;
  return width === 0 ? text : text.slice(0, width).padEnd(width, ' ');
}

/** Whether a text is the name of a field, or of one with its argument behind a dot. */
function mayBeField(table: FieldTable, name: string): boolean {
  if (table.find(name) !== undefined) return true;
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    if (table.find(name.slice(0, dot))?.arg?.dotted !== undefined) return true;
  }
  return false;
}

function innerFields(args: readonly TransformerArg[]): Operand[] {
  return args.flatMap((arg) => {
    if (arg.kind === 'field') return [arg];
    if (arg.kind === 'transformer') return innerFields(arg.args);
    return arg.kind === 'list' ? innerFields(arg.items) : [];
  });
}

function outputProblem(written: string, failure: BindFailure, offset: number): OutputProblem {
  const isUnknown = failure.message.includes('nonexistent field');
  const what = isUnknown ? `unknown field in output: %${written}` : `output field %${written}: ${failure.message}`;
  return problemAt(offset, failure.help === undefined ? what : `${what}; ${failure.help}`);
}
