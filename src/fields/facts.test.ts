import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { syscallClasses } from '../../test/kit/oracle.ts';
import { missing, sharedFolder } from '../../test/kit/requirements.ts';
import type { FieldSpec } from '../model/field.ts';

interface Fact {
  readonly name: string;
  readonly type: string;
  readonly arg: 'none' | 'optional' | 'required';
  readonly fmt?: string;
  readonly list?: boolean;
  readonly filter_only?: boolean;
  readonly print_only?: boolean;
  readonly no_rhs?: boolean;
  readonly no_transformer?: boolean;
  readonly hidden_in_list?: boolean;
  readonly deprecated?: boolean;
  readonly suggested_output?: boolean;
}

/** Plugins whose fields are built in. */
const plugins = new Set(['container', 'k8smeta']);
/** Fields that the reference does not have. */
const ours = /^k8smeta\.node\./;

function facts(): Fact[] {
  const text = readFileSync(path.join(sharedFolder!, 'spec', 'fields.json'), 'utf8');
  const { classes } = JSON.parse(text) as { classes: { provider: string; class: string; fields: Fact[] }[] };
  return classes.flatMap((one) => (one.provider === 'builtin' || plugins.has(one.class) ? one.fields : []));
}

function asFact(name: string, spec: FieldSpec): Fact {
  return {
    name,
    type: spec.type,
    arg: spec.arg === undefined ? 'none' : spec.arg.required ? 'required' : 'optional',
    fmt: spec.format ?? 'NA',
    list: spec.list ?? false,
    filter_only: spec.filterOnly ?? false,
    print_only: spec.printOnly ?? false,
    no_rhs: spec.noRhs ?? false,
    no_transformer: spec.noTransformer ?? false,
    hidden_in_list: spec.hidden ?? false,
    deprecated: spec.deprecated ?? false,
    suggested_output: spec.suggested ?? false,
  };
}

const all = syscallClasses.flatMap((one) => Object.entries(one.fields));
const specs = all.filter(([name]) => !ours.test(name));

describe.skipIf(missing('shared'))('all fields of the syscall source and the container engines', () => {
  it('are there, no more and no less', () => {
    expect(specs.map(([name]) => name).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      facts()
        .map((fact) => fact.name)
        .toSorted((a, b) => (a < b ? -1 : 1)),
    );
  });

  it('have the types, arguments, formats and restrictions of the reference', () => {
    const known = new Map(specs);
    const built: Fact[] = [];
    const reference: Fact[] = [];
    const defaults = asFact('', { type: 'CHARBUF' } as FieldSpec);
    for (const fact of facts()) {
      const { name, type, arg, fmt, list, filter_only, print_only, no_rhs, no_transformer } = fact;
      const { hidden_in_list, deprecated, suggested_output } = fact;
      const given = { name, type, arg, fmt, list, filter_only, print_only, no_rhs, no_transformer };
      const more = { hidden_in_list, deprecated, suggested_output };
      const set = Object.entries({ ...given, ...more }).filter(([, value]) => value !== undefined);
      built.push(asFact(name, known.get(name)!));
      reference.push({ ...defaults, ...Object.fromEntries(set) });
    }
    expect(built).toEqual(reference);
  });
});

it('say in a sentence what they are', () => {
  for (const [name, spec] of all) expect(spec.summary, name).toMatch(/^.{6,200}\.$|\.\.\.$/);
});

it('lie in the folder of their class, with the prefixes of the class', () => {
  for (const one of syscallClasses) {
    for (const name of Object.keys(one.fields)) {
      expect(one.prefixes.some((prefix) => name.startsWith(`${prefix}.`))).toBe(true);
    }
  }
});
