import type { Logger } from '../base/log.ts';
import type { BoundCheck, BoundExpr, BoundOperand } from '../engine/bound.ts';
import { type Bystanders, isHistoric } from '../engine/eval/bystanders.ts';
import type { Evaluator } from '../engine/eval/evaluator.ts';
import type { Event } from '../model/event.ts';
import { eventByCode, events } from '../model/event-table.ts';
import type { OpenKind, SourceFilter } from '../model/source.ts';
import type { Rule } from '../pipeline/pipeline.ts';

const openCode = eventByCode('SYSCALL_OPEN_X').id;
/** Longest path that is worth it: the kernel side looks at no more. */
const longestPath = 62;
const longestProgram = 15;
/**
 * Kinds of opens that are remembered while they are new: by some bits of their hashes, as many to each of these. With one
 * alone, two files of a program that reads the same ten thousand again and again would drive each other out forever.
 */
const groups = 1 << 14;
const groupSize = 4;
const slash = 47;

/** Most that are judged between two batches: it takes time, and the kernel goes on sending. */
const mostAtOnce = 256;

/** What standard streams are is told before a program is executed. Events that engines cause, of any name, have no streams. */
const execNames: ReadonlySet<string> = new Set(['execve', 'execveat', 'asyncevent']);
const streams = /^proc\.std(in|out|err)\./;
/** Only opens of plain files are left out: no other type is missed. */
const streamType = /^proc\.std(in|out|err)\.type$/;

const seenOnce = 1;
const judged = 2;

export interface OpenFilterOptions {
  readonly rules: readonly Rule[];
  readonly evaluator: Evaluator;
  /** All that is shown when a rule matches, fields by their names. */
  readonly outputOf: (rule: Rule) => string;
  readonly logger: Logger;
}

/**
 * Learns from the events which opens can be left out near the source: those seen for the second time, of which the rules
 * can never tell anything. Bounded, and nothing happens for what occurs once only.
 */
export class OpenFilter implements SourceFilter {
  leftOut = 0;
  readonly #bystanders: Bystanders;
  #found: OpenKind[] = [];
  #judged = 0;
  /** What was seen at a place, and how far it has come. */
  readonly #hashes = new Uint32Array(groups * groupSize);
  readonly #states = new Uint8Array(groups * groupSize);
  /** Whose turn it is to go, in all groups. */
  #nextOut = 0;

  private constructor({ evaluator }: OpenFilterOptions) {
    this.#bystanders = evaluator.bystanders();
  }

  /** undefined: the rules use what only all events together tell. */
  static make(options: OpenFilterOptions): OpenFilter | undefined {
    for (const rule of options.rules) {
      const inOutput = options.outputOf(rule).match(/[a-z_]+\.[a-z_.]+/g) ?? [];
      const isOfExec = [...rule.eventTypes].every((code) => execNames.has(events[code]!.name));
      const fields = [...fieldsOf(rule.condition), ...inOutput];
      const field = fields.find((name) => isHistoric(name) && !(isOfExec && streams.test(name)));
      if (field === undefined) continue;
      options.logger.log('info', 'all events are fetched from the kernel, since a rule asks for what depends on them', {
        rule: rule.name,
        field,
      });
      return undefined;
    }
    return new OpenFilter(options);
  }

  /** An open that no rule has matched. */
  look(event: Event): void {
    const isAt = event.type !== openCode;
    const name = isAt ? 2 : 1;
    const start = event.starts[name]!;
    const end = event.starts[name + 1]!;
    const { thread } = event;
    if (thread === null || thread.comm === '' || thread.comm.length > longestProgram) return;
    if (end - start < 2 || end - start > longestPath || event.view.getUint8(start) !== slash) return;
    const hash = hashOf(event.view, start, end, event.u32(name + 1) ^ hashOfText(thread.comm));
    const place = this.#placeOf(hash);
    if (this.#hashes[place] !== hash) {
      this.#hashes[place] = hash;
      this.#states[place] = seenOnce;
      return;
    }
    if (this.#states[place] !== seenOnce || this.#judged >= mostAtOnce) return;
    this.#judged++;
    this.#states[place] = judged;
    if (this.#bystanders.isOne(event)) this.#found.push(kindOf(event, isAt, name));
  }

  /** Where it is, or else where it can be. */
  #placeOf(hash: number): number {
    const first = (hash & (groups - 1)) * groupSize;
    for (let place = first; place < first + groupSize; place++) if (this.#hashes[place] === hash) return place;
    for (let place = first; place < first + groupSize; place++) if (this.#hashes[place] === 0) return place;
    return first + (this.#nextOut++ & (groupSize - 1));
  }

  take(): readonly OpenKind[] {
    this.#judged = 0;
    const found = this.#found;
    if (found.length > 0) this.#found = [];
    return found;
  }

  restart(): void {
    this.#states.fill(0);
    this.#hashes.fill(0);
  }
}

function kindOf(event: Event, isAt: boolean, name: number): OpenKind {
  const end = event.starts[name + 1]!;
  return {
    call: isAt ? 'openat' : 'open',
    path: event.bytes.latin1Slice(event.starts[name]!, event.view.getUint8(end - 1) === 0 ? end - 1 : end),
    flags: event.u32(name + 1),
    mode: event.u32(name + 2),
    error: Math.min(0, event.i64(0)),
    program: event.thread?.comm ?? '',
  };
}

function hashOfText(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i);
  return hash;
}

/** Of 32 bits, never 0. */
function hashOf(view: DataView, start: number, end: number, flags: number): number {
  let hash = flags ^ 0x811c9dc5;
  let at = start;
  for (; at + 4 <= end; at += 4) hash = Math.imul(hash ^ view.getUint32(at, true), 0x01000193) ^ (hash >>> 15);
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193) ^ (hash >>> 15);
  return (hash ^ (hash >>> 13)) >>> 0 || 1;
}

/** Names of all fields of a condition; of what can't be taken apart, a name that forbids everything. */
function fieldsOf(expr: BoundExpr): string[] {
  switch (expr.kind) {
    case 'not':
      return fieldsOf(expr.item);
    case 'and':
    case 'or':
      return expr.items.flatMap(fieldsOf);
    case 'check':
      return isSettled(expr)
        ? []
        : [...namesOf(expr.left), ...(expr.right.kind === 'operand' ? namesOf(expr.right.operand) : [])];
  }
}

/**
 * A check that gives the same with all events and without some: the `evt.num=0` of conditions that are never to hold; whether a
 * standard stream is of a type that is never left out.
 */
function isSettled({ left, op, right }: BoundCheck): boolean {
  if (streamType.test(left.text) && right.kind === 'literals' && (op === '=' || op === 'in'))
    return !right.literals.includes('file');
  const least = left.field?.spec.least;
  if (least === undefined || right.kind !== 'literals') return false;
  return right.literals.every((literal) => typeof literal === 'number' && literal < least);
}

function namesOf(operand: BoundOperand): string[] {
  const fields = operand.field === undefined ? operand.reads : [operand.field];
  return fields?.map((field) => field.text) ?? ['evt.num'];
}
