import fs from 'node:fs';
import type { FieldTable, FieldType } from '../../../src/model/field.ts';
import { type StubField, stubTable } from './stub-fields.ts';

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

/** All fields that the field and its plugins have, without values, by event source. @param file with the facts about them. */
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
