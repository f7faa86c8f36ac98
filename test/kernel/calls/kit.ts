import { readFileSync } from 'node:fs';
import os from 'node:os';
import { eventByCode, flagTables } from '../../../src/model/event-table.ts';
import { isEventPossible, type Value } from '../sensor-kit.ts';

/** What the program of the tables showed, by name, within one group. */
export interface Shown {
  /** Result of the row's own call; errors are negative. */
  readonly result: number;
  /** Number of the row's own call on this machine. */
  readonly number: number;
  /** A value shown under a name. */
  of(name: string): number;
  /** Index of the row in all tables. */
  readonly row: number;
  /** Directory that the group works in. */
  readonly folder: string;
  /** Path of the program itself. */
  readonly program: string;
}

type Expected = Value | ((shown: Shown) => Value);

/** One call and the event it must give. */
export interface CallRow {
  /**
   * `openat(AT_FDCWD, "name", O_RDONLY)`; behind `i386 ` by the 32-bit entry. Arguments are C. Or `~` and what `before` does
   * that gives the event.
   */
  readonly call: string;
  readonly code: string;
  readonly params: Readonly<Record<string, Expected>>;
  /** C statements that run before the call, unseen by the test; and behind it, where `result` is its result. */
  readonly before?: string;
  readonly after?: string;
  /** C statements of a child that the call makes; it ends behind them. */
  readonly child?: string;
  /** What the events that follow have, where the call gives several of the same code. */
  readonly next?: readonly CallRow['params'][];
  /** The event is that of another thread, shown under this name: its first one of that code. */
  readonly of?: string;
  /** Older kernels don't have it, or are told of less: their programs follow lists less far (see DEFINE_REPEAT). */
  readonly since?: readonly [major: number, minor: number];
}

/** Rows that run one after the other in a process and a directory of their own. */
export interface CallGroup {
  readonly name: string;
  /** C: functions, before that of the group. */
  readonly functions?: string;
  /** C: static variables of the group. */
  readonly declare?: string;
  /** C: statements before the first row. */
  readonly setup?: string;
  readonly rows: readonly CallRow[];
}

type Extra = Pick<CallRow, 'before' | 'after' | 'child' | 'next' | 'of' | 'since'>;

export function row(call: string, code: string, params: CallRow['params'], extra: Extra = {}): CallRow {
  return { call, code, params, ...extra };
}

/** The result of the row's call. */
export const result = (shown: Shown): Value => shown.result;

/** The number by which the program made the row's call. */
export const ownNumber = (shown: Shown): Value => shown.number;

/** A value that the program showed. */
export function shown(name: string): (values: Shown) => Value {
  return (values) => values.of(name);
}

