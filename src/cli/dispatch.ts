import { didYouMean } from '../base/suggest.ts';
import { type Command, CommandError, exitCodes, type Io } from './command.ts';
import { commands } from './commands.ts';
import { columns, commandHelp } from './help.ts';
import { parseArguments, UsageError } from './options.ts';

function overview(): string {
  const rows = Object.entries(commands).map(([name, entry]): [string, string] => [name, entry.summary]);
  return `Saker: runtime security for Linux. It watches the kernel, judges every event by rules, and tells you.

Usage: saker COMMAND [OPTION...]

Commands:
${columns([...rows, ['help [COMMAND]', 'Show this help, or that of a command.']])}
Start here (as root): saker run
`;
}

function isHelp(arg: string | undefined): boolean {
  return arg === '-h' || arg === '--help';
}

/** The command that the first words name, and how many words that took. */
function findCommand(args: readonly string[]): { name: string; words: number } | undefined {
  const two = args.slice(0, 2).join(' ');
  if (Object.hasOwn(commands, two)) return { name: two, words: 2 };
  const one = args[0] ?? '';
  return Object.hasOwn(commands, one) ? { name: one, words: 1 } : undefined;
}

function unknownCommand(args: readonly string[]): UsageError {
  const [first, second] = args;
  const group = Object.keys(commands).filter((name) => name.startsWith(`${first} `));
  if (group.length > 0) {
    const shown = group.map((name) => `'saker ${name}'`).join(' or ');
    const what =
      second === undefined || second.startsWith('-')
        ? `'${first}' needs one more word`
        : `unknown command '${first} ${second}'`;
    return new UsageError(what, `there is ${shown}`);
  }
  const names = Object.keys(commands);
  const firstWords = [...new Set(names.map((name) => name.split(' ')[0]))].join(', ');
  const help = didYouMean(first ?? '', names) ?? `the commands are ${firstWords}`;
  return new UsageError(`unknown command '${first}'`, help);
}

async function runCommand(spec: Command, args: readonly string[], io: Io): Promise<number> {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  // `saker falco` shows its help itself: it has other texts and exit codes.
  if (spec.name !== 'falco' && own.some(isHelp)) {
    io.out(commandHelp(spec));
    return exitCodes.ok;
  }
  return spec.run(spec.name === 'falco' ? { values: {}, positionals: args } : parseArguments(spec.options, args), io);
}

/** Runs the program with the given arguments. @returns the exit code. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  let name = '';
  try {
    const words = args[0] === 'help' ? args.slice(1) : args;
    if (words.length === 0 || isHelp(words[0])) {
      io.out(overview());
      return exitCodes.ok;
    }
    if (words[0] === '--version') return await main(['version'], io);
    const found = findCommand(words);
    if (found === undefined) throw unknownCommand(words);
    name = ` ${found.name}`;
    const spec = await commands[found.name]!.load();
    return await runCommand(spec, args[0] === 'help' ? ['--help'] : words.slice(found.words), io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`saker${name}: ${error.message}${error.help === undefined ? '' : `; ${error.help}`}\n`);
      io.err(`Try 'saker help${name}'.\n`);
      return exitCodes.usage;
    }
    if (error instanceof CommandError) {
      io.err(`saker${name}: ${error.message}\n`);
      return error.exitCode;
    }
    throw error;
  }
}
