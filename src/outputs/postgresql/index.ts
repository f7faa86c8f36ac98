import { integer, object, secretOr, textOr } from '../../model/schema.ts';
import { connectedOutput } from '../../transport/connected-output.ts';
import { insertNotices, type NoticeColumns, openDatabase } from '../../transport/postgres.ts';

const columns: NoticeColumns = {
  uuid: ({ uuid }) => uuid,
  time: ({ timeText }) => timeText,
  rule: ({ rule }) => rule,
  priority: ({ priority }) => priority,
  source: ({ source }) => source,
  hostname: ({ hostname }) => hostname,
  tags: ({ tags }) => [...tags],
  output: ({ output }) => output,
  alert: ({ json }) => json,
};

/** The table as it is made where it is missing. */
const definition =
  'uuid uuid PRIMARY KEY, time timestamptz NOT NULL, rule text NOT NULL, priority text NOT NULL, source text NOT NULL, ' +
  'hostname text NOT NULL, tags text[] NOT NULL, output text NOT NULL, alert jsonb NOT NULL';

export default connectedOutput({
  id: 'postgresql',
  title: 'PostgreSQL',
  summary: 'Inserts alerts into a table.',
  description:
    'The table is made where it is missing: uuid (primary key), time, rule, priority, source, hostname, tags, output, and alert, the ' +
    'whole as jsonb. An alert that is there already is left alone, so that repeats do not double it.',
  since: '0.2.0',
  stability: 'stable',
  category: 'database',
  section: 'postgresql',
  config: object({
    host: textOr('', 'Host.'),
    port: integer(5432, 1, 65_535, 'Port.'),
    user: textOr('postgres', 'User.'),
    password: secretOr('', 'Password.'),
    database: textOr('saker', 'Database.'),
    table: textOr('alerts', 'Table; SCHEMA.TABLE where it is in another schema.'),
    sslmode: textOr('prefer', 'disable, prefer, require or verify-full.'),
  }),
  isEnabled: ({ host }) => host !== '',
  batch: { count: 500, bytes: 4 << 20, waitMs: 20 },
  async connect(config, context) {
    const client = await openDatabase(config, context);
    return insertNotices(client, config.table, columns, false, definition);
  },
  examples: [{ title: 'A database', config: { host: '127.0.0.1', password: 'correct horse' } }],
});
