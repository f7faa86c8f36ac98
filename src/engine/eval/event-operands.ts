import type { Event } from '../../model/event.ts';
import type { EventInfo } from '../../model/event-table.ts';
import type { Value } from '../../model/field.ts';
import type { Machine } from '../../model/machine.ts';
import type { BoundOperand } from '../bound.ts';
import type { Atom } from './atoms.ts';
import { readOperand } from './reference.ts';
import { ValueClasses } from './value-classes.ts';

/** From so many atoms on, an operand is put into classes whatever it costs to read. */
const classesFrom = 8;
const maxClasses = 4096;
/** Numbers that an operand remembers the classes of, by their last bits. */
const maxNumbers = 64;
const slash = 47;

/** How the class of an operand is found in events of one type, cheapest first. */
const way = { truth: 0, number: 1, text: 2, path: 3, value: 4 } as const;
type Way = (typeof way)[keyof typeof way];

/** An operand on events with all its atoms: its values in classes. */
export class EventOperand {
  readonly operand: BoundOperand;
  readonly machine: Machine;
  readonly values: ValueClasses;
  /** The numbers of its atoms. */
  readonly atoms: readonly number[];
  readonly #byCode = new Map<number, OperandAt | undefined>();

  constructor(atoms: readonly Atom[], machine: Machine) {
    this.operand = atoms[0]!.left;
    this.machine = machine;
    this.values = new ValueClasses(atoms);
    this.atoms = atoms.map(({ id }) => id);
  }

  /** The operand for events of one type; undefined where atoms are better judged one by one. */
  at(info: EventInfo): OperandAt | undefined {
    if (!this.#byCode.has(info.id)) this.#byCode.set(info.id, this.#make(info));
    return this.#byCode.get(info.id);
  }

  #make(info: EventInfo): OperandAt | undefined {
    const field = this.operand.field;
    const from = field?.spec.param?.(info, field.arg);
    if (from !== undefined) return new OperandAt(this, way[from.as], from.index);
    if (this.operand.type === 'BOOL') return new OperandAt(this, way.truth, -1);
    return this.atoms.length < classesFrom ? undefined : new OperandAt(this, way.value, -1);
  }

  get isFull(): boolean {
    return this.values.size > maxClasses;
  }

  /** Forgets all classes. */
  clear(): void {
    this.values.clear();
    for (const operand of this.#byCode.values()) operand?.clear();
  }
}

/** An operand in events of one type. */
export class OperandAt {
  readonly of: EventOperand;
  readonly way: Way;
  /** The parameter that the value comes from. */
  readonly #index: number;
  readonly #numbers: Uint32Array;
  /** Classes of these numbers; -1: not known. Of a truth value: of false and of true. */
  readonly #classes: Int32Array;

  constructor(of: EventOperand, how: Way, index: number) {
    this.of = of;
    this.way = how;
    this.#index = index;
    const size = how === way.number ? maxNumbers : how === way.truth ? 2 : 0;
    this.#numbers = new Uint32Array(size);
    this.#classes = new Int32Array(size).fill(-1);
  }

  clear(): void {
    this.#classes.fill(-1);
  }

  /** The class of the operand's value; 0: there is none. */
  judge(event: Event): number {
    const how = this.way;
    if (how === way.text || how === way.path) return this.#judgeText(event);
    return how === way.number ? this.#judgeNumber(event) : this.#judgeValue(event);
  }

  #judgeText(event: Event): number {
    const start = event.starts[this.#index]!;
    const { view } = event;
    if (event.has(this.#index) && (this.way === way.text || view.getUint8(start) === slash)) {
      const known = this.of.values.classOfBytes(view, start, event.starts[this.#index + 1]!);
      if (known >= 0) return known;
    }
    return this.#judgeValue(event);
  }

  #judgeNumber(event: Event): number {
    const index = this.#index;
    const size = event.size(index);
    if (size !== 4 && size !== 2 && size !== 1) return this.#judgeValue(event);
    const number = size === 4 ? event.u32(index) : size === 2 ? event.u16(index) : event.u8(index);
    const place = (number ^ (number >>> 6) ^ (number >>> 12)) & (maxNumbers - 1);
    if (this.#numbers[place] === number && this.#classes[place]! >= 0) return this.#classes[place]!;
    const result = this.#judgeValue(event);
    this.#numbers[place] = number;
    this.#classes[place] = result;
    return result;
  }

  #judgeValue(event: Event): number {
    const value = readOperand(this.of.operand, event, this.of.machine);
    if (value === null) return 0;
    return typeof value === 'boolean' && this.way === way.truth ? this.#judgeTruth(value) : this.#classOf(value);
  }

  #judgeTruth(value: boolean): number {
    const place = value ? 1 : 0;
    const known = this.#classes[place]!;
    return known >= 0 ? known : (this.#classes[place] = this.#classOf(value));
  }

  #classOf(value: Value): number {
    return this.of.values.classOf(value);
  }
}
