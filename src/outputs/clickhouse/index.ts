import { object, secretOr, textOr } from '../../model/schema.ts';
import { basic } from '../../transport/http-client.ts';
import { httpOutput } from '../../transport/http-output.ts';

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
