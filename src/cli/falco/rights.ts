import { diskFiles } from '../../app/config/files.ts';
import { loadConfig } from '../../app/config/load.ts';
import type { Capability } from '../../app/rights/capabilities.ts';
import type { Io } from '../command.ts';
import { giveUpRights, keptCapabilities, type RightsNote } from '../least-rights.ts';
import { UsageError } from '../options.ts';
import { configFile, FalcoError } from './context.ts';
import type { FalcoFlags } from './options.ts';

/** Flags that ask for an answer, for which nothing is watched. */
const questions = ['version', 'plugin-info', 'list-plugins', 'list', 'L', 'l', 'support', 'dry-run'] as const;

/**
 * Leaves this process the rights that watching needs, before anything is said: it is executed anew for that. Programs that
 * get alerts may need any right, so with them all are kept.
 * @throws FalcoError
 */
export function giveUpFalcoRights(flags: FalcoFlags, io: Io): RightsNote | undefined {
  const isQuestion = flags.validate.length > 0 || questions.some((name) => Boolean(flags[name]));
  if (io.rights === undefined || isQuestion) return undefined;
  const { config, ok } = loadConfig({
    file: configFile(flags),
    overrides: flags.option,
    environment: io.environment,
    files: diskFiles,
  });
  // What is wrong is told when it is read again.
  if (!ok || !['kmod', 'modern_ebpf'].includes(config['engine.kind'])) return undefined;
  const more = config['program_output.enabled'] ? undefined : kept(config, flags);
  return giveUpRights(io, more, config['saker.nice']);
}

function kept(config: ReturnType<typeof loadConfig>['config'], flags: FalcoFlags): Capability[] | undefined {
  try {
    return keptCapabilities(config['saker.keep_capabilities'], 'saker.keep_capabilities', {
      ports: config['webserver.enabled'] ? [config['webserver.listen_port']] : [],
      files: [
        flags.pidfile,
        config['file_output.enabled'] ? config['file_output.filename'] : undefined,
        config['metrics.enabled'] ? config['metrics.output_file'] : undefined,
        config['capture.enabled'] ? config['capture.path_prefix'] : undefined,
      ],
    });
  } catch (error) {
    if (error instanceof UsageError) throw new FalcoError(error.message);
    throw error;
  }
}
