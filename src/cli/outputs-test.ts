import { printable, textLogger } from '../base/log.ts';
import { CommandError, command, exitCodes } from './command.ts';
import { configOption, startService } from './deliver.ts';

export default command({
  name: 'outputs test',
  summary: 'Send a test alert to an output.',
  operands: '[NAME...]',
  description:
    'Sends one alert of the rule `Test rule` straight to the named outputs, or to all that are turned on, beside queue and ' +
    'routing, and shows what each answered. Exit code 1: one did not take it.',
  options: { config: configOption },
  examples: [{ command: 'saker outputs test slack -c falcosidekick.yaml', about: 'One output' }],
  async run({ values, positionals }, io) {
    const logger = textLogger({ level: 'error', prefix: 'level', write: (line) => io.err(`${line}\n`) });
    // In memory: the folder of the queue belongs to the one that delivers.
    const environment = { ...io.environment, QUEUE_MODE: 'memory' };
    const service = await startService(values.config, { ...io, environment }, logger, false);
    let failed = false;
    try {
      for (const name of positionals.length === 0 ? [undefined] : positionals) {
        const outcomes = await service.test(name);
        if (outcomes === undefined)
          throw new CommandError(`no output '${name}' is turned on; see \`saker outputs check\``);
        for (const [output, outcome] of Object.entries(outcomes)) {
          io.out(`${output}: ${printable(outcome).replaceAll('\n', ' ')}\n`);
          failed ||= outcome !== 'ok';
        }
        if (name === undefined && Object.keys(outcomes).length === 0) throw new CommandError('no output is turned on');
      }
    } finally {
      await service.close(0);
    }
    return failed ? exitCodes.failed : exitCodes.ok;
  },
});
