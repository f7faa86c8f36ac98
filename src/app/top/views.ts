import { decodeBytes } from '../../base/utf8.ts';
import { fdName, isIpServer, layer4 } from '../../model/fd-text.ts';
import { l4proto } from '../../model/fd.ts';
import type { Machine } from '../../model/machine.ts';
import type { Thread } from '../../model/thread.ts';
import type { Counter } from './counter.ts';
import { Tally } from './tally.ts';

/** What happened in one interval. */
export interface Frame {
  readonly counter: Counter;
  readonly machine: Machine;
  /** Length of the interval. */
  readonly seconds: number;
  /** End of the interval, nanoseconds since the epoch as a double; 0: no event came yet. */
  readonly time: number;
  /** Events that were lost in the interval, by reason. */
  readonly lost: ReadonlyMap<string, number>;
  /** Of one CPU, used by Saker itself. */
  readonly ownCpuPercent: number;
  readonly ownMemoryBytes: number;
  /** Of one CPU, by process id; undefined: not known, as in a capture. */
  readonly cpuPercent: ReadonlyMap<number, number> | undefined;
}

/** One line of a table by its columns' keys. Text is ordinary text, with whatever characters a name has. */
export type Row = Readonly<Record<string, string | number>>;

export interface Column {
  readonly key: string;
  readonly title: string;
  /** `number` per interval, `rate` per second, `bytes` per second; the rest says how it is shown. */
  readonly kind: 'text' | 'number' | 'rate' | 'bytes' | 'percent';
  /** Columns that a narrow table does without, those with the lowest number first; absent: it is always there. */
  readonly dispensable?: number;
}

export interface View {
  readonly columns: readonly Column[];
  /** Key of the column that the table is sorted by at first. */
  readonly sort: string;
  readonly rows: (frame: Frame) => Row[];
}

function column(key: string, kind: Column['kind'], title: string = key.toUpperCase(), dispensable?: number): Column {
  return { key, title, kind, ...(dispensable === undefined ? {} : { dispensable }) };
}

const measured = {
  events: column('events', 'rate', 'EVENTS/s'),
  failed: column('failed', 'rate', 'FAILED/s', 4),
  opens: column('opens', 'rate', 'OPENS/s', 3),
  connects: column('connects', 'rate', 'CONN/s', 1),
  execs: column('execs', 'rate', 'EXECS/s', 2),
  in: column('in', 'bytes', 'IN/s', 8),
  out: column('out', 'bytes', 'OUT/s', 9),
  alerts: column('alerts', 'number', 'ALERTS', 6),
};

type Measure = keyof typeof measured;

/** What a tally has, by the keys of columns: per second but for alerts. */
function values(tally: Tally, seconds: number, keys: readonly Measure[]): Record<string, number> {
  const all: Record<Measure, number> = {
    events: tally.events,
    failed: tally.failed,
    opens: tally.opens,
    connects: tally.connects,
    execs: tally.execs,
    in: tally.bytesIn,
    out: tally.bytesOut,
    alerts: tally.alerts,
  };
  const per = seconds > 0 ? seconds : 1;
  return Object.fromEntries(keys.map((key) => [key, key === 'alerts' ? all[key] : round(all[key] / per)]));
}

function round(value: number): number {
  return value < 100 ? Math.round(value * 100) / 100 : Math.round(value);
}

function containerName(id: string, machine: Machine): string {
  if (id === 'host') return 'host';
  const name = machine.container(id)?.name ?? '';
  return decodeBytes(name === '' ? id : name);
}

function commandLine(thread: Thread): string {
  if (thread.isPlaceholder) return '?';
  const exe = thread.exe === '' ? thread.comm : thread.exe;
  return decodeBytes([exe, ...thread.args].join(' '));
}

/** Root has its name also in containers whose accounts nobody knows. */
function userName({ containerId, uid }: Thread, machine: Machine): string {
  const name = machine.user(containerId, uid)?.name;
  if (name) return decodeBytes(name);
  return uid === 0 ? 'root' : String(uid);
}

const processMeasures = ['events', 'failed', 'opens', 'connects', 'execs', 'in', 'out', 'alerts'] as const;

const processes: View = {
  sort: 'events',
  columns: [
    column('pid', 'number'),
    column('cpu', 'percent', 'CPU%'),
    ...processMeasures.map((key) => measured[key]),
    column('user', 'text', 'USER', 5),
    column('container', 'text', 'CONTAINER', 7),
    column('command', 'text'),
  ],
  rows: ({ counter, machine, seconds, cpuPercent }) =>
    Array.from(counter.processes.entries(), ([thread, tally]) => ({
      pid: thread.tid,
      ...(cpuPercent === undefined ? {} : { cpu: cpuPercent.get(thread.tid) ?? 0 }),
      ...values(tally, seconds, processMeasures),
      user: userName(thread, machine),
      container: containerName(thread.containerId, machine),
      command: commandLine(thread),
    })),
};

