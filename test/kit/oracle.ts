import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { readCapture } from '../../src/capture/reader.ts';
import containerClass from '../../src/fields/container/index.ts';
import evtClass from '../../src/fields/evt/index.ts';
import evtSyscallClass from '../../src/fields/evt-syscall/index.ts';
import fdClass from '../../src/fields/fd/index.ts';
import fdlistClass from '../../src/fields/fdlist/index.ts';
import fsPathClass from '../../src/fields/fs-path/index.ts';
import groupClass from '../../src/fields/group/index.ts';
import k8sClass from '../../src/fields/k8s/index.ts';
import k8smetaClass from '../../src/fields/k8smeta/index.ts';
import processClass from '../../src/fields/process/index.ts';
import userClass from '../../src/fields/user/index.ts';
import { Event } from '../../src/model/event.ts';
import type { EventGetter, FieldTable, Value } from '../../src/model/field.ts';
import { buildFieldTable } from '../../src/model/field-table.ts';
import { fieldShower } from '../../src/model/format.ts';
import { MachineState } from '../../src/state/machine-state.ts';
import { sharedFolder } from './requirements.ts';

/** All classes of fields of the syscall source. */
export const syscallClasses = [
  evtClass,
  evtSyscallClass,
  processClass,
  userClass,
  groupClass,
  fdClass,
  fdlistClass,
  fsPathClass,
  containerClass,
  k8sClass,
  k8smetaClass,
];

/** The fields of events of the syscall source. */
export function syscallFields(): FieldTable {
  return buildFieldTable('syscall', syscallClasses);
}

