import fs from 'node:fs';
import path from 'node:path';
import type { FieldTable, FieldType } from '../../../src/model/field.ts';
import { type StubField, stubTable } from './stub-fields.ts';

const shared = process.env.SAKER_SHARED ?? path.resolve(import.meta.dirname, '../../../../shared');

/** A file or folder of the facts and captures beside the checkout; undefined where they are not there. */
export function sharedPath(relative: string): string | undefined {
  const full = path.join(shared, relative);
  if (fs.existsSync(full)) return full;
  if (process.env.CI === 'true') throw new Error(`missing test data: ${full}`);
  return undefined;
}

interface FieldFact {
  readonly name: string;
  readonly type: string;
  readonly arg: 'none' | 'optional' | 'required';
  readonly arg_kind?: string;
  readonly list?: boolean;
  readonly no_rhs?: boolean;
  readonly no_transformer?: boolean;
}

interface FieldFacts {
  readonly classes: readonly { readonly source: string; readonly fields: readonly FieldFact[] }[];
}

function stubField(fact: FieldFact): StubField {
  const dotted = fact.arg_kind?.includes('after a dot') ?? false;
  return {
    name: fact.name,
    type: fact.type as FieldType,
    ...(fact.arg === 'none' ? {} : { arg: fact.arg }),
    ...(dotted ? { dotted } : {}),
    options: {
      list: fact.list ?? false,
      noRhs: fact.no_rhs ?? false,
      noTransformer: fact.no_transformer ?? false,
    },
  };
}

/** All fields of the field, without values, by event source. */
export function sharedFieldTables(file: string): (source: string) => FieldTable | undefined {
  const facts = JSON.parse(fs.readFileSync(file, 'utf8')) as FieldFacts;
  const sources = new Set(facts.classes.map(({ source }) => source).filter((source) => !source.startsWith('any')));
  const tables = new Map(
    [...sources].map((source) => {
      const fields = facts.classes
        .filter((item) => item.source === source || item.source.startsWith('any'))
        .flatMap((item) => item.fields.map(stubField));
      return [source, stubTable(source, fields)];
    }),
  );
  return (source) => tables.get(source);
}
