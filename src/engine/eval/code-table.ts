import type { EventInfo } from '../../model/event-table.ts';
import type { LoadedRule } from '../../model/rule.ts';
import type { BoundExpr } from '../bound.ts';
import type { Atom, Atoms } from './atoms.ts';
import { Cell } from './cell.ts';
import type { OperandAt } from './event-operands.ts';
import type { EventTests } from './event-tests.ts';
import { Folder } from './fold.ts';
import type { Node } from './nodes.ts';
import type { Residues } from './residues.ts';
import { countUses, findTriggers } from './triggers.ts';

/** A rule as far as it can match events of one type. */
export interface CodeRule {
  readonly rule: LoadedRule<BoundExpr>;
  readonly place: number;
  /** The condition, folded for this event type. */
  readonly node: Node;
}

/** Threads (descriptors) for which the same atoms hold, as far as the rules of one event type look at them. */
interface Part {
  readonly atoms: readonly number[];
  /** Rules (places in CodeTable.rules) that one of the atoms makes worth a look. */
  readonly candidates: readonly number[];
}

/** What is known of the threads of a part: the cells by part of descriptor. */
export interface Row extends Part {
  /** By number of the descriptor's part; undefined: not known yet. */
  readonly cells: Cell[];
  /** Whether any event of this type by these threads can match a rule; undefined: not known yet. */
  possible: boolean | undefined;
}

/** What the tables of all event types share. */
export interface TableContext {
  readonly atoms: Atoms;
  readonly residues: Residues;
  readonly tests: EventTests;
  /** Where nothing is left to do. */
  readonly emptyCell: Cell;
  /** Atoms that hold in a class of threads, of descriptors. */
  threadAtoms(id: number): readonly number[];
  fdAtoms(id: number): readonly number[];
  /** What rows and cells of all tables together take, roughly. */
  bytes: number;
}

/** Of one place in a table that may have gaps: what is far from others is kept in a hash table by the JavaScript engine. */
const slotBytes = 64;

function bytesOf(part: Part, key: string): number {
  return 200 + 8 * (part.atoms.length + part.candidates.length) + key.length;
}

function bytesOfCell(cell: Cell): number {
  return slotBytes + (cell.left.length === 0 ? 0 : 400 + 200 * cell.left.length);
}

/** Equalities are rare to hold, existence is common. */
function weightOf(atom: Atom): number {
  if (atom.test.kind === 'exists') return 1;
  if (atom.test.kind !== 'set') return 0.5;
  if (atom.test.literals.every((literal) => typeof literal === 'boolean')) return 0.3;
  return atom.test.op === 'in' ? 0.05 : 0.1;
}

/** The rules of one event type, and what is left of them by class of thread and descriptor, found on first use. */
export class CodeTable {
  readonly rules: readonly CodeRule[];
  /** Whether any of them looks at the thread (descriptor). */
  readonly usesThread: boolean;
  readonly usesFd: boolean;
  /** By class of thread; several classes may share a row. */
  rows: Row[] = [];
  /** Numbers of the descriptor's parts by class of descriptor; -1: not known yet. */
  fdParts: Int32Array = new Int32Array(64).fill(-1);

  readonly #context: TableContext;
  readonly #info: EventInfo;
  /** 1 for atoms that occur. */
  readonly #used: Uint8Array;
  readonly #triggered: ReadonlyMap<number, readonly number[]>;
  readonly #untriggered: readonly number[];
  readonly #fdAtoms: readonly number[];
  readonly #rowsByKey = new Map<string, Row>();
  readonly #partsByKey = new Map<string, number>();
  #parts: Part[] = [];