/** Binds a field by its text: `proc.aname[2]`, `evt.arg.flags`. */
export function bindField(table: FieldTable, text: string) {
  const [, name, arg] = /^([^[]+)(?:\[(.*)\])?$/s.exec(text)!;
  return table.bind(name!, arg);
}

const oracle = sharedFolder === undefined ? '' : path.join(sharedFolder, 'oracle');

/** Names of the captures that have an expected value of every field for their events. */
export function fieldCaptures(): string[] {
  if (oracle === '') return [];
  const files = readdirSync(path.join(oracle, 'expected'));
  return files
    .filter((file) => file.endsWith('.fields.jsonl.zst'))
    .map((file) => file.replace('.fields.jsonl.zst', ''));
}

/** The fields, as texts, that those values are of. */
export function oracleFieldNames(): string[] {
  return JSON.parse(readFileSync(path.join(oracle, 'fields.json'), 'utf8')) as string[];
}

/** Expected values of the fields of events, in the order of the capture. */
class ExpectedLines {
  readonly #text: Buffer;
  #at = 0;
  #line = '';
  num = 0;

  constructor(capture: string) {
    const file = path.join(oracle, 'expected', `${capture}.fields.jsonl.zst`);
    this.#text = zstdDecompressSync(readFileSync(file), { maxOutputLength: 2 ** 31 - 1 });
    this.next();
  }

  next(): void {
    if (this.#at >= this.#text.length) {
      this.num = Infinity;
      return;
    }
    let end = this.#text.indexOf(10, this.#at);
    if (end < 0) end = this.#text.length;
    this.#line = this.#text.utf8Slice(this.#at, end);
    this.num = Number(this.#line.slice(1, this.#line.indexOf(',')));
    this.#at = end + 1;
  }

  values(): Record<string, unknown> {
    const [, values] = JSON.parse(this.#line) as [number, Record<string, unknown>];
    return values;
  }

  /** The digits of an integer that a double can't hold. */
  digits(field: string): bigint {
    const key = `${JSON.stringify(field)}:`;
    const at = this.#line.indexOf(key) + key.length;
    return BigInt(/^-?\d+/.exec(this.#line.slice(at, at + 24))![0]);
  }
}

export interface Difference {
  readonly num: number;
  readonly type: string;
  readonly ours: string;
  readonly theirs: string;
}

export interface FieldReport {
  readonly field: string;
  /** Events in which the oracle or Saker has a value. */
  compared: number;
  differing: number;
  /** Values that are not UTF-8: the oracle can't tell them. */
  skipped: number;
  readonly first: Difference[];
}

const maxExamples = 20;
const beyondAscii = /[\x80-\xff]/;

function describe(value: unknown): string {
  const text = typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
  return value === null || value === undefined ? '(none)' : text.slice(0, 400);
}

function sorted(values: readonly unknown[]): string {
  return values
    .map((value) => JSON.stringify(value))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join();
}

function same(ours: Value | null, theirs: unknown, digits: () => bigint): boolean {
  if (ours === null) return theirs === undefined;
  if (typeof ours === 'object') {
    // The order of such lists is that of a hash table upstream.
    return Array.isArray(theirs) && sorted(ours) === sorted(theirs);
  }
  if (typeof theirs === 'number' && typeof ours !== 'string' && typeof ours !== 'boolean') {
    if (Number.isInteger(theirs) && !Number.isSafeInteger(theirs)) return BigInt(ours) === digits();
    return Number(ours) === theirs;
  }
  return ours === theirs || (typeof ours === 'string' && typeof theirs === 'string' && isRenamed(ours, theirs));
}

/** Whether the texts differ only in folders of the recording machine, which have another name of equal length. */
function isRenamed(ours: string, theirs: string): boolean {
  if (ours.length !== theirs.length || !theirs.includes('/data')) return false;
  const parts = theirs.split('/data');
  let at = 0;
  return parts.every((part, i) => {
    if (i > 0 && !/^\/[a-z]{4}$/.test(ours.slice(at - 5, at))) return false;
    const equal = ours.startsWith(part, at);
    at += part.length + 5;
    return equal;
  });
}

/** What the oracle can't tell (its README names it): the machine's name, and stale memory behind the data of ptrace. */
function isLeftOut(field: string, event: Event): boolean {
  return field === 'evt.num' || field === 'evt.hostname' || (field === 'evt.buffer' && event.info.name === 'ptrace');
}

export interface CompareOptions {
  readonly fields: readonly string[];
  /** Called for every difference. */
  readonly onDifference?: (field: string, difference: Difference) => void;
}

export interface CompareResult {
  /** Events that were compared. */
  events: number;
  /** Events of the oracle that did not come. */
  missing: number;
  readonly reports: readonly FieldReport[];
}

/** Replays a capture and compares what the fields show as JSON with the expected values. */
export async function compareFields(capture: string, options: CompareOptions): Promise<CompareResult> {
  const table = syscallFields();
  const showers: { report: FieldReport; show: EventGetter }[] = [];
  for (const text of options.fields) {
    const field = bindField(table, text);
    if (field === undefined) throw new RangeError(`no field ${text}`);
    const report = { field: text, compared: 0, differing: 0, skipped: 0, first: [] };
    showers.push({ report, show: fieldShower(field, { json: true, base64: false }) });
  }
  const expected = new ExpectedLines(capture);
  const state = new MachineState({ hostname: 'oracle' });
  const result: CompareResult = { events: 0, missing: 0, reports: showers.map(({ report }) => report) };

  function compare(event: Event): void {
    while (expected.num < event.num) {
      result.missing++;
      expected.next();
    }
    // Fields that depend on earlier readings have to be read for every event that the oracle has.
    if (expected.num !== event.num) return;
    result.events++;
    const theirs = expected.values();
    for (const { report, show } of showers) {
      const ours = show(event, state);
      const value = theirs[report.field];
      if ((ours === null && value === undefined) || isLeftOut(report.field, event)) continue;
      if (typeof ours === 'string' && beyondAscii.test(ours)) {
        report.skipped++;
        continue;
      }
      report.compared++;
      if (same(ours, value, () => expected.digits(report.field))) continue;
      report.differing++;
      const difference = { num: event.num, type: event.info.name, ours: describe(ours), theirs: describe(value) };
      if (report.first.length < maxExamples) report.first.push(difference);
      options.onDifference?.(report.field, difference);
    }
    expected.next();
  }

  const event = new Event();
  let num = 0;
  await readCapture({
    path: path.join(oracle, 'captures', `${capture}.scap`),
    sink: {
      snapshot: (snapshot) => state.load(snapshot),
      event: (bytes, view, header, cpu) => {
        event.num = ++num;
        if (!event.read(bytes, view, header, cpu)) return;
        state.apply(event);
        compare(event);
        state.after(event);
      },
      lost: () => {},
    },
    signal: new AbortController().signal,
    batchEnd: () => undefined,
  });
  return result;
}
