import { textLogger } from '../base/log.ts';

import { usualContainers } from '../app/container-options.ts';
import { fieldTables } from '../app/registry.ts';
import { alertHostname, defaultCapacity } from '../app/config/settings.ts';
import { command } from './command.ts';
import { giveUpRights, keptCapabilities } from './least-rights.ts';
import { parseSeconds, UsageError } from './options.ts';
import { reportSession } from './watch.ts';

export default command({
  name: 'record',
  summary: 'Write the events of this machine to a capture file.',
  description:
    'Writes what happens on this machine to a capture file, with the processes and open files of the start, for ' +
    '`saker replay` and every other program that reads .scap files. Ends with Ctrl-C or after --duration. Needs root.',
  options: {
    write: {
      short: 'w',
      value: 'FILE',
      about: 'The capture file (needed), compressed with gzip; - is standard output.',
    },
    duration: { value: 'TIME', about: 'End after this time, e.g. 30s, 5m, 2h.' },
    'no-summary': { short: 'q', about: 'No summary at the end.' },
  },
  examples: [{ command: 'saker record -w incident.scap --duration 1m', about: 'One minute of this machine' }],
  run({ values, positionals }, io) {
    if (values.write === undefined) throw new UsageError('where to?', 'e.g. saker record -w incident.scap');
    if (positionals.length > 0) throw new UsageError(`unexpected '${positionals[0]}'`);
    giveUpRights(io, keptCapabilities([], '', { files: [values.write === '-' ? '/dev/stdout' : values.write] }));
    const quiet = values['no-summary'];
    const say = (text: string): void => (quiet ? undefined : io.err(`${text}\n`));
    const none = { includeOutput: true, includeMessage: false, includeOutputFields: true, includeTags: true };
    return reportSession(
      {
        source: { id: 'ebpf', config: {} },
        rules: [],
        fieldTable: fieldTables(),
        matching: 'first',
        alerts: {
          ...none,
          hostname: alertHostname(io.environment),
          jsonOutput: false,
          isoTime: false,
          base64: false,
          appendOutput: [],
        },
        outputs: [],
        queue: { capacity: defaultCapacity, timeoutMs: 5000 },
        containers: usualContainers,
        state: {},
        record: values.write === '-' ? '/dev/stdout' : values.write,
        durationSeconds: values.duration === undefined ? undefined : parseSeconds(values.duration, '--duration'),
        logger: textLogger({ level: quiet ? 'error' : 'info', prefix: 'level', write: (line) => io.err(`${line}\n`) }),
        onReady: () => say(`saker: recording to ${values.write}; Ctrl-C ends`),
      },
      say,
    );
  },
});