const numbers = JSON.parse(
  readFileSync(new URL('../../../tools/gen/syscall-numbers.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, number>>>>;
const native = numbers[process.arch === 'arm64' ? 'arm64' : 'x86_64']!;

const callPattern = /^(i386 )?(\w+)\(([^]*)\)$/;

function parseCall(call: string): { is32: boolean; name: string; args: string } {
  const match = callPattern.exec(call);
  if (match === null) throw new Error(`no call: ${call}`);
  return { is32: match[1] !== undefined, name: match[2] ?? '', args: match[3] ?? '' };
}

/** The number of a row's call on this machine. */
export function numberOf(call: string): number {
  const { is32, name } = parseCall(call);
  const table = is32 ? numbers['ia32']! : native;
  if (!(name in table)) throw new Error(`no such call: ${call}`);
  return table[name]!;
}

const [major = 0, minor = 0] = os
  .release()
  .split('.')
  .map((part) => Number.parseInt(part, 10));

/** Whether this machine has the call, or one that gives the event. */
export function isPossible({ call, code, since: [first, second] = [0, 0] }: CallRow): boolean {
  if (major < first || (major === first && minor < second)) return false;
  if (call.startsWith('~')) return isEventPossible(code);
  const { is32, name } = parseCall(call);
  return is32 ? process.arch === 'x64' : name in native;
}

/** How many arguments a text of C has: commas outside brackets and quotes. */
function countArguments(args: string): number {
  if (args.trim() === '') return 0;
  let [depth, count] = [0, 1];
  for (const part of args.match(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^]/g) ?? []) {
    if ('([{'.includes(part)) depth += 1;
    else if (')]}'.includes(part)) depth -= 1;
    else if (part === ',' && depth === 0) count += 1;
  }
  return count;
}

function rowCode(entry: CallRow, index: number): string {
  if (entry.call.startsWith('~'))
    return `\t{\n${entry.before ?? ''}\n\t\tresult = 0; show_of(${index}, "result", result);\n\t}\n`;
  const { is32, args } = parseCall(entry.call);
  const info = eventByCode(entry.code);
  const makesFile = info.params[0]?.name === 'fd' && info.params.some((param) => param.name === 'ino');
  const lines = [
    entry.before ?? '',
    `mark(${index});`,
    `result = ${is32 ? 'raw32' : 'raw'}(${numberOf(entry.call)}, ARGS${countArguments(args)}(${args}));`,
    entry.child === undefined ? '' : `if (result == 0) { ${entry.child} _exit(0); }`,
    `show_of(${index}, "result", result);`,
    makesFile ? `show_file(${index}, result);` : '',
    entry.after ?? '',
  ];
  return `\t{\n\t\t${lines.filter((line) => line !== '').join('\n\t\t')}\n\t}\n`;
}

/** Index of the first row of each group in the whole. */
export function firstRows(groups: readonly CallGroup[]): number[] {
  let next = 0;
  return groups.map((group) => {
    const first = next;
    next += group.rows.length;
    return first;
  });
}

/** The C program that makes all calls. Its arguments: a directory to work in; it prints group, name and value by line. */
export function programOf(groups: readonly CallGroup[]): string {
  const first = firstRows(groups);
  const functions = groups.map((group, at) => {
    const calls = group.rows.map((entry, i) => (isPossible(entry) ? rowCode(entry, (first[at] ?? 0) + i) : ''));
    return `${group.functions ?? ''}\nstatic void group_${at}(void)\n{\n${group.declare ?? ''}\n\tlong result;\n${group.setup ?? ''}\n${calls.join('')}}\n`;
  });
  const runs = groups.map((_, at) => `\trun(${at}, group_${at}, argv[1]);\n`);
  return [
    '#include "runtime.h"\n',
    functions.join('\n'),
    `static void run(int number, void (*group)(void), const char *folder)
{
	char path[4096];
	long pid;

	fflush(stdout);
	pid = fork();
	if (pid != 0) {
		reap(pid);
		return;
	}
	group_number = number;
	snprintf(path, sizeof(path), "%s/%d", folder, number);
	if (mkdir(path, 0777) != 0 || chdir(path) != 0)
		_exit(9);
	show("pid", getpid());
	group();
	show("end", 1);
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "exec-ed") == 0)
		return 0;
	program = argv[0];
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	umask(0);
${runs.join('')}	for (int i = 0; i < shared->used; i++)
		printf("%d %s %ld\\n", shared->items[i].group, shared->items[i].name, shared->items[i].value);
	return 0;
}
`,
  ].join('\n');
}

/** The sum of values by name, as the capture format has them. */
export function bits(table: string, ...names: string[]): number {
  return names.reduce((sum, name) => {
    const value = flagTables[table]?.[name];
    if (value === undefined) throw new Error(`${table} has no ${name}`);
    return sum | value;
  }, 0);
}

/** Open flags. */
export const open = (...names: string[]): number => bits('file_flags', ...names.map((name) => `O_${name}`));

/** Little-endian bytes as a byte string. */
export function bytes(size: number, ...values: (number | bigint)[]): string {
  const buffer = Buffer.alloc(size * values.length);
  values.forEach((value, i) => {
    const wide = BigInt.asUintN(8 * size, BigInt(value));
    for (let at = 0; at < size; at += 1) buffer[i * size + at] = Number((wide >> BigInt(8 * at)) & 0xffn);
  });
  return buffer.latin1Slice();
}

/** A value of eight bytes as parameters of several types have it: behind the number of its type, 0. */
export const number = (value: number | bigint): string => `\0${bytes(8, value)}`;

export const cwdFd = -100;
/** -1 as user and group ids have it. */
export const unset = 0xffffffff;
