import { setFlagsFromString } from 'node:v8';
import { DeliveryConfigError, DeliveryService, type ServiceOptions } from '../app/delivery/service.ts';
import { readFromDisk } from '../app/delivery/prepare.ts';
import { jsonLogger, type Logger, textLogger } from '../base/log.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { CommandError, command, exitCodes, type Io } from './command.ts';
import { parseSeconds, UsageError } from './options.ts';
import { diagnosticText } from './rules.ts';
import { versions } from './versions.ts';

/** Seconds that outputs get at the end for what waits. */
const usualDrain = '10s';

/** What every command that reads a configuration of delivery has. */
export const configOption = {
  short: 'c',
  value: 'FILE',
  about: "Configuration in Falcosidekick's form. Without it, only environment variables count.",
} as const;

/** Shows what is wrong with a configuration. */
export function showDiagnostics(diagnostics: readonly Diagnostic[], io: Io): void {
  for (const item of diagnostics) io.err(`${diagnosticText(item)}\n`);
}

/** Starts a delivery. @throws CommandError */
export async function startService(
  file: string | undefined,
  io: Io,
  logger: Logger,
  serves: boolean,
  onGeneral?: ServiceOptions['onGeneral'],
): Promise<DeliveryService> {
  const onWarnings = (diagnostics: readonly Diagnostic[]): void => showDiagnostics(diagnostics, io);
  const version = versions().saker;
  const { environment } = io;
  try {
    const options = { file, environment, logger, version, read: readFromDisk, serves, onWarnings };
    return await DeliveryService.start(onGeneral === undefined ? options : { ...options, onGeneral });
  } catch (error) {
    if (error instanceof DeliveryConfigError) showDiagnostics(error.diagnostics, io);
    throw new CommandError((error as Error).message);
  }
}

/** Resolves with the signal that ends the program; SIGHUP reads the configuration again. */
async function untilSignal(onReload: () => void): Promise<void> {
  const ended = Promise.withResolvers<void>();
  let isEnding = false;
  const onEnd = (signal: NodeJS.Signals): void => {
    if (isEnding) process.exit(signal === 'SIGINT' ? 130 : 143);
    isEnding = true;
    ended.resolve();
  };
  // They stay for the time of the drain: a second signal ends at once.
  process.on('SIGINT', onEnd).on('SIGTERM', onEnd).on('SIGHUP', onReload);
  await ended.promise;
}

export default command({
  name: 'deliver',
  summary: 'Take alerts in and deliver them to chats, logs, queues and other places.',
  description:
    "Takes Falcosidekick's place: reads its configuration and environment variables, listens on port 2801, and brings each " +
    'alert to every output that it is for. Alerts are on disk before they are acknowledged; outputs that are away get ' +
    'them later, also after a restart. Beyond this machine it listens only where a token or client certificates are asked ' +
    'for. SIGHUP, or a change of the file, reads the configuration again; SIGTERM lets outputs finish.',
  options: {
    config: configOption,
    drain: { value: 'TIME', about: `How long outputs get at the end for what waits (default ${usualDrain}).` },
    quiet: { short: 'q', about: 'No messages but warnings and errors.' },
  },
  examples: [
    { command: 'saker deliver -c falcosidekick.yaml', about: 'With the configuration that is there' },
    {
      command: 'saker deliver --drain 30s',
      about: 'From the environment: SLACK_WEBHOOKURL_FILE=/run/secrets/slack and the like',
    },
  ],
  async run({ values, positionals }, io) {
    if (positionals.length > 0) throw new UsageError(`unexpected '${positionals[0]}'`, 'the configuration: -c FILE');
    // Memory grows in smaller steps: under load, a third less of it, for the same time.
    setFlagsFromString('--heap-growing-percent=80');
    const drain = parseSeconds(values.drain ?? usualDrain, '--drain');
    const level = values.quiet ? 'warning' : 'info';
    const write = (line: string): void => io.err(`${line}\n`);
    const loggers = { text: textLogger({ level, prefix: 'iso', write }), json: jsonLogger({ level, write }) };
    let format: keyof typeof loggers = 'text';
    const logger: Logger = { log: (...parts) => loggers[format].log(...parts) };
    let service: DeliveryService | undefined;
    const reload = (): void => void service?.reload();
    // From the beginning: a signal while it starts must not cut it off either.
    const signalled = untilSignal(reload);
    service = await startService(values.config, io, logger, true, ({ '': top }) => (format = top.logformat));
    const { noteUnwatched, watchFiles } = await import('./file-watch.ts');
    const endWatch =
      values.config === undefined
        ? undefined
        : watchFiles(
            () => [values.config!],
            [],
            reload,
            (reason) => noteUnwatched(logger, reason),
          );
    await signalled;
    endWatch?.();
    const left = await service.close(drain * 1000);
    if (left > 0) logger.log('notice', 'alerts wait for the next start', { alerts: left });
    return exitCodes.ok;
  },
});
