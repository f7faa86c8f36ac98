import type { Fd } from '../../model/fd.ts';
import type { FdGetter, FdPart, Getter, Scalar, ThreadGetter, Value } from '../../model/field.ts';
import type { Machine } from '../../model/machine.ts';
import type { Thread } from '../../model/thread.ts';
import type { BoundOperand } from '../bound.ts';
import type { Atom } from './atoms.ts';
import { ValueClasses } from './value-classes.ts';

type SubjectGetter<S, V> = (subject: S, machine: Machine) => V | null;

/** Keys of a field (FieldOptions.key) that a dimension remembers; they may be as long as an environment. */
const maxKeys = 512;

/** One operand on threads or descriptors, with all atoms on it. */
export class Dimension<S> {
  readonly values: ValueClasses;
  /** Parts of a descriptor that it reads; undefined: any. */
  readonly from: ReadonlySet<FdPart> | undefined;
  readonly #read: SubjectGetter<S, Value>;
  readonly #each: boolean;
  readonly #machine: Machine;
  /** What the value follows from, and the class by it. */
  readonly #key: ((subject: S) => Scalar) | undefined;
  readonly #byKey = new Map<Scalar, number>();
  /** The value judged last: neighbours are often alike. */
  #last: Scalar | undefined;
  #lastClass = 0;

  constructor(atoms: readonly Atom[], read: SubjectGetter<S, Value>, machine: Machine) {
    const first = atoms[0]!;
    this.values = new ValueClasses(atoms);
    this.#each = first.each && first.test.kind !== 'pair';
    this.#read = read;
    this.#machine = machine;
    this.from = partsOf(first);
    const isPlain = !first.each && first.test.kind !== 'pair';
    this.#key = isPlain ? (first.left.field?.spec.key as ((subject: S) => Scalar) | undefined) : undefined;
  }

  /** Forgets all classes. */
  clear(): void {
    this.values.clear();
    this.#byKey.clear();
    this.#last = undefined;
  }

  /** The class of the subject's value. */
  classOf(subject: S): number {
    return this.#key === undefined ? this.#judge(subject) : this.#classOfKey(this.#key(subject), subject);
  }

  #classOfKey(key: Scalar, subject: S): number {
    let known = this.#byKey.get(key);
    if (known === undefined) {
      known = this.#judge(subject);
      if (this.#byKey.size >= maxKeys) this.#byKey.clear();
      this.#byKey.set(key, known);
    }
    return known;
  }

  #judge(subject: S): number {
    const value = this.#read(subject, this.#machine);
    if (value === null) return 0;
    if (typeof value === 'object') return this.#each ? this.values.classOfEach(value) : this.values.classOf(value);
    if (value === this.#last) return this.#lastClass;
    this.#lastClass = this.values.classOf(value);
    this.#last = value;
    return this.#lastClass;
  }
}

/** The parts of a descriptor that an atom looks at; undefined: any. */
export function partsOf(atom: Atom): ReadonlySet<FdPart> | undefined {
  const parts = new Set<FdPart>();
  const operands = atom.test.kind === 'pair' ? [atom.left, atom.test.right] : [atom.left];
  for (const operand of operands) {
    const fields = operand.field === undefined ? operand.reads : [operand.field];
    if (fields === undefined) return undefined;
    for (const field of fields) {
      if (field.spec.from === undefined) return undefined;
      for (const part of field.spec.from) parts.add(part);
    }
  }
  return parts;
}

function eachGetter(operand: BoundOperand): SubjectGetter<never, readonly Scalar[]> {
  // Atoms are `each` only where the field has it.
  return operand.field!.spec.compareEach as SubjectGetter<never, readonly Scalar[]>;
}

function reader<S>(atom: Atom, get: (getter: Getter) => SubjectGetter<S, Value>): SubjectGetter<S, Value> {
  const left = atom.each ? (eachGetter(atom.left) as SubjectGetter<S, Value>) : get(atom.left.getter);
  const test = atom.test;
  if (test.kind !== 'pair') return left;
  const right = get(test.right.getter);
  const needsAll = atom.check.op === '!=' && atom.left.field?.spec.negation === 'all';
  return (subject, machine) => {
    const value = left(subject, machine);
    const other = value === null ? null : right(subject, machine);
    if (value === null || other === null) return null;
    if (!atom.each) return test.holds(value, other);
    const items = value as readonly Scalar[];
    const holds = (item: Scalar): boolean => test.holds(item, other);
    return needsAll ? items.length > 0 && items.every(holds) : items.some(holds);
  };
}

function build<S>(
  atoms: readonly Atom[],
  machine: Machine,
  get: (getter: Getter) => SubjectGetter<S, Value>,
): Dimension<S>[] {
  const groups = new Map<string, Atom[]>();
  for (const atom of atoms) {
    const key = atom.test.kind === 'pair' ? `pair ${atom.id}` : `${atom.each ? 'each' : 'one'} ${atom.left.text}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [atom]);
    else group.push(atom);
  }
  return [...groups.values()].map((group) => new Dimension(group, reader(group[0]!, get), machine));
}

/** The dimensions of all atoms of scope thread. */
export function threadDimensions(atoms: readonly Atom[], machine: Machine): Dimension<Thread>[] {
  const own = atoms.filter((atom) => atom.scope === 'thread');
  return build<Thread>(own, machine, (getter) => getter.get as ThreadGetter);
}

/** The dimensions of all atoms of scope fd. */
export function fdDimensions(atoms: readonly Atom[], machine: Machine): Dimension<Fd>[] {
  const own = atoms.filter((atom) => atom.scope === 'fd');
  return build<Fd>(own, machine, (getter) => getter.get as FdGetter);
}
