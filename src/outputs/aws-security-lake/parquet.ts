import { parquetWriteBuffer, type SchemaElement } from 'hyparquet-writer';
import { ocsfSeverity } from '../../formats/ocsf.ts';
import type { Notice } from '../../model/notice.ts';

// A Security Finding of OCSF 1.0 (class 2001), as Security Lake's custom sources take it: structures, not JSON.

/** A field of the table: its parquet type, or its parts. */
type Shape = 'text' | 'integer' | 'long' | { readonly [name: string]: Shape };

const shape = {
  activity_id: 'integer',
  activity_name: 'text',
  category_uid: 'integer',
  category_name: 'text',
  class_uid: 'integer',
  class_name: 'text',
  type_uid: 'long',
  type_name: 'text',
  time: 'long',
  severity_id: 'integer',
  severity: 'text',
  state_id: 'integer',
  state: 'text',
  status: 'text',
  message: 'text',
  finding: { uid: 'text', title: 'text', desc: 'text', created_time: 'long', types: 'text' },
  metadata: {
    version: 'text',
    uid: 'text',
    labels: 'text',
    product: { name: 'text', vendor_name: 'text', version: 'text' },
  },
  cloud: { provider: 'text', region: 'text', account: { uid: 'text' } },
  observables: 'text',
  raw_data: 'text',
} as const satisfies Shape;

type Row<S> = S extends 'text'
  ? string
  : S extends 'integer'
    ? number
    : S extends 'long'
      ? bigint
      : { readonly [K in keyof S]: Row<S[K]> };

/** Where the findings are from. */
export interface FindingContext {
  readonly version: string;
  readonly region: string;
  readonly account: string;
}

function rowOf(notice: Notice, { version, region, account }: FindingContext): Row<typeof shape> {
  const [severity_id, severity] = ocsfSeverity[notice.priority];
  const time = notice.time / 1_000_000n;
  return {
    activity_id: 1,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: 2001,
    class_name: 'Security Finding',
    type_uid: 200_101n,
    type_name: 'Security Finding: Create',
    time,
    severity_id,
    severity,
    state_id: 1,
    state: 'New',
    status: notice.priority,
    message: notice.output,
    finding: { uid: notice.uuid, title: notice.rule, desc: notice.output, created_time: time, types: notice.source },
    metadata: {
      version: '1.0.0',
      uid: notice.uuid,
      labels: notice.tags.join(','),
      product: { name: 'Saker', vendor_name: 'Saker', version },
    },
    cloud: { provider: 'AWS', region, account: { uid: account } },
    observables: notice.hostname,
    raw_data: notice.json,
  };
}

function elements(name: string, part: Shape): SchemaElement[] {
  const common = { name, repetition_type: 'OPTIONAL' as const };
  if (part === 'text') return [{ ...common, type: 'BYTE_ARRAY', converted_type: 'UTF8' }];
  if (part === 'integer') return [{ ...common, type: 'INT32' }];
  if (part === 'long') return [{ ...common, type: 'INT64' }];
  const parts = Object.entries(part);
  return [{ ...common, num_children: parts.length }, ...parts.flatMap(([key, inner]) => elements(key, inner))];
}

/** A parquet file with a row for each alert. */
export function findings(batch: readonly Notice[], context: FindingContext): Buffer {
  const rows = batch.map((notice) => rowOf(notice, context));
  const names = Object.keys(shape) as (keyof typeof shape)[];
  const schema: SchemaElement[] = [
    { name: 'root', num_children: names.length },
    ...names.flatMap((name) => elements(name, shape[name])),
  ];
  const columnData = names.map((name) => ({ name, data: rows.map((row) => row[name] as unknown) as never }));
  return Buffer.from(parquetWriteBuffer({ columnData, schema }));
}
