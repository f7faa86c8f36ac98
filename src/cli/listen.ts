import { isIP } from 'node:net';
import { toJson } from '../base/json.ts';
import type { Logger } from '../base/log.ts';
import { alertHostname } from '../app/config/settings.ts';
import { Monitoring } from '../app/monitoring.ts';
import { SessionError } from '../app/session.ts';
import { CommandError, type Io } from './command.ts';
import { UsageError } from './options.ts';
import { versions, versionsJson } from './versions.ts';

/** Address and port of `127.0.0.1:8765` or `[::1]:8765`. @throws UsageError */
export function parseListen(text: string): { address: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]{1,5})$/.exec(text) ?? [];
  const isValid = bracketed === undefined ? isIP(plain ?? '') === 4 : isIP(bracketed) === 6;
  const port = Number(digits);
  if (!isValid || port > 65535) {
    throw new UsageError(`--listen is '${text}', expected ADDRESS:PORT`, 'e.g. 127.0.0.1:8765 or [::1]:8765');
  }
  return { address: bracketed ?? plain!, port };
}

const everything = {
  rules: true,
  resources: true,
  state: true,
  kernel: true,
  perCpu: true,
  iterators: true,
  programs: true,
};

/** Serves health, versions and all metrics of a live session. @throws UsageError, CommandError */
export async function startListening(
  text: string,
  rulesFiles: readonly string[],
  logger: Logger,
  io: Io,
  more?: () => string,
): Promise<Monitoring> {
  try {
    return await Monitoring.start({
      server: { ...parseListen(text), healthPath: '/healthz', showsMetrics: true },
      metrics: { ...everything, inMegabytes: false, includeEmpty: true },
      material: {
        version: versions().falco,
        hostname: alertHostname(io.environment),
        hostRoot: '',
        engine: 'modern_bpf',
        configFiles: [],
        rulesFiles,
      },
      versions: toJson(versionsJson()),
      logger,
      more,
    });
  } catch (error) {
    if (error instanceof SessionError) throw new CommandError(error.reasons.join('\n  '));
    throw error;
  }
}
