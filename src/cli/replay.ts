import { command } from './command.ts';
import { UsageError } from './options.ts';
import { watch, watchOptions } from './watch.ts';

export default command({
  name: 'replay',
  summary: 'Judge the events of a capture file.',
  operands: 'FILE',
  description:
    'Reads a capture as Saker, Falco, sysdig and Stratoshark write them (.scap, plain or gzip), and writes an alert for what ' +
    'the rules describe: what would have been seen. FILE may be - for standard input. Alerts go to standard output, one a ' +
    'line; the summary to standard error. Exit code 1: the capture could not be read to its end, or alerts could not be written.',
  options: watchOptions,
  examples: [
    { command: 'saker replay incident.scap', about: 'What the rules that come with Saker see in it' },
    {
      command: 'saker replay --enable-all --matching all --json incident.scap',
      about: 'Everything that any rule finds',
    },
    { command: 'ssh host saker record -w - | saker replay -', about: 'Judge here what happens there' },
  ],
  run({ values, positionals }, io) {
    const [path, more] = positionals;
    if (path === undefined) throw new UsageError('which capture file?', 'e.g. saker replay incident.scap');
    if (more !== undefined) throw new UsageError(`one capture file at a time, not also '${more}'`);
    return watch(values, { id: 'replay', config: { path } }, (rules) => `reading ${path} with ${rules} rules`, io);
  },
});
