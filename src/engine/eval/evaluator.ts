import type { Event } from '../../model/event.ts';
import { events } from '../../model/event-table.ts';
import type { Fd } from '../../model/fd.ts';
import type { Machine } from '../../model/machine.ts';
import type { LoadedRule } from '../../model/rule.ts';
import type { Thread } from '../../model/thread.ts';
import type { BoundExpr } from '../bound.ts';
import { Atoms } from './atoms.ts';
import { Bystanders } from './bystanders.ts';
import { absent, FdClasses, present, ThreadClasses } from './classes.ts';
import { Cell } from './cell.ts';
import { CodeTable, type TableContext } from './code-table.ts';
import { fdDimensions, threadDimensions } from './dimensions.ts';
import { EventTests } from './event-tests.ts';
import type { Node } from './nodes.ts';
import { Residues } from './residues.ts';

/** A rule with its condition bound to fields. */
export type Rule = LoadedRule<BoundExpr>;

/** How an evaluator works. */
export interface EvaluatorOptions {
  /** Stop at the first rule that matches an event, or give all. */
  readonly matching: 'first' | 'all';
  /** Count matches, evaluations and time per rule; costs nothing when off. */
  readonly statistics?: boolean;
  /** The evaluator that this one takes over from: the classes it stored in threads and descriptors become void. */
  readonly after?: Evaluator;
  /** Most classes of threads and of descriptors, and most memory for the tables by class, before they are emptied. */
  readonly limits?: { readonly classes: number; readonly tableBytes: number };
}

/** Of one rule, since the start. */
export interface RuleStatistics {
  readonly rule: Rule;
  matches: number;
  /** How often something was left of the condition when all was judged that has classes: event type, thread, descriptor, texts. */
  evaluations: number;
  /** Spent on these evaluations. */
  nanoseconds: number;
}

/** Sizes of the tables, and how often one was full and started again. */
export interface EvaluatorSizes {
  readonly atoms: number;
  readonly threadClasses: number;
  readonly fdClasses: number;
  readonly nameClasses: number;
  readonly codes: number;
  readonly rows: number;
  readonly fdParts: number;
  /** What is kept per event type and class, roughly. */
  readonly tableBytes: number;
  readonly flushes: { readonly threads: number; readonly fds: number; readonly tables: number; readonly memos: number };
}

const nothing: readonly Rule[] = [];
const defaultLimits = { classes: 16384, tableBytes: 1 << 26 };

/**
 * Finds the rules that match an event. Disabled rules don't take part; the others are judged in the order given.
 *
 * Threads and descriptors are put into classes (which checks on them hold), kept in their `ruleClass`; event type and
 * the two classes lead to the few rules that can still match, with what is left of their conditions: checks on the event
 * alone. So the work per event hardly depends on the number of rules. Only one evaluator at a time may use `ruleClass`
 * of the same threads and descriptors.
 */
export class Evaluator {
  readonly rules: readonly Rule[];
  readonly #isFirst: boolean;
  readonly #statistics: RuleStatistics[] | undefined;
  readonly #threads: ThreadClasses;
  readonly #fds: FdClasses;
  readonly #context: TableContext;
  readonly #conditions: readonly { readonly rule: Rule; readonly node: Node }[];
  readonly #codes: (CodeTable | null | undefined)[];
  readonly #maxBytes: number;
  #tableFlushes = 0;
  /** The tables were emptied for this event and are not to be emptied again. */
  #isAnew = false;

