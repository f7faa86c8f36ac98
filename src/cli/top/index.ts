import { toJson } from '../../base/json.ts';
import { printable, textLogger } from '../../base/log.ts';
import { encodeBytes } from '../../base/utf8.ts';
import type { SessionOptions } from '../../app/session.ts';
import { SessionError } from '../../app/session-error.ts';
import { type Frame, topRows, type View, type ViewId, views } from '../../app/top/views.ts';
import { TopRun } from '../../app/top/top-run.ts';
import { SourceError } from '../../model/source.ts';
import { command, CommandError, exitCodes, type Io } from '../command.ts';
import { giveUpRights } from '../least-rights.ts';
import { parseChoice, parseSeconds, UsageError } from '../options.ts';
import { allDiagnostics, defaultRules, diagnosticText, loadRuleTexts, readRules } from '../rules.ts';
import { Screen, type Terminal } from './terminal.ts';
import { headLines, tableLines } from './text.ts';

type Rules = SessionOptions['rules'];

const viewIds = Object.keys(views) as ViewId[];
const filterName = 'the filter of saker top';
const usualRows = 20;
/** All system calls are many: more room for the times when others have the processor. */
const ringBytes = 32 * 1024 * 1024;
/** Columns of a table that goes to no terminal. */
const plainWidth = 200;

/** Rules to count, and the filter as one. @throws CommandError */
function readFilteredRules(paths: readonly string[], filter: string | undefined, io: Io) {
  const { files, fieldTable } = readRules(paths.length === 0 ? [defaultRules] : paths);
  const item = { rule: filterName, desc: 'filter', condition: filter, output: 'filter', priority: 'DEBUG' };
  const more = filter === undefined ? [] : [{ name: '--filter', text: JSON.stringify([item]) }];
  const loaded = loadRuleTexts([...files, ...more], fieldTable, 'Debug');
  if (!loaded.successful) {
    for (const problem of allDiagnostics(loaded))
      if (problem.severity === 'error') io.err(`${diagnosticText(problem)}\n`);
    throw new CommandError('the rules or the filter have errors, see above');
  }
  const rules: Rules = loaded.rules.filter((rule) => rule.enabled);
  const own = filter === undefined ? undefined : rules.find((rule) => rule.name === encodeBytes(filterName));
  return { rules: rules.filter((rule) => rule !== own), filter: own };
}

/** One interval for programs: the tables that were asked for, with their first rows. */
function frameJson(frame: Frame, ids: readonly ViewId[], sort: string | undefined, count: number): string {
  const { counter, seconds, time, lost, ownCpuPercent, ownMemoryBytes } = frame;
  const tables = ids.map((id) => [id, topRows(views[id], frame, sort ?? views[id].sort, count)]);
  return toJson({
    time: time === 0 ? null : new Date(time / 1e6).toISOString(),
    seconds,
    events: counter.total.events,
    alerts: counter.total.alerts,
    lost: Object.fromEntries(lost),
    saker: { cpu_percent: ownCpuPercent, memory_bytes: ownMemoryBytes },
    ...Object.fromEntries(tables),
  });
}

function frameText(frame: Frame, id: ViewId, sort: string, count: number, filter: string | undefined): string {
  const width = process.stdout.columns || plainWidth;
  const rows = topRows(views[id], frame, sort, count);
  return [...headLines(frame, id, filter, width), ...tableLines(views[id], rows, width, sort), '', ''].join('\n');
}

/** @throws UsageError */
function sortKey(view: View, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const keys = view.columns.map((column) => column.key);
  return parseChoice(name, keys, '--sort');
}

/** @throws UsageError */
function rowCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{0,4}$/.test(text)) throw new UsageError(`--lines is '${text}', expected a number of lines`);
  return Number(text);
}

/** @throws UsageError */
function intervalOf(text: string | undefined, isCapture: boolean): number | undefined {
  if (text === undefined) return isCapture ? undefined : 2;
  const seconds = parseSeconds(text, '--interval');
  if (seconds < 0.1 || seconds > 86_400) throw new UsageError('--interval is from 0.1s to 24h');
  return seconds;
}

/** All system calls; not what happens apart from them, such as changes of the running thread, which would be most of all. */
async function everyCall(): Promise<readonly string[]> {
  const { x86Syscalls } = await import('../../model/event-table.ts');
  return x86Syscalls.map((call) => call.name);
}

