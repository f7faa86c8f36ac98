import type { Event } from '../../model/event.ts';
import type { EventInfo } from '../../model/event-table.ts';
import type { Value } from '../../model/field.ts';
import type { Machine } from '../../model/machine.ts';
import type { BoundOperand } from '../bound.ts';
import type { Atom, Atoms } from './atoms.ts';
import { EventOperand, type OperandAt } from './event-operands.ts';
import type { Node } from './nodes.ts';
import { matches, readOperand } from './reference.ts';
import { valueTest } from './value-tests.ts';
import type { PatternCache } from './values.ts';

/** Whether an event fulfils an expression; {@link EventTests.begin} comes before the first test of an event. */
export type EventTest = (event: Event) => boolean;

const lastTick = 0x3fffffff;
/** Atoms that cost less are judged again where several rules share them: remembering would cost as much. */
const rememberFrom = 10;

/** Counts events, so that what was found out for one event is known to be out of date at the next. */
class Clock {
  now = 0;
  readonly #forget: (() => void)[] = [];

  onWrap(forget: () => void): void {
    this.#forget.push(forget);
  }

  tick(): void {
    if (this.now === lastTick) {
      for (const forget of this.#forget) forget();
      this.now = 0;
    }
    this.now++;
  }
}

/** An operand read at most once per event. */
class SharedOperand {
  readonly #operand: BoundOperand;
  readonly #machine: Machine;
  readonly #clock: Clock;
  #readAt = -1;
  #value: Value | null = null;

  constructor(operand: BoundOperand, machine: Machine, clock: Clock) {
    this.#operand = operand;
    this.#machine = machine;
    this.#clock = clock;
    clock.onWrap(() => (this.#readAt = -1));
  }

  read(event: Event): Value | null {
    if (this.#readAt !== this.#clock.now) {
      this.#value = readOperand(this.#operand, event, this.#machine);
      this.#readAt = this.#clock.now;
    }
    return this.#value;
  }
}

/** What is left of conditions when thread and descriptor are judged, as functions of the event. */
export class EventTests {
  readonly #atoms: Atoms;
  readonly #machine: Machine;
  readonly #clock = new Clock();
  readonly #patterns: PatternCache = new Map();
  readonly #atomTests: (EventTest | undefined)[] = [];
  readonly #operands = new Map<string, SharedOperand>();
  /** By number of an atom; undefined: its operand is not put into classes. */
  readonly #classified: (EventOperand | undefined)[] = [];
  #tests = new Map<Node, EventTest>();

  constructor(atoms: Atoms, machine: Machine) {
    this.#atoms = atoms;
    this.#machine = machine;
    const groups = new Map<string, Atom[]>();
    for (const atom of atoms.list) {
      if (atom.scope !== 'event' || atom.test.kind === 'pair' || atom.each) continue;
      const group = groups.get(atom.left.text);
      if (group === undefined) groups.set(atom.left.text, [atom]);
      else group.push(atom);
    }
    for (const group of groups.values()) {
      const operand = new EventOperand(group, machine);
      for (const { id } of group) this.#classified[id] = operand;
    }
  }

  /** Has to be called once for every event before its first test. */
  begin(): void {
    this.#clock.tick();
  }

  /** Forgets the functions (not the atoms), when the expressions they were made for are forgotten, and all classes. */
  clear(): void {
    this.#tests = new Map();
    for (const operand of new Set(this.#classified)) operand?.clear();
  }

  /** The function for an expression over atoms of scope event. */
  test(node: Node): EventTest {
    let test = this.#tests.get(node);
    if (test === undefined) {
      test = this.#compile(node);
      this.#tests.set(node, test);
    }
    return test;
  }

  /** The function for several expressions that all have to hold. */
  all(nodes: readonly Node[]): EventTest {
    return nodes.length === 1 ? this.test(nodes[0]!) : allOf(nodes.map((node) => this.test(node)));
  }

  #compile(node: Node): EventTest {
    switch (node.kind) {
      case 'always':
        return () => true;
      case 'never':
        return () => false;
      case 'literal': {
        const test = this.#atomTest(this.#atoms.list[node.atom]!);
        return node.negated ? (event) => !test(event) : test;
      }
      case 'and':
        return this.all(node.items);
      case 'or':
        return anyOf(node.items.map((item) => this.test(item)));
    }
  }

  #atomTest(atom: Atom): EventTest {
    const test = this.#atomTests[atom.id] ?? this.#makeAtomTest(atom);
    this.#atomTests[atom.id] = test;
    return test;
  }

  #makeAtomTest(atom: Atom): EventTest {
    const machine = this.#machine;
    const patterns = this.#patterns;
    if (atom.test.kind === 'pair') return this.#remember((event) => matches(atom.check, event, machine, patterns));
    const holds = valueTest(atom, patterns);
    if (atom.cost < rememberFrom && atom.left.getter.scope === 'event') {
      const get = atom.left.getter.get;
      return (event) => {
        const value = get(event, machine);
        return value !== null && holds(value);
      };
    }
    const operand = this.#operand(atom.left);
    return this.#remember((event) => {
      const value = operand.read(event);
      return value !== null && holds(value);
    });
  }

  #operand(operand: BoundOperand): SharedOperand {
    let shared = this.#operands.get(operand.text);
    if (shared === undefined) {
      shared = new SharedOperand(operand, this.#machine, this.#clock);
      this.#operands.set(operand.text, shared);
    }
    return shared;
  }

  /** What puts an atom's operand into classes in events of one type; undefined: the atom is judged by itself. */
  operandAt(atomId: number, info: EventInfo): OperandAt | undefined {
    return this.#classified[atomId]?.at(info);
  }

  /** The test, judged at most once per event. */
  #remember(test: EventTest): EventTest {
    const clock = this.#clock;
    let judgedAt = -1;
    let result = false;
    clock.onWrap(() => (judgedAt = -1));
    return (event) => {
      if (judgedAt !== clock.now) {
        judgedAt = clock.now;
        result = test(event);
      }
      return result;
    };
  }
}

function allOf(tests: readonly EventTest[]): EventTest {
  const [a, b, c] = tests as [EventTest, EventTest, EventTest];
  if (tests.length === 2) return (event) => a(event) && b(event);
  if (tests.length === 3) return (event) => a(event) && b(event) && c(event);
  return (event) => {
    for (let i = 0; i < tests.length; i++) if (!tests[i]!(event)) return false;
    return true;
  };
}

function anyOf(tests: readonly EventTest[]): EventTest {
  const [a, b, c] = tests as [EventTest, EventTest, EventTest];
  if (tests.length === 2) return (event) => a(event) || b(event);
  if (tests.length === 3) return (event) => a(event) || b(event) || c(event);
  return (event) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!(event)) return true;
    return false;
  };
}
