import { prepareDelivery, readFromDisk } from '../app/delivery/prepare.ts';
import { textLogger } from '../base/log.ts';
import { command, exitCodes } from './command.ts';
import { configOption, showDiagnostics } from './deliver.ts';
import { versions } from './versions.ts';

export default command({
  name: 'outputs check',
  summary: 'Check a configuration of outputs and show every problem.',
  description:
    'Reads a configuration and the environment as `saker deliver` does, shows all problems with their places, and which ' +
    'outputs are turned on. Nothing is opened or sent. Exit code 1: there are errors.',
  options: { config: configOption, strict: { about: 'Warnings count as errors.' } },
  examples: [{ command: 'saker outputs check -c falcosidekick.yaml', about: 'A file, with what the environment adds' }],
  async run({ values }, io) {
    const logger = textLogger({ level: 'warning', prefix: 'level', write: (line) => io.err(`${line}\n`) });
    const { environment } = io;
    const version = versions().saker;
    const prepared = await prepareDelivery({ file: values.config, environment, logger, version, read: readFromDisk });
    showDiagnostics(prepared.diagnostics, io);
    for (const { name, spec, common } of prepared.outputs) {
      const from = common.minimumpriority === '' ? 'all priorities' : `from ${common.minimumpriority} on`;
      io.out(`${name}: ${spec.title}, ${from}\n`);
    }
    if (prepared.outputs.length === 0) io.out('no output is turned on\n');
    const isBad = !prepared.ok || (values.strict && prepared.diagnostics.length > 0);
    return isBad ? exitCodes.failed : exitCodes.ok;
  },
});
