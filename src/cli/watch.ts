import { usualCaptures } from '../app/captures.ts';
import { type AlertOptions, alertHostname, appendText, defaultCapacity } from '../app/config/settings.ts';
import { hostNameOption } from '../app/host-names.ts';
import { collectLeftovers } from '../app/memory.ts';
import { ServiceManager } from '../app/service-manager.ts';
import { type Session, SessionError, type SessionOptions } from '../app/session.ts';
import { type Logger, printable, textLogger } from '../base/log.ts';
import { type RuleSelection, selectRules } from '../engine/loader/select-rules.ts';
import { type Priority, priorities } from '../model/alert.ts';
import type { LoadedRule } from '../model/rule.ts';
import { CommandError, exitCodes, type Io } from './command.ts';
import type { RightsNote } from './least-rights.ts';
import { type Options, parseChoice, parseSeconds, UsageError, type Values } from './options.ts';
import { allDiagnostics, defaultRules, diagnosticText, type RuleSet, readRules, shownName } from './rules.ts';
import { runSession } from './run-session.ts';
import { summaryText } from './summary.ts';

/** Milliseconds that outputs of a delivery get at the end for what waits. */
const drainMs = 10_000;

/** Options of all commands that judge events. */
export const watchOptions = {
  rules: {
    short: 'r',
    value: 'PATH',
    repeat: true,
    about: 'Rules file, or folder of rules files. Without it, the rules that come with Saker.',
  },
  enable: { value: 'RULE', repeat: true, about: 'Enable a rule that is disabled; * stands for any text.' },
  disable: {
    value: 'RULE',
    repeat: true,
    about: 'Leave out a rule; * stands for any text. A name says more than a pattern.',
  },
  'enable-all': { about: 'Enable every rule.' },
  tag: { value: 'TAG', repeat: true, about: 'Only rules with this tag.' },
  priority: {
    value: 'LEVEL',
    about: 'Only rules at least as severe: emergency, alert, critical, error, warning, notice, informational or debug.',
  },
  matching: {
    value: 'HOW',
    about: 'What to do where several rules match one event: first (default) alerts for the first, all for each.',
  },
  json: { about: 'Alerts as JSON, one object per line, in the form of Falco.' },
  'output-file': { short: 'o', value: 'FILE', about: 'Add the alerts to FILE instead of standard output.' },
  deliver: {
    value: 'FILE',
    about: 'Also deliver alerts to chats, logs, queues and other places, by a configuration as `saker deliver` has it.',
  },
  print: { short: 'p', value: 'TEXT', repeat: true, about: 'Text to add to every alert; %field stands for its value.' },
  'iso-time': { about: 'Full UTC times instead of local time of day.' },
  record: { value: 'FILE', about: 'Also write all events to a capture file.' },
  capture: {
    value: 'PREFIX',
    about:
      'Record a capture when a rule with `capture: true` matches, from some seconds before the alert. Files are named PREFIX_<time>_<event>.scap.',
  },
  'capture-all': { about: 'Record when any rule matches.' },
  'capture-before': { value: 'TIME', about: 'Time before the alert that a capture holds at least (default 5s).' },
  'capture-after': {
    value: 'TIME',
    about: 'Time after the alert (default 5s), where the rule has no `capture_duration`.',
  },
  'capture-keep': { value: 'COUNT', about: 'Captures that are kept (default 1000, of 1 GiB together); the oldest go.' },
  duration: { value: 'TIME', about: 'End after this time of events, e.g. 30s, 5m, 2h.' },
  'rule-stats': {
    about: 'At the end, show for each rule how often it matched and was evaluated, and the time that took.',
  },
  'no-summary': { short: 'q', about: 'No summary at the end, no messages but errors.' },
} as const satisfies Options;

type WatchValues = Values<typeof watchOptions>;
type SourceChoice = SessionOptions['source'];

const priorityWords = [...priorities.map((priority) => priority.toLowerCase()), 'info'];

function chosenPriority(word: string | undefined): Priority {
  const chosen = parseChoice(word ?? 'debug', priorityWords, '--priority');
  return priorities.find((priority) => priority.toLowerCase() === (chosen === 'info' ? 'informational' : chosen))!;
}

/** What a session needs of the rules files: all else of them is forgotten while it runs. */
interface ChosenRules {
  readonly rules: SessionOptions['rules'];
  readonly fieldTable: RuleSet['fieldTable'];
  /** Names of the files. */
  readonly files: readonly string[];
}

