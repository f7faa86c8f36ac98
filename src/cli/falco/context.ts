import { existsSync, readFileSync } from 'node:fs';
import { type Logger, textLogger } from '../../base/log.ts';
import { diskFiles } from '../../app/config/files.ts';
import { type LoadedConfig, loadConfig } from '../../app/config/load.ts';
import { alertOptions, alertHostname, priorityOf } from '../../app/config/settings.ts';
import type { AlertOptions, Config } from '../../app/config/settings.ts';
import { type SystemLog, systemLog } from '../../app/system-log.ts';
import { builtInPlugins } from '../../engine/loader/version.ts';
import type { Priority } from '../../model/alert.ts';
import type { Io } from '../command.ts';
import { versions } from '../versions.ts';
import { diagnosticText } from '../rules.ts';
import type { FalcoFlags } from './options.ts';

/** Why Falco would not start or go on: `Error: <message>`. */
export class FalcoError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Why it did not even begin. */
export class FalcoStartError extends FalcoError {}

/** What all parts of the command work with. */
export interface FalcoContext {
  readonly flags: FalcoFlags;
  readonly io: Io;
  readonly config: Config;
  readonly loaded: LoadedConfig;
  readonly log: Logger;
  readonly minimumPriority: Priority;
  readonly alerts: AlertOptions;
  /** Ends the log to the system log; to be called when nothing more is to be said. */
  close(): void;
}

const installedConfig = '/etc/falco/falco.yaml';

/** The file that the flags name, or that is installed; undefined: none. @throws FalcoError */
export function configFile(flags: FalcoFlags): string | undefined {
  if (flags.c === undefined) return existsSync(installedConfig) ? installedConfig : undefined;
  try {
    readFileSync(flags.c);
    return flags.c;
  } catch {
    throw new FalcoError(`Could not find configuration file at ${flags.c}`);
  }
}

/** Reads the configuration and starts the log. @throws FalcoError */
export function startContext(flags: FalcoFlags, io: Io): FalcoContext {
  const file = configFile(flags);
  const loaded = loadConfig({ file, overrides: flags.option, environment: io.environment, files: diskFiles });
  const { config } = loaded;
  const { diagnostics } = loaded;
  if (diagnostics.some((item) => item.severity === 'error'))
    throw new FalcoError(`the configuration is not valid:\n${diagnostics.map(diagnosticText).join('')}`);
  const { log, system } = startLog(config, io);
  logStart(loaded, log);
  const print = printFormat(flags, log);
  return {
    flags,
    io,
    config,
    loaded,
    log,
    minimumPriority: priorityOf(config.priority),
    alerts: alertOptions(config, alertHostname(io.environment), print),
    close: () => system?.close(),
  };
}

function startLog(config: Config, io: Io): { readonly log: Logger; readonly system: SystemLog | undefined } {
  const onTerminal = textLogger({
    level: config.log_level,
    prefix: config.time_format_iso_8601 ? 'iso' : 'date',
    write: (line) => (config.log_stderr ? io.err(`${line}\n`) : undefined),
  });
  if (!config.log_syslog) return { log: onTerminal, system: undefined };
  const system = systemLog({
    level: config.log_level,
    ident: 'falco',
    onFailure(reason) {
      // Many containers have no system log; that matters where nothing else has what is logged.
      if (config.log_stderr) onTerminal.log('debug', 'the system log does not take messages', { reason });
      else io.err(`WARNING: the system log does not take messages: ${reason}\n`);
    },
  });
  return {
    log: {
      log(level, message, fields) {
        onTerminal.log(level, message, fields);
        system.logger.log(level, message, fields);
      },
    },
    system,
  };
}

function logStart({ config, files, diagnostics, notActedOn }: LoadedConfig, log: Logger): void {
  const { falco, saker } = versions();
  const arch = process.arch === 'x64' ? 'x86_64' : 'aarch64';
  log.log('info', `Falco version: ${falco} (${arch}), as Saker ${saker}`);
  if (files.length > 0) log.log('info', 'Falco initialized with configuration files:');
  for (const file of files) {
    const own = diagnostics.filter((item) => item.locations[0]?.position.file === file);
    const status = own.length === 0 ? 'ok' : `failed for <root>: ${own[0]!.message}`;
    log.log(own.length === 0 ? 'info' : 'warning', `   ${file} | schema validation: ${status}`);
  }
  for (const item of diagnostics) log.log('warning', diagnosticText(item).trimEnd());
  const builtIn = new Set(builtInPlugins.map(({ name }) => name));
  const onlyBuiltIn = config.plugins.every((plugin) => builtIn.has(plugin.name));
  for (const key of notActedOn) {
    if (onlyBuiltIn && (key === 'plugins' || key === 'load_plugins')) continue;
    log.log('notice', 'a configuration key is accepted but has no effect yet', { key });
  }
}

/** What -p asks to add; its short forms mean what is added anyway. */
function printFormat(flags: FalcoFlags, log: Logger): string | undefined {
  if (flags.print === undefined) return undefined;
  log.log('warning', 'The -p/--print option is deprecated and will be removed. Use -o append_output=... instead.');
  return ['c', 'container', 'k', 'kubernetes'].includes(flags.print) ? undefined : flags.print;
}