export default command({
  name: 'top',
  summary: 'Show what is busiest: processes, rules, system calls, containers, files, connections.',
  description:
    'Counts all events of this machine, or of a capture, and shows what causes most of them, anew every two seconds. Keys: 1 to 6 or ' +
    'Tab choose the table, s and S the column that it is sorted by, p holds it, q ends. Where standard output is no terminal, the tables ' +
    'are printed one after the other. Live, it needs the rights of saker run.',
  options: {
    read: { short: 'r', value: 'FILE', about: 'Count the events of a capture; without --interval, all in one.' },
    view: { value: 'NAME', about: `The table: ${viewIds.join(', ')} (default processes; with --json all).` },
    sort: { short: 's', value: 'COLUMN', about: 'Column to sort by, e.g. in, failed, cpu.' },
    lines: { short: 'n', value: 'COUNT', about: `Most lines of a table (default ${usualRows}, or what fits).` },
    interval: { short: 'i', value: 'TIME', about: 'Time between two tables (default 2s).' },
    filter: { short: 'f', value: 'CONDITION', about: 'Count only events for which this condition holds.' },
    once: { about: 'One table, then end.' },
    json: { short: 'j', about: 'For programs: one line of JSON for each interval.' },
    rules: { value: 'PATH', repeat: true, about: 'Rules to count; without it, those that come with Saker.' },
    light: {
      about: 'Watch only what rules and state need: cheaper, but reads, writes and most calls are not counted.',
    },
  },
  examples: [
    { command: 'saker top', about: 'What happens on this machine' },
    { command: "saker top --filter 'container.id != host' --view files --sort out", about: 'Who writes in containers' },
    { command: 'saker top --once --json | jq .processes', about: 'For scripts' },
    { command: 'saker top -r incident.scap --view connections', about: 'What a capture is about' },
  ],
  async run({ values, positionals }, io) {
    if (positionals.length > 0) throw new UsageError(`unexpected '${positionals[0]}'`, 'a capture: saker top -r FILE');
    const view = parseChoice(values.view ?? 'processes', viewIds, '--view');
    const sort = sortKey(views[view], values.sort);
    const count = rowCount(values.lines);
    const isCapture = values.read !== undefined;
    const intervalSeconds = intervalOf(values.interval, isCapture);
    if (!isCapture) giveUpRights(io, []);
    const { rules, filter } = readFilteredRules(values.rules, values.filter, io);
    const calls = isCapture || values.light ? undefined : await everyCall();
    const source: SessionOptions['source'] = isCapture
      ? { id: 'replay', config: { path: values.read } }
      : { id: 'ebpf', config: { snapLength: 1, bufferBytes: ringBytes } };
    const stop = new AbortController();
    const isScreen = !values.json && !values.once && !isCapture && process.stdout.isTTY;
    const terminal: Terminal = { input: process.stdin, output: process.stdout };
    const screen = isScreen
      ? new Screen(terminal, { view, sort, filter: values.filter, rows: count, onQuit: () => stop.abort() })
      : undefined;
    let frames = 0;
    const onFrame = (frame: Frame): void => {
      if (values.once && frames > 0) return;
      frames++;
      const rows = count ?? usualRows;
      const ids = values.view === undefined ? viewIds : [view];
      if (screen !== undefined) screen.show(frame);
      else if (values.json) io.out(`${frameJson(frame, ids, sort, rows)}\n`);
      else io.out(frameText(frame, view, sort ?? views[view].sort, rows, values.filter));
      if (values.once) stop.abort();
    };
    const syscalls = calls === undefined ? undefined : { customSet: calls, repair: false, all: true };
    const onReady = (): void => screen?.open();
    // On a screen of its own there is no place for messages.
    const logger = textLogger({
      level: 'warning',
      prefix: 'level',
      write: (line) => (screen === undefined ? io.err(`${line}\n`) : undefined),
    });
    return show(
      { source, rules, filter, syscalls, intervalSeconds, logger, onReady, onFrame, signal: stop.signal },
      stop,
      screen,
    );
  },
});

/** @returns the exit code. @throws CommandError */
async function show(
  options: Parameters<typeof TopRun.open>[0],
  stop: AbortController,
  screen: Screen | undefined,
): Promise<number> {
  const end = (): void => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  let isOpen = false;
  try {
    const run = await TopRun.open({
      ...options,
      onReady: () => {
        if (!isOpen) options.onReady();
        isOpen = true;
      },
    });
    await run.run();
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof SessionError) throw new CommandError(error.reasons.map(printable).join('\n  '));
    if (error instanceof SourceError) throw new CommandError(printable(error.message));
    throw error;
  } finally {
    if (isOpen) screen?.close();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, end);
  }
}