/** The rules that are to run. @throws CommandError */
function chosenRules(values: WatchValues, io: Io, asksKubernetes: boolean): ChosenRules {
  const minimum = chosenPriority(values.priority);
  const set = readRules(values.rules.length === 0 ? [defaultRules] : values.rules, minimum, asksKubernetes);
  const { loaded } = set;
  if (!loaded.successful) {
    for (const item of allDiagnostics(loaded)) if (item.severity === 'error') io.err(`${diagnosticText(item)}\n`);
    throw new CommandError(loaded.requirementError ?? 'the rules have errors, see above');
  }
  if (loaded.rules.length === 0) {
    throw new CommandError(`there are no rules in ${set.files.map((file) => file.name).join(', ')}`);
  }
  for (const name of [...values.enable, ...values.disable]) requireRule(name, loaded.rules);
  const selections = ruleSelections(values);
  const selected = selectRules(loaded.rules, selections, minimum);
  const rules = selected.filter((rule) => values.tag.every((tag) => rule.tags.map(shownName).includes(tag)));
  if (rules.length === 0) {
    throw new CommandError(
      'no rule is left to watch for: all are disabled or left out by options; see `saker list rules`',
    );
  }
  return { rules, fieldTable: set.fieldTable, files: set.files.map((file) => file.name) };
}

/** Names say more than patterns, so they come last; an order of their own the options don't have. */
function ruleSelections(values: WatchValues): RuleSelection[] {
  const isPattern = (name: string): boolean => name.includes('*');
  const all: RuleSelection[] = [
    ...(values['enable-all'] ? [{ enable: true, rule: '*' }] : []),
    ...values.disable.map((rule) => ({ enable: false, rule })),
    ...values.enable.map((rule) => ({ enable: true, rule })),
  ];
  return [...all.filter((item) => isPattern(item.rule!)), ...all.filter((item) => !isPattern(item.rule!))];
}

function requireRule(pattern: string, rules: readonly LoadedRule<unknown>[]): void {
  if (
    selectRules(rules, [
      { enable: false, rule: '*' },
      { enable: true, rule: pattern },
    ]).length > 0
  )
    return;
  throw new UsageError(`no rule matches '${pattern}'`, 'see `saker list rules`');
}

function chosenOutputs(values: WatchValues, place: 'stdout' | 'stderr'): SessionOptions['outputs'] {
  const filename = values['output-file'];
  return filename === undefined ? [{ id: place, config: {} }] : [{ id: 'file', config: { filename, keepAlive: true } }];
}

/** What is to be recorded when rules match. @throws UsageError */
function chosenCaptures(values: WatchValues): SessionOptions['captures'] {
  const { capture, 'capture-before': before, 'capture-after': after, 'capture-keep': keep } = values;
  if (capture === undefined) {
    if (values['capture-all'] || before !== undefined || after !== undefined || keep !== undefined)
      throw new UsageError('where are captures to be written?', 'e.g. --capture /var/lib/saker/alert');
    return undefined;
  }
  if (keep !== undefined && !/^[1-9][0-9]{0,8}$/.test(keep))
    throw new UsageError(`--capture-keep is '${keep}', expected a number of files`, 'e.g. 100');
  const usual = usualCaptures;
  return {
    ...usual,
    pathPrefix: capture,
    mode: values['capture-all'] ? 'all_rules' : 'rules',
    beforeSeconds: before === undefined ? usual.beforeSeconds : parseSeconds(before, '--capture-before'),
    defaultDurationMs: after === undefined ? usual.defaultDurationMs : 1000 * parseSeconds(after, '--capture-after'),
    limits: { ...usual.limits, files: keep === undefined ? usual.limits.files : Number(keep) },
  };
}

/** What only a live session has. */
interface LiveOptions {
  readonly containers?: SessionOptions['containers'];
  readonly kubernetes?: SessionOptions['kubernetes'];
  /** Which system calls to watch, where it is not what the rules and the state need. */
  readonly syscalls?: SessionOptions['syscalls'];
  /** Address and port to serve health and metrics at. */
  readonly listen?: string | undefined;
  /** Leave events out in the kernel that no rule can tell of. */
  readonly filtersOpens?: boolean;
  /** What is to be said about the rights of this process. */
  readonly rights?: RightsNote | undefined;
  /** Where alerts go when no file is named; absent: standard output. */
  readonly alertsTo?: 'stdout' | 'stderr';
}

/**
 * Judges the events of a source until it ends, the time is up, or the user ends it (Ctrl-C, SIGTERM).
 * @param begun what to say when the source has begun.
 * @returns the exit code.
 */
