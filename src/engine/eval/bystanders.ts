import type { Event } from '../../model/event.ts';
import { eventByCode, type EventInfo } from '../../model/event-table.ts';
import type { Fd } from '../../model/fd.ts';
import type { Thread } from '../../model/thread.ts';
import type { Atom, Atoms } from './atoms.ts';
import type { CodeTable } from './code-table.ts';
import { partsOf } from './dimensions.ts';
import type { EventTests } from './event-tests.ts';
import type { Residues } from './residues.ts';

/** The field of threads that the filter looks at. */
const knownOfThreads = 'proc.name';
/** Parameters of opens that it looks at, next to the result. */
const knownParams: readonly string[] = ['name', 'flags', 'mode'];
/** Fields of the event that follow from these. */
const knownFields: readonly string[] = ['evt.is_open_read', 'evt.is_open_write', 'evt.is_open_exec'];
/** The close of a descriptor whose open is left out is left out, too. */
const closeCode = eventByCode('SYSCALL_CLOSE_X').id;
const mostVerdicts = 65_536;

/** What is needed of the evaluator. */
export interface BystanderContext {
  readonly atoms: Atoms;
  readonly residues: Residues;
  readonly tests: EventTests;
  /** The table of an event type; null: no rule is about it. */
  table(code: number): CodeTable | null;
  /** The class, and the atoms that hold in it. */
  fdClass(fd: Fd): number;
  fdAtoms(id: number): readonly number[];
  threadClass(thread: Thread): number;
  threadAtoms(id: number): readonly number[];
}

/**
 * Finds opens that can be left out before they are sent, since no rule would tell of them, whichever process of the
 * program makes them, nor of the close of what they open. Works with what a filter in the kernel sees: the program's
 * name, the path, which has to be absolute, flags, mode, error number, and that a plain file was opened that existed
 * before.
 */
export class Bystanders {
  readonly #context: BystanderContext;
  readonly #threadAtoms: readonly number[];
  /** Those of them that depend on the program's name only. */
  readonly #nameAtoms: readonly number[];
  /** Those of descriptors that differ between opens which look alike to the filter. */
  readonly #uncertainFdAtoms: readonly number[];
  readonly #knownByCode = new Map<number, readonly Atom[]>();
  /** By event type, classes, and known atoms that hold. */
  readonly #verdicts = new Map<string, boolean>();

  constructor(context: BystanderContext) {
    this.#context = context;
    const list = context.atoms.list;
    const ids = (holds: (atom: Atom) => boolean): number[] => list.filter(holds).map(({ id }) => id);
    this.#threadAtoms = ids((atom) => atom.scope === 'thread');
    this.#nameAtoms = ids(
      (atom) => atom.scope === 'thread' && atom.left.text === knownOfThreads && atom.test.kind !== 'pair',
    );
    this.#uncertainFdAtoms = ids((atom) => atom.scope === 'fd' && !isCertain(atom));
  }

  /** Whether all opens like this one can be left out. The event has to be an open or openat, just applied to the state. */
  isOne(event: Event): boolean {
    const { fd, thread } = event;
    if (fd === null || thread === null) return false;
    const fdClass = this.#context.fdClass(fd);
    const threadClass = this.#context.threadClass(thread);
    const { residues, tests } = this.#context;
    tests.begin();
    const holding: number[] = [];
    for (const atom of this.#knownAtoms(event.info)) {
      if (tests.test(residues.nodes.literal(atom, false))(event)) holding.push(atom.id);
    }
    const key = `${event.type} ${fdClass} ${threadClass},${holding.join(' ')}`;
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    if (this.#verdicts.size >= mostVerdicts) this.#verdicts.clear();
    const isOne = this.#judge(event, fdClass, threadClass, holding);
    this.#verdicts.set(key, isOne);
    return isOne;
  }

  #judge(event: Event, fdClass: number, threadClass: number, holding: readonly number[]): boolean {
    const { residues } = this.#context;
    const fdAtoms = this.#context.fdAtoms(fdClass);
    const named = this.#context.threadAtoms(threadClass).filter((atom) => this.#nameAtoms.includes(atom));
    const known = this.#knownAtoms(event.info).map(({ id }) => id);
    residues.doubt(this.#threadAtoms);
    residues.deny(this.#nameAtoms);
    residues.assume(named);
    residues.assume(fdAtoms);
    residues.doubt(this.#uncertainFdAtoms);
    let isOne = !this.#canMatch(closeCode);
    residues.deny(known);
    residues.assume(holding);
    isOne &&= !this.#canMatch(event.type);
    residues.release(known);
    residues.release(this.#uncertainFdAtoms);
    residues.release(fdAtoms);
    residues.release(this.#threadAtoms);
    return isOne;
  }

  #canMatch(code: number): boolean {
    const table = this.#context.table(code);
    return table !== null && table.rules.some(({ node }) => !this.#context.residues.isImpossible(node));
  }

  /** Atoms of scope event that the filter's view decides. */
  #knownAtoms(info: EventInfo): readonly Atom[] {
    let known = this.#knownByCode.get(info.id);
    if (known === undefined) {
      const isUsed = this.#context.table(info.id)?.isUsed ?? (() => false);
      known = this.#context.atoms.list.filter(
        (atom) => atom.scope === 'event' && isUsed(atom.id) && isKnown(atom, info),
      );
      this.#knownByCode.set(info.id, known);
    }
    return known;
  }
}

/** What has the same value for all descriptors of opens that look alike to the filter. */
function isCertain(atom: Atom): boolean {
  const parts = partsOf(atom);
  return parts !== undefined && !parts.has('inode') && !parts.has('unix');
}

function isKnown(atom: Atom, info: EventInfo): boolean {
  const field = atom.left.field;
  if (atom.test.kind === 'pair' || field === undefined) return false;
  if (knownFields.includes(field.name)) return true;
  const source = field.spec.param?.(info, field.arg);
  return source !== undefined && knownParams.includes(info.params[source.index]?.name ?? '');
}

/** Fields whose value depends on events that have nothing to do with theirs: where rules use them, none may be missing. */
const historic =
  /^(evt\.(num|count($|\.)|latency|deltatime|reltime|around)|proc\.(fdopencount|fdusage|std(in|out|err)\.)|thread\.(exectime|totexectime)|fdlist\.)/;

/** Whether events can't be left out without changing the value of a field. */
export function isHistoric(name: string): boolean {
  return historic.test(name);
}
