import { object, secretOr, textOr } from '../../model/schema.ts';
import { basic } from '../../transport/http-client.ts';
import { classifyAnswer, excerpt } from '../../transport/http-outcome.ts';
import { httpOutput } from '../../transport/http-output.ts';

/**
 * Errors about a value that the server answers with status 500, as if it were its own fault, from `X-ClickHouse-Exception-Code`:
 * out of bounds (69), not convertible (70), too long (131), no value (349), a decimal's overflow (407), no truth value (467), a
 * violated constraint (469), not of the enumeration (691). Others about values have status 400.
 */
const valueErrors = new Set(['69', '70', '131', '349', '407', '467', '469', '691']);

function quotedName(name: string): string {
  return name
    .split('.')
    .map((part) => `\`${part.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``)
    .join('.');
}

export default httpOutput({
  id: 'clickhouse',
  title: 'ClickHouse',
  summary: 'Inserts alerts into a table.',
  description:
    'Columns: uuid, time (DateTime64(9) or a text), rule, priority, source, hostname, tags (Array(String)), output, and alert, the whole as ' +
    'JSON. The table has to be there; columns that it lacks are skipped. A batch that is sent twice is inserted once where the table ' +
    'remembers that (insert_deduplication_token).',
  since: '0.2.0',
  stability: 'stable',
  category: 'database',
  section: 'clickhouse',
  config: object({
    hostport: textOr('', 'Address: http://HOST:8123 or https://HOST:8443.'),
    database: textOr('default', 'Database.'),
    table: textOr('saker_alerts', 'Table.'),
    username: textOr('', 'User.'),
    password: secretOr('', 'Password.'),
  }),
  isEnabled: ({ hostport }) => hostport !== '',
  batch: { count: 5000, bytes: 8 << 20, waitMs: 500 },
  // A row that does not fit will never fit; rows of a batch go in all or none, and are then sent apart.
  classify(answer) {
    const isAboutValue = valueErrors.has(answer.headers['x-clickhouse-exception-code'] ?? '');
    return isAboutValue ? { kind: 'drop', reason: excerpt(answer) } : classifyAnswer(answer);
  },
  request({ hostport, database, table, username, password }, batch) {
    const query = new URLSearchParams({
      query: `INSERT INTO ${quotedName(database)}.${quotedName(table)} FORMAT JSONEachRow`,
      input_format_skip_unknown_fields: '1',
      date_time_input_format: 'best_effort',
      insert_deduplication_token: `${batch[0]!.uuid}-${batch.length}`,
    });
    const rows = batch.map(({ uuid, timeText, rule, priority, source, hostname, tags, output, json }) =>
      JSON.stringify({ uuid, time: timeText, rule, priority, source, hostname, tags, output, alert: json }),
    );
    return {
      method: 'POST',
      url: `${hostport.replace(/\/+$/, '')}/?${query.toString()}`,
      headers: {
        'content-type': 'application/x-ndjson',
        ...(username === '' ? {} : { authorization: basic(username, password) }),
      },
      body: `${rows.join('\n')}\n`,
    };
  },
  examples: [
    {
      title: 'A table',
      config: { hostport: '{url}', table: 'alerts', username: 'saker', password: 'correct horse' },
      expect: [
        {
          method: 'POST',
          path:
            '/?query=INSERT+INTO+%60default%60.%60alerts%60+FORMAT+JSONEachRow&input_format_skip_unknown_fields=1' +
            '&date_time_input_format=best_effort&insert_deduplication_token={uuid}-1',
          headers: { authorization: 'Basic c2FrZXI6Y29ycmVjdCBob3JzZQ==' },
        },
      ],
    },
  ],
});
