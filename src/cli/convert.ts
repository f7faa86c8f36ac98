import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { convertAlerts, convertFormats } from '../app/delivery/convert.ts';
import { printable } from '../base/log.ts';
import { CommandError, command, exitCodes } from './command.ts';
import { parseChoice, UsageError } from './options.ts';
import { versions } from './versions.ts';

export default command({
  name: 'convert',
  summary: 'Write alerts in another format: SARIF, ECS, OCSF, OpenTelemetry or CEF.',
  operands: '[FILE]',
  description:
    "Reads alerts, one a line in Falco's JSON, from FILE or standard input, and writes them to standard output: SARIF as one document, the " +
    'others one a line. Lines that are no alerts are told and left out; exit code 1 then.',
  options: { to: { value: 'FORMAT', about: `One of ${convertFormats.join(', ')}.` } },
  examples: [
    { command: 'saker convert --to sarif alerts.ndjson', about: 'For a viewer of findings' },
    { command: 'saker replay x.scap --json | saker convert --to ocsf', about: 'What a capture leads to, as OCSF' },
  ],
  async run({ values, positionals }, io) {
    if (values.to === undefined) throw new UsageError('which format?', `--to ${convertFormats.join(', ')}`);
    const format = parseChoice(values.to, convertFormats, '--to');
    const [file = '-'] = positionals;
    const input = file === '-' ? process.stdin : createReadStream(file);
    let refused = 0;
    try {
      await convertAlerts(createInterface({ input, crlfDelay: Infinity }), {
        format,
        version: versions().saker,
        write: (text) => io.out(text),
        onRefused(line, reason) {
          refused++;
          io.err(`saker convert: ${file}:${line}: ${printable(reason)}\n`);
        },
      });
    } catch (error) {
      throw new CommandError(`can't read ${file}: ${(error as Error).message}`);
    }
    return refused === 0 ? exitCodes.ok : exitCodes.failed;
  },
});