  constructor(rules: readonly Rule[], machine: Machine, options: EvaluatorOptions) {
    this.rules = rules.filter((rule) => rule.enabled);
    this.#isFirst = options.matching === 'first';
    this.#statistics = options.statistics
      ? this.rules.map((rule) => ({ rule, matches: 0, evaluations: 0, nanoseconds: 0 }))
      : undefined;
    const limits = options.limits ?? defaultLimits;
    this.#maxBytes = limits.tableBytes;
    const atoms = new Atoms();
    this.#conditions = this.rules.map((rule) => ({ rule, node: atoms.node(rule.condition) }));
    atoms.seal();
    const bases = options.after?.nextClasses ?? { thread: 0, fd: 0, path: 0 };
    const threads = new ThreadClasses(threadDimensions(atoms.list, machine), bases.thread, limits.classes);
    const fds = new FdClasses(fdDimensions(atoms.list, machine), bases.fd, bases.path, limits.classes);
    this.#threads = threads;
    this.#fds = fds;
    const tests = new EventTests(atoms, machine);
    this.#context = {
      atoms,
      residues: new Residues(atoms),
      tests,
      emptyCell: new Cell([], tests, null),
      threadAtoms: (id) => threads.atoms(id),
      fdAtoms: (id) => fds.atoms(id),
      bytes: 0,
    };
    const used = new Set<number>();
    for (const rule of this.rules) for (const code of rule.eventTypes) used.add(code);
    // undefined: not compiled yet; null: no rule.
    this.#codes = Array.from({ length: events.length }, (_, code) => (used.has(code) ? undefined : null));
  }

  /** First class numbers that this evaluator has not given out. */
  get nextClasses(): { readonly thread: number; readonly fd: number; readonly path: number } {
    return {
      thread: this.#threads.base + this.#threads.size,
      fd: this.#fds.base + this.#fds.size,
      path: this.#fds.nextPathClass,
    };
  }

  /** The rules that match, in order; the same empty array whenever there is none. */
  evaluate(event: Event): readonly Rule[] {
    let table = this.#codes[event.type];
    if (table === undefined) table = this.#compile(event.type);
    if (table === null) return nothing;
    const thread = event.thread;
    const threadClass = thread === null ? absent : table.usesThread ? this.#threadClass(thread) : present;
    const fd = event.fd;
    let fdClass = absent;
    if (fd !== null) {
      fdClass = present;
      if (table.usesFd) {
        fdClass = fd.ruleClass - this.#fds.base;
        if (fdClass <= present) fdClass = this.#classifyFd(fd);
      }
    }
    let row = table.rows[threadClass];
    if (row === undefined) row = table.row(threadClass);
    let part = fdClass < table.fdParts.length ? table.fdParts[fdClass]! : -1;
    if (part < 0) part = table.fdPart(fdClass);
    let cell = row.cells[part];
    if (cell === undefined) cell = this.#newCell(table, threadClass, fdClass);
    if (cell.operand !== null) return this.#descend(table, cell, event);
    return cell.rules.length === 0 ? nothing : this.#run(cell, event);
  }

  /** Lets operands decide until a cell with rules to test, or none, is reached. */
  #descend(table: CodeTable, start: Cell, event: Event): readonly Rule[] {
    let cell = start;
    for (let operand = cell.operand; operand !== null; operand = cell.operand) {
      const valueClass = operand.judge(event);
      const next: Cell | undefined = cell.next[valueClass];
      if (next === undefined && !this.#isAnew && (this.#isFull || operand.of.isFull)) return this.#evaluateAnew(event);
      cell = next ?? table.nextCell(cell, valueClass);
    }
    return cell.rules.length === 0 ? nothing : this.#run(cell, event);
  }

  /** Empties the full tables, which makes all numbers of classes void, and starts again. */
  #evaluateAnew(event: Event): readonly Rule[] {
    this.#clearTables();
    this.#tableFlushes++;
    // What one event needs may be more than the limit.
    this.#isAnew = true;
    const result = this.evaluate(event);
    this.#isAnew = false;
    return result;
  }

  get #isFull(): boolean {
    return this.#context.bytes > this.#maxBytes || this.#context.residues.nodes.size * 200 > this.#maxBytes;
  }

  #compile(code: number): CodeTable | null {
    const info = events[code];
    const table = info === undefined ? null : new CodeTable(this.#context, info, this.#conditions);
    const useful = table !== null && table.rules.length > 0 ? table : null;
    this.#codes[code] = useful;
    return useful;
  }

  #threadClass(thread: Thread): number {
    const known = thread.ruleClass - this.#threads.base;
    return known > present ? known : this.#classifyThread(thread);
  }

  #classifyThread(thread: Thread): number {
    const { flushes } = this.#threads;
    const threadClass = this.#threads.classify(thread);
    if (this.#threads.flushes !== flushes) this.#clearTables();
    return threadClass;
  }

  #classifyFd(fd: Fd): number {
    const { flushes } = this.#fds;
    const fdClass = this.#fds.classify(fd);
    if (this.#fds.flushes !== flushes) this.#clearTables();
    return fdClass;
  }

  #clearTables(): void {
    for (const table of this.#codes) table?.clear();
    this.#context.bytes = 0;
    this.#context.residues.clear();
    this.#context.tests.clear();
  }

  #newCell(table: CodeTable, threadClass: number, fdClass: number): Cell {
    if (this.#isFull && !this.#isAnew) {
      this.#clearTables();
      this.#tableFlushes++;
    }
    return table.cell(table.row(threadClass), table.fdPart(fdClass));
  }

  #run(cell: Cell, event: Event): readonly Rule[] {
    this.#context.tests.begin();
    if (this.#statistics !== undefined) return this.#runCounting(cell, event, this.#statistics);
    const sieve = cell.sieve;
    if (sieve !== null) return this.#runSome(cell, sieve.find(event), event);
    const tests = cell.tests;
    let found: Rule[] | undefined;
    for (let i = 0; i < tests.length; i++) {
      const test = tests[i];
      if (test !== null && !test!(event)) continue;
      const rule = cell.rules[i]!;
      if (found === undefined) found = [rule];
      else found.push(rule);
      if (this.#isFirst) break;
    }
    return found ?? nothing;
  }

  #runSome(cell: Cell, some: readonly number[], event: Event): readonly Rule[] {
    let found: Rule[] | undefined;
    for (let i = 0; i < some.length; i++) {
      const test = cell.tests[some[i]!];
      if (test !== null && !test!(event)) continue;
      const rule = cell.rules[some[i]!]!;
      if (found === undefined) found = [rule];
      else found.push(rule);
      if (this.#isFirst) break;
    }
    return found ?? nothing;
  }

  #runCounting(cell: Cell, event: Event, statistics: readonly RuleStatistics[]): readonly Rule[] {
    const some = cell.sieve?.find(event);
    const count = some?.length ?? cell.tests.length;
    const found: Rule[] = [];
    let before = process.hrtime.bigint();
    for (let i = 0; i < count; i++) {
      const at = some === undefined ? i : some[i]!;
      const test = cell.tests[at];
      const holds = test === null || test!(event);
      const after = process.hrtime.bigint();
      const counts = statistics[cell.places[at]!]!;
      counts.evaluations++;
      counts.nanoseconds += Number(after - before);
      before = after;
      if (!holds) continue;
      counts.matches++;
      found.push(cell.rules[at]!);
      if (this.#isFirst) break;
    }
    return found.length === 0 ? nothing : found;
  }

  /** Per rule, in order; undefined where counting is off. */
  get statistics(): readonly RuleStatistics[] | undefined {
    return this.#statistics;
  }

  /** Whether events of a type, made by a thread as it is now, can match any rule: for filters near the source. */
  canMatch(thread: Thread, code: number): boolean {
    const table = this.#codes[code] === undefined ? this.#compile(code) : this.#codes[code]!;
    return table !== null && table.isPossible(table.row(table.usesThread ? this.#threadClass(thread) : present));
  }

  /** What can be left out near the source; speaks of the rules of this evaluator. */
  bystanders(): Bystanders {
    const { atoms, residues, tests } = this.#context;
    return new Bystanders({
      atoms,
      residues,
      tests,
      table: (code) => (this.#codes[code] === undefined ? this.#compile(code) : this.#codes[code]!),
      fdClass: (fd) => this.#fds.base + this.#classifyFd(fd),
      fdAtoms: (id) => this.#fds.atoms(id - this.#fds.base),
      threadClass: (thread) => this.#threads.base + this.#threadClass(thread),
      threadAtoms: (id) => this.#threads.atoms(id - this.#threads.base),
    });
  }

  /** Forgets all classes, when something changed that they were derived from: addresses of the machine, accounts. */
  reset(): void {
    this.#threads.clear();
    this.#fds.clear();
    this.#clearTables();
  }

  get sizes(): EvaluatorSizes {
    let rows = 0;
    let fdParts = 0;
    let codes = 0;
    for (const table of this.#codes) {
      if (!table) continue;
      codes++;
      rows += table.sizes.rows;
      fdParts += table.sizes.fdParts;
    }
    return {
      atoms: this.#context.atoms.list.length,
      threadClasses: this.#threads.size,
      fdClasses: this.#fds.size,
      nameClasses: this.#fds.nameClasses,
      codes,
      rows,
      fdParts,
      tableBytes: this.#context.bytes,
      flushes: {
        threads: this.#threads.flushes,
        fds: this.#fds.flushes,
        tables: this.#tableFlushes,
        memos: this.#threads.memoFlushes + this.#fds.memoFlushes,
      },
    };
  }
}
