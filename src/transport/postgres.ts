import type { Client } from 'pg';
import type { Notice } from '../model/notice.ts';
import type { OutputContext } from '../model/output.ts';
import { type Connection, taken } from './connected-output.ts';

/** A value of a column, as text or a list of texts; the server converts it. */
export type ColumnValue = string | readonly string[];
/** Columns that every row has, by name. */
export type NoticeColumns = Readonly<Record<string, (notice: Notice) => ColumnValue>>;

interface DatabaseConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sslmode: string;
}

/** What pg makes a TLS connection of; a server's name is only checked where that is asked for, as its own tools do. */
function tlsOptions(sslmode: string, { tls }: OutputContext) {
  const isChecked = sslmode === 'verify-full' && tls.checkCert;
  return {
    rejectUnauthorized: isChecked,
    ...(tls.ca.length === 0 ? {} : { ca: tls.ca.join('\n') }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
  };
}

async function connectOnce(config: DatabaseConfig, context: OutputContext, withTls: boolean): Promise<Client> {
  const { default: pg } = await import('pg');
  const { host, port, user, password, database, sslmode } = config;
  const client = new pg.Client({
    host,
    port,
    user,
    password,
    database,
    ssl: withTls ? tlsOptions(sslmode, context) : false,
    application_name: 'saker',
    connectionTimeoutMillis: context.timeoutMs,
    query_timeout: context.timeoutMs,
    keepAlive: true,
  });
  // Failures also reject what is being asked; without a listener they would end the program.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** @throws Error */
export async function openDatabase(config: DatabaseConfig, context: OutputContext): Promise<Client> {
  const { sslmode } = config;
  if (!['disable', 'prefer', 'require', 'verify-full'].includes(sslmode)) {
    throw new Error(`sslmode is '${sslmode}', expected disable, prefer, require or verify-full`);
  }
  if (sslmode === 'disable') return await connectOnce(config, context, false);
  try {
    return await connectOnce(config, context, true);
  } catch (error) {
    // The server says so before anything secret is sent.
    const hasNone = /does not support SSL/.test((error as Error).message);
    if (sslmode !== 'prefer' || !hasNone) throw error;
    return await connectOnce(config, context, false);
  }
}

/** A name as SQL has it; nothing in it can end it. */
function quotedName(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""').replaceAll('\0', '')}"`)
    .join('.');
}

async function columnsOf(client: Client, table: string): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped',
    [quotedName(table)],
  );
  return new Set(rows.map(({ name }) => name));
}

/** Texts of the database can't hold the character 0. */
function storable(value: ColumnValue): ColumnValue {
  if (typeof value === 'string') return value.replaceAll('\0', '\ufffd');
  return value.map((item) => item.replaceAll('\0', '\ufffd'));
}

/** In JSON it is an escape: jsonb refuses that. */
function storableJson(json: string): string {
  return json.replace(/\\\\|\\u0000/g, (found) => (found === '\\u0000' ? '\\ufffd' : found));
}

/**
 * Inserts notices, a batch as one statement: all or none.
 * @param withFields also columns that are named like a field of the notice.
 * @param definition makes the table where it is missing.
 */
export async function insertNotices(
  client: Client,
  table: string,
  columns: NoticeColumns,
  withFields: boolean,
  definition?: string,
): Promise<Connection> {
  try {
    if (definition !== undefined) await client.query(`CREATE TABLE IF NOT EXISTS ${quotedName(table)} (${definition})`);
    const known = await columnsOf(client, table);
    const missing = Object.keys(columns).filter((name) => !known.has(name));
    if (missing.length > 0) throw new Error(`the table ${table} has no column ${missing.join(', ')}`);
    const further = withFields ? [...known].filter((name) => !Object.hasOwn(columns, name)) : [];
    const names = [...Object.keys(columns), ...further];
    const head = `INSERT INTO ${quotedName(table)} (${names.map(quotedName).join(', ')}) VALUES `;
    const onConflict = definition === undefined ? '' : ' ON CONFLICT DO NOTHING';
    return {
      async send(batch) {
        const values: (ColumnValue | null)[] = [];
        for (const notice of batch) {
          for (const [name, value] of Object.entries(columns)) {
            const made = value(notice);
            values.push(name === 'alert' && typeof made === 'string' ? storableJson(made) : storable(made));
          }
          for (const name of further) {
            const value = notice.fields.get(name);
            values.push(value === undefined || value === null ? null : storable(String(value)));
          }
        }
        const rows = batch.map((_, i) => `(${names.map((__, j) => `$${i * names.length + j + 1}`).join(', ')})`);
        await client.query(head + rows.join(', ') + onConflict, values);
        return taken();
      },
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}