const containerMeasures = ['events', 'failed', 'opens', 'connects', 'execs', 'in', 'out', 'alerts'] as const;
const containers: View = {
  sort: 'events',
  columns: [
    column('id', 'text'),
    column('processes', 'number', 'PROCS'),
    ...containerMeasures.map((key) => measured[key]),
    column('name', 'text'),
    column('image', 'text', 'IMAGE', 7),
  ],
  rows: ({ counter, machine, seconds }) => {
    const running = new Map<string, number>();
    for (const thread of machine.threads())
      if (thread.isMain) running.set(thread.containerId, (running.get(thread.containerId) ?? 0) + 1);
    return Array.from(counter.containers.entries(), ([id, tally]) => ({
      id: decodeBytes(id),
      processes: running.get(id) ?? 0,
      ...values(tally, seconds, containerMeasures),
      name: containerName(id, machine),
      image: decodeBytes(machine.container(id)?.image ?? ''),
    }));
  },
};

const syscallMeasures = ['events', 'failed', 'in', 'out', 'alerts'] as const;
const syscalls: View = {
  sort: 'events',
  columns: [...syscallMeasures.map((key) => measured[key]), column('share', 'percent', '%'), column('syscall', 'text')],
  rows: ({ counter, seconds }) =>
    Array.from(counter.syscalls.entries(), ([syscall, tally]) => ({
      ...values(tally, seconds, syscallMeasures),
      share: round((tally.events / counter.total.events) * 100),
      syscall,
    })),
};

const fileMeasures = ['events', 'opens', 'failed', 'in', 'out', 'alerts'] as const;
const files: View = {
  sort: 'events',
  columns: [...fileMeasures.map((key) => measured[key]), column('file', 'text')],
  rows: ({ counter, seconds }) =>
    merged(Array.from(counter.files.entries(), ([name, tally]) => [decodeBytes(name.text), tally] as const)).map(
      ([file, tally]) => ({ ...values(tally, seconds, fileMeasures), file }),
    ),
};

const protocolNames: Readonly<Record<number, string>> = {
  [l4proto.tcp]: 'tcp',
  [l4proto.udp]: 'udp',
  [l4proto.icmp]: 'icmp',
  [l4proto.raw]: 'raw',
};

const connectionMeasures = ['events', 'failed', 'in', 'out', 'alerts'] as const;
const connections: View = {
  sort: 'events',
  columns: [
    ...connectionMeasures.map((key) => measured[key]),
    column('proto', 'text'),
    column('connection', 'text'),
    column('process', 'text'),
  ],
  rows: ({ counter, seconds }) => {
    // A descriptor that changes (bind, connect) is another one: by its name they are the same.
    const about = new Map<string, { proto: string; process: string }>();
    const named = Array.from(counter.connections.entries(), ([fd, tally]) => {
      const name = `${fdName(fd)}${isIpServer(fd) ? ' (listening)' : ''}`;
      const process = counter.lastProcess.get(fd);
      about.set(name, {
        proto: protocolNames[layer4(fd)] ?? '',
        process: process === undefined ? '' : decodeBytes(process.comm),
      });
      return [name, tally] as const;
    });
    return merged(named).map(([name, tally]) => ({
      ...values(tally, seconds, connectionMeasures),
      ...about.get(name)!,
      connection: name === '' ? '(not connected)' : name,
    }));
  },
};

const rules: View = {
  sort: 'matches',
  columns: [
    column('matches', 'number'),
    column('priority', 'text'),
    column('rule', 'text'),
    column('process', 'text', 'LAST PROCESS'),
  ],
  rows: ({ counter }) =>
    Array.from(counter.rules.entries(), ([rule, tally]) => {
      const process = counter.lastProcess.get(rule);
      return {
        matches: tally.events,
        priority: rule.priority,
        rule: decodeBytes(rule.name),
        process: process === undefined ? '' : commandLine(process),
      };
    }),
};

/** Tallies of the same name together. */
function merged(entries: readonly (readonly [string, Tally])[]): [string, Tally][] {
  const byName = new Map<string, Tally>();
  for (const [name, tally] of entries) {
    const known = byName.get(name) ?? new Tally();
    known.add(tally);
    byName.set(name, known);
  }
  return [...byName];
}

/** The tables, in the order of their keys. */
export const views = { processes, rules, syscalls, containers, files, connections } as const satisfies Record<
  string,
  View
>;
export type ViewId = keyof typeof views;

/** The first rows of a view, the largest first; text is sorted by the alphabet. */
export function topRows(view: View, frame: Frame, sort: string, count: number): Row[] {
  const { kind } = view.columns.find((item) => item.key === sort)!;
  const order = (a: Row, b: Row): number =>
    kind === 'text' ? compare(a[sort]!, b[sort]!) : Number(b[sort] ?? 0) - Number(a[sort] ?? 0);
  return view.rows(frame).toSorted(order).slice(0, count);
}

function compare(a: string | number, b: string | number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
