import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventByCode, syscallNames } from '../../src/model/event-table.ts';
import { tracepoints } from '../../src/sources/linux/interest.ts';
import { groups } from './calls/groups.ts';
import { type CallGroup, type CallRow, firstRows, isPossible, programOf, type Shown } from './calls/kit.ts';
import { compileText } from './calls/compile.ts';
import { type Program, record, type Recording, runProgram, type Seen, type Value, whyNot } from './sensor-kit.ts';

const reason = whyNot();
if (reason !== '') console.warn(`kernel tests of the calls are skipped: ${reason}`);

let program: Program | undefined;
let recording: Recording;
/** What the program showed, by `group name`. */
const values = new Map<string, number>();
/** Events by thread, in time. */
let byThread: Map<number, Seen[]>;

const first = firstRows(groups);
const nameOf = (index: number): string => `row ${index}`;

/** The events that the call of a row gave, and what came behind them. */
function eventsOf(group: number, index: number, { code, of }: CallRow): readonly Seen[] {
  if (of !== undefined) {
    return byThread.get(values.get(`${group} ${of}`) ?? -1)?.filter((event) => event.code === code) ?? [];
  }
  for (const list of byThread.values()) {
    const at = list.findIndex((e) => e.code === 'SYSCALL_PRCTL_X' && e.params['arg2_str'] === nameOf(index));
    if (at >= 0) return list.slice(at + 1);
  }
  return [];
}

function shownOf(group: number, index: number): Shown {
  const get = (name: string): number => {
    const value = values.get(`${group} ${index}.${name}`) ?? values.get(`${group} ${name}`);
    if (value === undefined) throw new Error(`the program showed no ${name}`);
    return value;
  };
  const own = program?.path ?? '';
  const folder = path.join(path.dirname(own), 'work', String(group));
  return {
    // A row may end its process.
    get result() {
      return get('result');
    },
    of: get,
    row: index,
    folder,
    program: own,
  };
}

/** As events have the device: stat(2)'s 32 bits. */
function device(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

function resolve(params: CallRow['params'], shown: Shown): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === 'function' ? value(shown) : value]),
  );
}

function expectedParams(group: number, index: number, entry: CallRow): Record<string, Value> {
  const shown = shownOf(group, index);
  const params = resolve(entry.params, shown);
  const takesFile = eventByCode(entry.code).params.some((param) => param.name === 'ino');
  if (takesFile && values.has(`${group} ${index}.ino`)) {
    params['ino'] = shown.of('ino');
    params['dev'] = device(shown.of('major'), shown.of('minor'));
  }
  return params;
}

describe.skipIf(reason !== '')('calls', () => {
  beforeAll(async () => {
    const runtime = readFileSync(new URL('./calls/runtime.h', import.meta.url), 'utf8');
    const made = compileText({ 'calls.c': programOf(groups), 'runtime.h': runtime });
    program = made;
    const work = path.join(made.folder, 'work');
    mkdirSync(work);
    let pid = -1;
    const names = [...syscallNames.filter((name) => !(name in tracepoints)), 'procexit'];
    recording = await record(
      { syscalls: names.join(' '), bufferBytes: 128 << 20 },
      async () => {
        const done = await runProgram(made.path, [work]);
        pid = done.pid;
        for (const line of done.output.trim().split('\n')) {
          const [group, name, value] = line.split(' ');
          const key = `${group} ${name}`;
          if (!values.has(key)) values.set(key, Number(value));
        }
      },
      (event) => event.tid === pid,
    );
    const inOrder = recording.seen.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    byThread = Map.groupBy(inOrder, (event) => event.tid);
  });
  afterAll(() => program?.remove());

  it('has at least 300 rows, of which none was lost', () => {
    const count = groups.reduce((sum, group) => sum + group.rows.length, 0);
    expect(count).toBeGreaterThanOrEqual(300);
    expect(recording.problems).toEqual([]);
    expect(recording.lost).toEqual([]);
  });

  describe.each(groups.map((group, at): [string, number, CallGroup] => [group.name, at, group]))(
    '%s',
    (_, at, group) => {
      it('runs to its end', () => {
        expect(values.get(`${at} end`)).toBe(1);
      });

      it.each(group.rows.map((entry, i): [string, number, CallRow] => [entry.call, (first[at] ?? 0) + i, entry]))(
        '%s',
        (_call, index, entry) => {
          if (!isPossible(entry)) return;
          const [event, ...behind] = eventsOf(at, index, entry);
          expect(event?.code).toBe(entry.code);
          expect(event?.params).toMatchObject(expectedParams(at, index, entry));
          entry.next?.forEach((params, i) => {
            expect(behind[i]?.code).toBe(entry.code);
            expect(behind[i]?.params).toMatchObject(resolve(params, shownOf(at, index)));
          });
        },
      );
    },
  );
});
