import { toPrettyJson } from '../base/json.ts';
import { command } from './command.ts';
import { columns } from './help.ts';
import { versions } from './versions.ts';

export default command({
  name: 'version',
  summary: 'Show versions.',
  description: "Shows Saker's version and those of the formats that it speaks.",
  options: { json: { about: 'As JSON.' } },
  examples: [{ command: 'saker version --json', about: 'For a script' }],
  run({ values }, io) {
    const { saker, engine, driverSchema, falco } = versions();
    if (values.json) {
      io.out(`${toPrettyJson({ saker, node: process.versions.node, engine, falco, schema: driverSchema })}\n`);
      return 0;
    }
    const rows: [string, string][] = [
      ['Rule language', engine],
      ['Event schema', driverSchema],
      ['Compatible with', `Falco ${falco}`],
      ['Node', process.versions.node],
    ];
    io.out(`Saker ${saker}\n${columns(rows)}`);
    return 0;
  },
});
