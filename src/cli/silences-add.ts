import { userInfo } from 'node:os';
import { command, exitCodes } from './command.ts';
import { ask, operateOptions } from './operate.ts';
import { parseSeconds, UsageError } from './options.ts';

export default command({
  name: 'silences add',
  summary: 'Hold alerts back for a while.',
  description:
    'Alerts for which everything given holds are not sent meanwhile; they are counted as silenced. Silences are kept over ' +
    'restarts and end by themselves.',
  options: {
    ...operateOptions,
    for: { value: 'TIME', about: 'How long, e.g. 30m, 2h.' },
    rule: { value: 'RULE', repeat: true, about: 'Alerts of this rule; * for any characters.' },
    source: { value: 'SOURCE', repeat: true, about: 'Alerts of this source.' },
    tag: { value: 'TAG', repeat: true, about: 'Alerts with this tag.' },
    hostname: { value: 'NAME', repeat: true, about: 'Alerts of this host; * for any characters.' },
    condition: {
      value: 'TEXT',
      about: "Alerts for which this holds, in the language of rules over the alert's fields.",
    },
    output: { value: 'NAME', repeat: true, about: 'For this output only.' },
    author: { value: 'NAME', about: 'Who asks (default: you).' },
    comment: { value: 'TEXT', about: 'Why.' },
  },
  examples: [
    { command: 'saker silences add --for 2h --rule Terminal* --comment debugging', about: 'A rule, for two hours' },
  ],
  async run({ values }, io) {
    if (values.for === undefined) throw new UsageError('how long?', 'e.g. --for 2h');
    const seconds = parseSeconds(values.for, '--for');
    const isAnything = [values.rule, values.source, values.tag, values.hostname, values.output].some(
      (list) => list.length > 0,
    );
    if (!isAnything && values.condition === undefined)
      throw new UsageError('which alerts?', 'e.g. --rule NAME; all: --rule "*"');
    const made = await ask(values, io, 'POST', '/silences', {
      rules: values.rule,
      sources: values.source,
      tags: values.tag,
      hostnames: values.hostname,
      outputs: values.output,
      condition: values.condition ?? '',
      end: new Date(Date.now() + seconds * 1000).toISOString(),
      author: values.author ?? userInfo().username,
      comment: values.comment ?? '',
    });
    const { id, end } = made as { id: string; end: string };
    io.out(`${id} until ${end}\n`);
    return exitCodes.ok;
  },
});
