import { command, exitCodes } from './command.ts';
import { ask, operateOptions } from './operate.ts';
import { UsageError } from './options.ts';

export default command({
  name: 'silences remove',
  summary: 'End silences before their time.',
  operands: 'ID...',
  description: 'Alerts are sent again from now on; those that were held back are not sent later.',
  options: operateOptions,
  examples: [{ command: 'saker silences remove 6f2b3c1e', about: 'One, by the id that `saker silences list` shows' }],
  async run({ values, positionals }, io) {
    if (positionals.length === 0)
      throw new UsageError('the id of a silence is missing', '`saker silences list` shows them');
    for (const id of positionals) await ask(values, io, 'DELETE', `/silences/${encodeURIComponent(id)}`);
    return exitCodes.ok;
  },
});
