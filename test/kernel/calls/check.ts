import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventByCode, syscallNames } from '../../../src/model/event-table.ts';
import { tracepoints } from '../../../src/sources/linux/interest.ts';
import type { Program, Recording, Seen, Value } from '../sensor-kit.ts';
import { compileText } from './compile.ts';
import { type CallGroup, type CallRow, firstRows, isPossible, numberOf, programOf, type Shown } from './kit.ts';

/** Runs the program in a folder while the calls of these names are watched. */
export type Watch = (program: string, work: string, names: string) => Promise<{ output: string; recording: Recording }>;

/** As events have the device: stat(2)'s 32 bits. */
function device(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

function resolve(params: CallRow['params'], shown: Shown): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === 'function' ? value(shown) : value]),
  );
}

/** One run of the program of the tables, and what was seen of it. */
class Run {
  /** What the program showed, by `group name`. */
  readonly values = new Map<string, number>();
  readonly recording: Recording;
  readonly #program: Program;
  /** Events by thread, in time. */
  readonly #byThread: Map<number, Seen[]>;

  constructor(program: Program, output: string, recording: Recording) {
    this.#program = program;
    this.recording = recording;
    for (const line of output.trim().split('\n')) {
      const [group, name, value] = line.split(' ');
      const key = `${group} ${name}`;
      if (!this.values.has(key)) this.values.set(key, Number(value));
    }
    const inOrder = recording.seen.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    this.#byThread = Map.groupBy(inOrder, (event) => event.tid);
  }

  static async of(groups: readonly CallGroup[], watch: Watch): Promise<Run> {
    const runtime = readFileSync(new URL('./runtime.h', import.meta.url), 'utf8');
    const program = compileText({ 'calls.c': programOf(groups), 'runtime.h': runtime });
    const work = path.join(program.folder, 'work');
    mkdirSync(work);
    const names = [...syscallNames.filter((name) => !(name in tracepoints)), 'procexit'];
    const { output, recording } = await watch(program.path, work, names.join(' '));
    return new Run(program, output, recording);
  }

  /** The events that the call of a row gave, and what came behind them. */
  eventsOf(group: number, index: number, { code, of }: CallRow): readonly Seen[] {
    if (of !== undefined) {
      const thread = this.values.get(`${group} ${of}`) ?? -1;
      return this.#byThread.get(thread)?.filter((event) => event.code === code) ?? [];
    }
    for (const list of this.#byThread.values()) {
      const at = list.findIndex((e) => e.code === 'SYSCALL_PRCTL_X' && e.params['arg2_str'] === `row ${index}`);
      if (at >= 0) return list.slice(at + 1);
    }
    return [];
  }

  shownOf(group: number, index: number, { call }: CallRow): Shown {
    const get = (name: string): number => {
      const value = this.values.get(`${group} ${index}.${name}`) ?? this.values.get(`${group} ${name}`);
      if (value === undefined) throw new Error(`the program showed no ${name}`);
      return value;
    };
    const own = this.#program.path;
    const folder = path.join(path.dirname(own), 'work', String(group));
    return {
      // A row may end its process.
      get result() {
        return get('result');
      },
      get number() {
        return numberOf(call);
      },
      of: get,
      row: index,
      folder,
      program: own,
    };
  }

  expectedParams(group: number, index: number, entry: CallRow): Record<string, Value> {
    const shown = this.shownOf(group, index, entry);
    const params = resolve(entry.params, shown);
    const takesFile = eventByCode(entry.code).params.some((param) => param.name === 'ino');
    if (takesFile && this.values.has(`${group} ${index}.ino`)) {
      params['ino'] = shown.of('ino');
      params['dev'] = device(shown.of('major'), shown.of('minor'));
    }
    return params;
  }

  check(group: number, index: number, entry: CallRow): void {
    const [event, ...behind] = this.eventsOf(group, index, entry);
    expect(event?.code).toBe(entry.code);
    expect(event?.params).toMatchObject(this.expectedParams(group, index, entry));
    entry.next?.forEach((params, i) => {
      expect(behind[i]?.code).toBe(entry.code);
      expect(behind[i]?.params).toMatchObject(resolve(params, this.shownOf(group, index, entry)));
    });
  }

  remove(): void {
    this.#program.remove();
  }
}

/**
 * Compares the events of all rows of some tables with what the program was told by the kernel.
 * @param different calls that are made, but whose events are not what the tables say, and why.
 */
export function describeCalls(
  title: string,
  reason: string,
  groups: readonly CallGroup[],
  watch: Watch,
  different: Readonly<Record<string, string>> = {},
): void {
  const first = firstRows(groups);
  const numbered = groups.map((group, at): [string, number, CallGroup] => [group.name, at, group]);
  let run: Run;

  describe.skipIf(reason !== '')(title, () => {
    beforeAll(async () => {
      run = await Run.of(groups, watch);
    });
    afterAll(() => run?.remove());

    it('has at least 300 rows, of which none was lost', () => {
      const count = groups.reduce((sum, group) => sum + group.rows.length, 0);
      expect(count).toBeGreaterThanOrEqual(300);
      expect(run.recording.problems).toEqual([]);
      expect(run.recording.lost).toEqual([]);
    });

    describe.each(numbered)('%s', (_, at, group) => {
      it('runs to its end', () => {
        expect(run.values.get(`${at} end`)).toBe(1);
      });

      const rows = group.rows.map((entry, i): [string, number, CallRow] => [entry.call, (first[at] ?? 0) + i, entry]);
      it.each(rows)('%s', (call, index, entry) => {
        if (isPossible(entry) && !(call in different)) run.check(at, index, entry);
      });
    });
  });
}
