import { command } from '../command.ts';
import { optionHelp } from '../help.ts';
import { parseArguments, UsageError } from '../options.ts';
import type { Io } from '../command.ts';
import { type FalcoContext, FalcoError, startContext } from './context.ts';
import { giveUpFalcoRights } from './rights.ts';
import { type FalcoFlags, falcoOptions } from './options.ts';
import { duration } from './duration.ts';
import { Signals } from '../signals.ts';

function usage(): string {
  return `Saker as Falco: takes Falco's flags, falco.yaml and rules files, and writes alerts as Falco does.

Usage: saker falco [OPTION...]

Options:
${optionHelp(falcoOptions)}
Examples:
  # Replay a capture
  saker falco -r falco_rules.yaml -o engine.kind=replay -o engine.replay.capture_file=x.scap -o json_output=true
  # Check rules
  saker falco -V my_rules.yaml
`;
}

const supportedSources = ['syscall'];

function checkSources({ flags, config }: FalcoContext): void {
  // A capture has the sources that it has.
  if (config['engine.kind'] === 'replay') return;
  const { 'enable-source': on, 'disable-source': off } = flags;
  if (on.length > 0 && off.length > 0) throw new FalcoError('You can not mix --enable-source and --disable-source');
  for (const name of [...on, ...off]) {
    if (!supportedSources.includes(name))
      throw new FalcoError(`Attempted to ${on.length > 0 ? 'enable' : 'disable'} unknown event source '${name}'`);
  }
  if (off.length > 0) throw new FalcoError('Must enable at least one event source');
}

/** Answers that need no rules. @returns undefined: something else was asked for. */
async function answer(context: FalcoContext): Promise<number | undefined> {
  const { flags } = context;
  if (flags.version) return (await import('./answers.ts')).printVersion(context);
  const asked = flags['plugin-info'];
  if (asked !== undefined) return (await import('./plugins.ts')).printPlugin(context, asked);
  if (flags['list-plugins']) return (await import('./plugins.ts')).listPlugins(context);
  if (flags.list !== undefined) return (await import('./fields.ts')).listFields(context);
  return undefined;
}

async function work(args: readonly string[], io: Io): Promise<number> {
  const { values: flags, positionals } = parseArguments(falcoOptions, args);
  for (const extra of positionals) io.err(`WARNING: argument '${extra}' belongs to no option and is ignored.\n`);
  duration(flags.M);
  if (flags.help) {
    io.out(usage());
    return 0;
  }
  if (flags['config-schema']) return (await import('./answers.ts')).printConfigSchema(io);
  if (flags['rule-schema']) return (await import('./answers.ts')).printRuleSchema(io);
  if (flags.i) return (await import('./events.ts')).listIgnored({ io });
  if (flags['list-events']) return (await import('./events.ts')).listEvents({ flags, io });
  if (flags['page-size']) {
    return (await import('./answers.ts')).printPageSize(io);
  }
  if (asksOnly(flags)) return answerOrWatch(flags, io, args);
  // Before anything takes its time: a request to begin anew must not end it.
  const signals = new Signals();
  try {
    return await answerOrWatch(flags, io, args, signals);
  } finally {
    signals.close();
  }
}

/** Whether nothing is to be watched. */
function asksOnly(flags: FalcoFlags): boolean {
  const { version, support, L, l, list, validate } = flags;
  const isNamed = [l, list, flags['plugin-info']].some((flag) => flag !== undefined) || validate.length > 0;
  return isNamed || version || support || L || flags['list-plugins'];
}

/** @param signals absent: there is only a question to answer. */
async function answerOrWatch(flags: FalcoFlags, io: Io, args: readonly string[], signals?: Signals): Promise<number> {
  const rights = giveUpFalcoRights(flags, io);
  const context = startContext(flags, io);
  if (rights !== undefined) context.log.log('notice', rights.message, rights.fields);
  const answered = await answer(context);
  if (answered !== undefined) return answered;
  checkSources(context);
  const { describeRules, loadConfiguredRules, validateRules } = await import('./rules.ts');
  if (flags.validate.length > 0) return validateRules(context);
  const rules = loadConfiguredRules(context);
  if (flags.L || flags.l !== undefined) return describeRules(context, rules);
  if (signals === undefined) return (await import('./answers.ts')).printSupport(context, rules, args);
  return (await import('./watch.ts')).watch({ context, rules }, signals);
}

export default command({
  name: 'falco',
  summary: "Take Falco's place: the same flags, configuration, rules and output.",
  description:
    "Takes Falco's flags, falco.yaml and rules files, and writes alerts as Falco does; see `saker falco --help`.",
  options: {},
  examples: [],
  async run({ positionals }, io) {
    try {
      return await work(positionals, io);
    } catch (error) {
      if (error instanceof UsageError) {
        io.err(`Error: ${error.message}${error.help === undefined ? '' : `; ${error.help}`}\n`);
        return 1;
      }
      if (!(error instanceof FalcoError)) throw error;
      io.err(`Error: ${error.message}\n`);
      return error.exitCode;
    }
  },
});
