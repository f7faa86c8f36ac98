import { integer, object, secretOr, textOr } from '../../model/schema.ts';
import { connectedOutput } from '../../transport/connected-output.ts';
import { insertNotices, type NoticeColumns, openDatabase } from '../../transport/postgres.ts';

const columns: NoticeColumns = {
  time: ({ timeText }) => timeText,
  rule: ({ rule }) => rule,
  priority: ({ priority }) => priority,
  source: ({ source }) => source,
  output: ({ output }) => output,
  tags: ({ tags }) => tags.join(','),
  hostname: ({ hostname }) => hostname,
};

export default connectedOutput({
  id: 'timescaledb',
  title: 'TimescaleDB',
  summary: 'Inserts alerts into a hypertable.',
  description:
    'The table has to be there, with the columns time, rule, priority, source, output, tags and hostname; fields of an alert that ' +
    'the table has a column for (custom and templated ones) go there, too.',
  since: '0.2.0',
  stability: 'stable',
  category: 'database',
  section: 'timescaledb',
  config: object({
    host: textOr('', 'Host.'),
    port: integer(5432, 1, 65_535, 'Port.'),
    user: textOr('postgres', 'User.'),
    password: secretOr('postgres', 'Password.'),
    database: textOr('falcosidekick', 'Database.'),
    hypertablename: textOr('falcosidekick_events', 'Table; SCHEMA.TABLE where it is in another schema.'),
    sslmode: textOr('prefer', "Saker's own: disable, prefer, require or verify-full."),
  }),
  isEnabled: ({ host }) => host !== '',
  batch: { count: 500, bytes: 2 << 20, waitMs: 20 },
  async connect(config, context) {
    const client = await openDatabase(config, context);
    return insertNotices(client, config.hypertablename, columns, true);
  },
  examples: [{ title: 'A database', config: { host: '127.0.0.1', password: 'correct horse' } }],
});
