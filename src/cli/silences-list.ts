import { toPrettyJson, type Json } from '../base/json.ts';
import { printable } from '../base/log.ts';
import { command, exitCodes } from './command.ts';
import { ask, operateOptions } from './operate.ts';

interface Shown {
  readonly id: string;
  readonly end: string;
  readonly author: string;
  readonly comment: string;
  readonly [key: string]: unknown;
}

function line({ id, end, author, comment, ...match }: Shown): string {
  const asks = Object.entries(match)
    .filter(([key]) => key !== 'start')
    .map(([key, value]) => `${key}=${Array.isArray(value) ? value.join(',') : String(value)}`);
  const what = asks.length === 0 ? 'all alerts' : asks.join(' ');
  return printable(`${id}  until ${end}  ${what}  (${author}${comment === '' ? '' : `: ${comment}`})`).replaceAll(
    '\n',
    ' ',
  );
}

export default command({
  name: 'silences list',
  summary: 'List the silences of a running delivery.',
  description: 'Shows which alerts are held back, until when, and who asked for that.',
  options: { ...operateOptions, json: { about: 'As JSON.' } },
  examples: [{ command: 'saker silences list', about: 'All that have not ended' }],
  async run({ values }, io) {
    const silences = (await ask(values, io, 'GET', '/silences')) as readonly Shown[];
    if (values.json) io.out(`${toPrettyJson(silences as unknown as Json)}\n`);
    else io.out(silences.length === 0 ? 'no silences\n' : silences.map((item) => `${line(item)}\n`).join(''));
    return exitCodes.ok;
  },
});
