import {
  type ArgSpec,
  eventField,
  type Scalar,
  type ThreadGetter,
  threadField,
  threadFieldWith,
} from '../../model/field.ts';
import { int32 } from '../../model/field-argument.ts';
import { ancestor, ofAncestors, parentOf } from '../../model/lineage.ts';
import { currentDirectory } from '../../model/param-text.ts';
import type { Thread } from '../../model/thread.ts';

const maxEnvAncestors = 20;

/** Name and arguments. */
export function commandLine(thread: Thread): string {
  return thread.args.length === 0 ? thread.comm : `${thread.comm} ${thread.args.join(' ')}`;
}

export function argsText(thread: Thread): string {
  return thread.args.join(' ');
}

function envText(thread: Thread): string {
  return thread.leader.env.join(' ');
}

/** The value of a variable without blanks around it; '' where it is not set or empty. */
function envValue(thread: Thread, name: string): string {
  const prefix = `${name}=`;
  const item = thread.leader.env.find((text) => text.length > prefix.length && text.startsWith(prefix));
  return item === undefined ? '' : item.slice(prefix.length).replace(/^ +| +$/g, '');
}

function oneArgument(arg: string | undefined): ThreadGetter<string> {
  if (arg === undefined) return argsText;
  const index = Number(arg);
  return index < 0 ? argsText : (thread) => thread.args[index] ?? '';
}

function env(arg: string | undefined): ThreadGetter<string> {
  return arg === undefined || /^[0-9]*$/.test(arg) ? envText : (thread) => envValue(thread, arg);
}

function inheritedValue(thread: Thread, name: string): string {
  let process = parentOf(thread.leader);
  for (let i = 0; i < maxEnvAncestors && process !== null; i++) {
    const value = envValue(process, name);
    if (value !== '') return value;
    process = parentOf(process);
  }
  return '';
}

function ancestorEnv(arg: string | undefined): ThreadGetter<string> {
  if (arg === undefined || arg === '') return envText;
  if (!/^[0-9]+$/.test(arg)) return (thread) => inheritedValue(thread, arg);
  const generation = int32(arg)!;
  if (generation <= 0) return envText;
  return (thread) => {
    if (thread.main === null) return '';
    const process = ancestor(thread, generation);
    return process === null ? null : envText(process);
  };
}

function lengthOfArgs(thread: Thread): number {
  let length = 0;
  for (const arg of thread.args) length += arg.length;
  return length;
}

const variable: ArgSpec = { kind: 'key', required: false, summary: 'name of a variable' };

export const commandFields = {
  'proc.name': threadField('CHARBUF', 'Name, cut to 15 bytes by the kernel.', (thread) => thread.comm),
  'proc.exe': threadField(
    'CHARBUF',
    'First argument (argv[0]), by custom how the program was called.',
    (thread) => thread.exe,
  ),
  'proc.args': threadFieldWith(
    'CHARBUF',
    'Arguments after the first, separated by blanks, or one of them by number from 0.',
    { kind: 'index', required: false, summary: 'number of an argument' },
    oneArgument,
  ),
  'proc.cmdline': threadField('CHARBUF', 'Name and arguments, separated by blanks.', commandLine),
  'proc.exeline': threadField(
    'CHARBUF',
    'First argument and the others.',
    (thread) => `${thread.exe} ${argsText(thread)}`,
  ),
  'proc.cmdnargs': threadField('UINT64', 'Number of arguments after the first.', (thread) => thread.args.length, {
    format: 'DEC',
  }),
  'proc.cmdlenargs': threadField('UINT64', 'Bytes of all arguments after the first.', lengthOfArgs, { format: 'DEC' }),
  'proc.env': threadFieldWith('CHARBUF', 'The environment, or one variable of it.', variable, env, {
    key: (thread) => thread.leader.envBytes,
  }),
  'proc.aenv': threadFieldWith(
    'CHARBUF',
    'The environment of an ancestor: the nth, or a variable as the nearest ancestor has it; in conditions without the name of a variable, of any.',
    { kind: 'index-or-key', required: false, summary: 'generations up or name of a variable' },
    ancestorEnv,
    {
      noRhs: true,
      noTransformer: true,
      eachByNumber: true,
      compareEach: (thread: Thread): readonly Scalar[] => ofAncestors(thread, envText),
    },
  ),
  // Threads of one process share the directory, and one of them may change it for all.
  'proc.cwd': eventField('CHARBUF', 'Current directory, with a slash at the end.', (event) =>
    event.thread === null ? null : currentDirectory(event.thread),
  ),
} as const;
