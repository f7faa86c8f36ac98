import type { Client } from 'pg';
import type { Notice } from '../model/notice.ts';
import type { ItemOutcome, Outcome, OutputContext } from '../model/output.ts';
import { type Connection, taken } from './connected-output.ts';
import { tlsPems } from './tls.ts';

/** A value of a column, as text or a list of texts; the server converts it. */
type ColumnValue = string | readonly string[];
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
  // Whoever names authorities wants them to count: so do its own tools where they have a root certificate.
  const isChecked = tls.checkCert && (sslmode === 'verify-full' || (sslmode === 'require' && tls.ca.length > 0));
  return tlsPems({ ...tls, checkCert: isChecked });
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
  return `"${name.replaceAll('"', '""').replaceAll('\0', '')}"`;
}

/** TABLE or SCHEMA.TABLE. */
function tableName(text: string): string {
  return text.split('.').map(quotedName).join('.');
}

async function columnsOf(client: Client, table: string): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped',
    [tableName(table)],
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

type Row = readonly (ColumnValue | null)[];

/** Whether an error (its SQLSTATE) is about a value: a row that doesn't fit will never fit. */
function isAboutValue(error: unknown): boolean {
  const { code } = error as { code?: string };
  // Data exceptions, violated constraints, limits of the program.
  return code !== undefined && /^(?:22|23|54)[0-9A-Z]{3}$/.test(code);
}

/** Rows go in by one statement; only where one of them doesn't fit, each by its own, so that it keeps out nothing else. */
async function insertRows(client: Client, head: string, tail: string, rows: readonly Row[]): Promise<Outcome> {
  const places = rows.map((row, i) => `(${row.map((_, j) => `$${i * row.length + j + 1}`).join(', ')})`);
  try {
    await client.query(head + places.join(', ') + tail, rows.flat());
    return taken();
  } catch (error) {
    if (!isAboutValue(error)) throw error;
    if (rows.length === 1) return { kind: 'drop', reason: (error as Error).message };
    const items: ItemOutcome[] = [];
    for (const row of rows) items.push((await insertRows(client, head, tail, [row])) as ItemOutcome);
    return { kind: 'each', items };
  }
}

/**
 * Inserts notices, a batch as one statement.
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
    if (definition !== undefined) await client.query(`CREATE TABLE IF NOT EXISTS ${tableName(table)} (${definition})`);
    const known = await columnsOf(client, table);
    const missing = Object.keys(columns).filter((name) => !known.has(name));
    if (missing.length > 0) throw new Error(`the table ${table} has no column ${missing.join(', ')}`);
    const further = withFields ? [...known].filter((name) => !Object.hasOwn(columns, name)) : [];
    const names = [...Object.keys(columns), ...further];
    const head = `INSERT INTO ${tableName(table)} (${names.map(quotedName).join(', ')}) VALUES `;
    const onConflict = definition === undefined ? '' : ' ON CONFLICT DO NOTHING';
    const rowOf = (notice: Notice): Row => [
      ...Object.entries(columns).map(([name, value]) => {
        const made = value(notice);
        return name === 'alert' && typeof made === 'string' ? storableJson(made) : storable(made);
      }),
      ...further.map((name) => {
        const value = notice.fields.get(name);
        return value === undefined || value === null ? null : storable(String(value));
      }),
    ];
    return {
      send: (batch) => insertRows(client, head, onConflict, batch.map(rowOf)),
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}
