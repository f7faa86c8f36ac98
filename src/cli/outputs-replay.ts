import { command, exitCodes } from './command.ts';
import { ask, operateOptions } from './operate.ts';

export default command({
  name: 'outputs replay',
  summary: 'Send dead letters again.',
  operands: '[NAME]',
  description:
    'Puts what an output refused for good, or all outputs did, back into the queue of a running delivery, each for the output that ' +
    'refused it: when the reason is gone.',
  options: operateOptions,
  examples: [{ command: 'saker outputs replay slack', about: 'Those of one output' }],
  async run({ values, positionals }, io) {
    const query = positionals[0] === undefined ? '' : `?output=${encodeURIComponent(positionals[0])}`;
    const { replayed } = (await ask(values, io, 'POST', `/dead-letters/replay${query}`, {})) as { replayed: number };
    io.out(`${replayed} alerts wait again\n`);
    return exitCodes.ok;
  },
});