  constructor(context: TableContext, info: EventInfo, rules: readonly { rule: LoadedRule<BoundExpr>; node: Node }[]) {
    this.#context = context;
    this.#info = info;
    const folder = new Folder(context.atoms, info);
    const folded: CodeRule[] = [];
    rules.forEach(({ rule, node }, place) => {
      const own = rule.eventTypes.has(info.id) ? folder.fold(node) : context.atoms.nodes.never;
      if (own.kind !== 'never') folded.push({ rule, place, node: own });
    });
    this.rules = folded;
    const list = context.atoms.list;
    const nodes = folded.map(({ node }) => node);
    const uses = new Uint32Array(list.length);
    countUses(nodes, uses);
    // An atom that many rules share (container, open for writing) is taken to hold often.
    const { triggered, untriggered } = findTriggers(nodes, (id) => {
      const atom = list[id]!;
      return atom.scope === 'event' ? undefined : weightOf(atom) + uses[id]! / nodes.length;
    });
    const isUsed = new Uint8Array(list.length);
    for (let atom = 0; atom < isUsed.length; atom++) if (uses[atom]! > 0) isUsed[atom] = 1;
    this.#used = isUsed;
    this.#triggered = triggered;
    this.#untriggered = untriggered;
    const used = list.filter((atom) => this.#used[atom.id] === 1);
    this.usesThread = used.some((atom) => atom.scope === 'thread');
    const fdAtoms = used.filter((atom) => atom.scope === 'fd');
    this.usesFd = fdAtoms.length > 0;
    this.#fdAtoms = fdAtoms.map((atom) => atom.id);
  }

  /** Whether an atom occurs in any of the rules. */
  readonly isUsed = (atom: number): boolean => this.#used[atom] === 1;

  /** Forgets what is left by class; the rules stay. */
  clear(): void {
    this.rows = [];
    this.fdParts.fill(-1);
    this.#rowsByKey.clear();
    this.#partsByKey.clear();
    this.#parts = [];
  }

  #part(all: readonly number[]): Part {
    const atoms = all.filter((atom) => this.#used[atom] === 1);
    const candidates = new Set<number>();
    for (const atom of atoms) for (const rule of this.#triggered.get(atom) ?? []) candidates.add(rule);
    return { atoms, candidates: [...candidates] };
  }

  /** The row of a class of threads; made on first use. */
  row(threadClass: number): Row {
    const known = this.rows[threadClass];
    if (known !== undefined) return known;
    const part = this.#part(this.usesThread ? this.#context.threadAtoms(threadClass) : []);
    const key = part.atoms.join(' ');
    let row = this.#rowsByKey.get(key);
    if (row === undefined) {
      row = { ...part, cells: [], possible: undefined };
      this.#rowsByKey.set(key, row);
      this.#context.bytes += bytesOf(part, key);
    }
    this.#context.bytes += slotBytes;
    this.rows[threadClass] = row;
    return row;
  }

  /** The number of the part of a class of descriptors; made on first use. */
  fdPart(fdClass: number): number {
    if (fdClass >= this.fdParts.length) {
      const longer = new Int32Array(Math.max(fdClass + 1, this.fdParts.length * 2)).fill(-1);
      longer.set(this.fdParts);
      this.fdParts = longer;
    }
    const known = this.fdParts[fdClass]!;
    if (known >= 0) return known;
    const part = this.#part(this.usesFd ? this.#context.fdAtoms(fdClass) : []);
    const key = part.atoms.join(' ');
    let number = this.#partsByKey.get(key);
    if (number === undefined) {
      number = this.#parts.length;
      this.#parts.push(part);
      this.#partsByKey.set(key, number);
      this.#context.bytes += bytesOf(part, key);
    }
    this.fdParts[fdClass] = number;
    return number;
  }

  /** What is left for the threads of a row and the descriptors of a part; made on first use. */
  cell(row: Row, fdPart: number): Cell {
    const known = row.cells[fdPart];
    if (known !== undefined) return known;
    const cell = this.#judge(row, this.#parts[fdPart]!);
    this.#context.bytes += bytesOfCell(cell);
    row.cells[fdPart] = cell;
    return cell;
  }

  #judge(row: Row, part: Part): Cell {
    const { residues } = this.#context;
    residues.assume(row.atoms);
    residues.assume(part.atoms);
    const cell = this.#cellOf(this.#candidates(row, part).map((candidate) => this.rules[candidate]!));
    residues.release(row.atoms);
    residues.release(part.atoms);
    return cell;
  }

  /** What follows a cell where its operand has a value of a class; made on first use. */
  nextCell(cell: Cell, valueClass: number): Cell {
    const { residues } = this.#context;
    const { atoms, values } = cell.operand!.of;
    residues.deny(atoms);
    residues.assume(values.members(valueClass));
    const next = this.#cellOf(cell.left);
    residues.release(atoms);
    this.#context.bytes += bytesOfCell(next);
    cell.next[valueClass] = next;
    return next;
  }

  /** What is left of some rules with what is assumed at the moment. */
  #cellOf(rules: readonly CodeRule[]): Cell {
    const { residues, tests, emptyCell } = this.#context;
    const left: CodeRule[] = [];
    for (const { rule, place, node } of rules) {
      const rest = residues.reduce(node);
      if (rest.kind !== 'never') left.push({ rule, place, node: rest });
    }
    return left.length === 0 ? emptyCell : new Cell(left, tests, this.#deciderOf(left));
  }

  /** The operand that is the cheapest to judge of those that have classes, and of these the one that the most rules look at. */
  #deciderOf(left: readonly CodeRule[]): OperandAt | null {
    const uses = new Map<OperandAt, number>();
    for (const { node } of left) this.#countOperands(node, uses);
    let best: OperandAt | null = null;
    for (const [operand, count] of uses) {
      if (best === null || operand.way < best.way || (operand.way === best.way && count > uses.get(best)!)) {
        best = operand;
      }
    }
    return best;
  }

  #countOperands(node: Node, uses: Map<OperandAt, number>): void {
    if (node.kind === 'literal') {
      const operand = this.#context.tests.operandAt(node.atom, this.#info);
      if (operand !== undefined) uses.set(operand, (uses.get(operand) ?? 0) + 1);
    } else if (node.kind === 'and' || node.kind === 'or') {
      for (const item of node.items) this.#countOperands(item, uses);
    }
  }

  #candidates(row: Row, part: Part): number[] {
    const all = new Set(this.#untriggered);
    for (const rule of row.candidates) all.add(rule);
    for (const rule of part.candidates) all.add(rule);
    return [...all].sort((a, b) => a - b);
  }

  /** Whether an event of this type by threads of this row can match any rule, whatever its descriptor and parameters. */
  isPossible(row: Row): boolean {
    row.possible ??= this.#isPossible(row);
    return row.possible;
  }

  #isPossible(row: Row): boolean {
    const { residues } = this.#context;
    residues.assume(row.atoms);
    residues.doubt(this.#fdAtoms);
    const result = this.rules.some(({ node }) => !residues.isImpossible(node));
    residues.release(row.atoms);
    residues.release(this.#fdAtoms);
    return result;
  }

  /** How many different rows and descriptor parts there are. */
  get sizes(): { readonly rows: number; readonly fdParts: number } {
    return { rows: this.#rowsByKey.size, fdParts: this.#parts.length };
  }
}