export async function watch(
  values: WatchValues,
  source: SourceChoice,
  begun: (rules: number) => string,
  io: Io,
  { containers, kubernetes, syscalls, listen, filtersOpens, rights, alertsTo }: LiveOptions = {},
): Promise<number> {
  const { rules, fieldTable, files } = chosenRules(values, io, kubernetes !== undefined);
  const say = (text: string): void => (values['no-summary'] ? undefined : io.err(`${text}\n`));
  const logger = messageLogger(values, io);
  if (rights !== undefined) logger.log('notice', rights.message, rights.fields);
  const ownHostname = io.environment['FALCO_HOSTNAME'];
  const options = {
    source,
    rules,
    fieldTable,
    matching: parseChoice(values.matching ?? 'first', ['first', 'all'], '--matching'),
    ruleStatistics: values['rule-stats'],
    alerts: alertOptions(values, io),
    outputs: chosenOutputs(values, alertsTo ?? 'stdout'),
    queue: { capacity: defaultCapacity, timeoutMs: 5000 },
    containers,
    kubernetes,
    ...(syscalls === undefined ? {} : { syscalls }),
    filtersOpens: filtersOpens ?? false,
    state: {
      ...(ownHostname === undefined ? {} : { hostname: ownHostname }),
      ...hostNameOption(rules, source.id !== 'replay'),
    },
    record: values.record,
    captures: chosenCaptures(values),
    durationSeconds: values.duration === undefined ? undefined : parseSeconds(values.duration, '--duration'),
    logger,
  };
  const delivery = values.deliver === undefined ? undefined : await startDelivery(values.deliver, io, logger);
  const more = delivery && (() => delivery.service.metrics());
  const monitoring =
    listen === undefined
      ? undefined
      : await (await import('./listen.ts')).startListening(listen, files, logger, io, more);
  function onReady(session: Session): void {
    monitoring?.follow(session);
    say(`saker: ${begun(rules.length)}`);
  }
  try {
    return await reportSession(
      { ...options, delivery: delivery?.writer, onReady },
      say,
      new ServiceManager(io.environment, logger),
    );
  } finally {
    await monitoring?.close();
    const left = (await delivery?.service.close(drainMs)) ?? 0;
    if (left > 0) logger.log('notice', 'alerts wait for the next start', { alerts: left });
  }
}

function messageLogger(values: WatchValues, io: Io): Logger {
  const level = values['no-summary'] ? 'error' : 'info';
  return textLogger({ level, prefix: 'level', write: (line) => io.err(`${line}\n`) });
}

/** Delivery is loaded where it is asked for: it brings what the outputs need. @throws CommandError */
async function startDelivery(file: string, io: Io, logger: Logger) {
  const [{ startService }, { deliveryWriter }] = await Promise.all([
    import('./deliver.ts'),
    import('../app/delivery/delivery-writer.ts'),
  ]);
  const service = await startService(file, io, logger, false);
  return { service, writer: deliveryWriter(service) };
}

function alertOptions(values: WatchValues, io: Io): AlertOptions {
  const containerFields = {
    source: undefined,
    rule: undefined,
    tags: [],
    extraOutput: undefined,
    extraFields: [],
    suggestedOutput: 'missing' as const,
  };
  return {
    hostname: alertHostname(io.environment),
    jsonOutput: values.json,
    includeOutput: true,
    includeMessage: false,
    includeOutputFields: true,
    includeTags: true,
    isoTime: values['iso-time'],
    base64: false,
    appendOutput: [containerFields, ...values.print.map(appendText)],
  };
}

/** Runs a session and says what it did. @returns the exit code. @throws CommandError */
export async function reportSession(
  options: Omit<SessionOptions, 'signal'>,
  say: (text: string) => void,
  service?: ServiceManager,
): Promise<number> {
  try {
    collectLeftovers();
    const { summary, isReaderGone } = await runSession(options, undefined, service);
    // A reader that has enough is no failure, and has no use for a summary.
    if (isReaderGone) return exitCodes.ok;
    // What could not even be opened leaves nothing to sum up.
    if (summary.error === undefined || summary.events > 0) say(summaryText(summary));
    if (summary.error !== undefined)
      throw new CommandError(printable(summary.error.message), summary.commandExit ?? exitCodes.failed);
    // What a command that was watched answers is what whoever called it waits for.
    if (summary.commandExit !== undefined && summary.commandExit !== 0) return summary.commandExit;
    const isIncomplete =
      summary.outputFailures.size > 0 || summary.alertsLost > 0 || (summary.captures?.failed ?? 0) > 0;
    return isIncomplete ? exitCodes.failed : exitCodes.ok;
  } catch (error) {
    if (error instanceof SessionError) throw new CommandError(error.reasons.map(printable).join('\n  '));
    throw error;
  }
}
