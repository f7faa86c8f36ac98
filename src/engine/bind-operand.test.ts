import { expect, test } from 'vitest';
import { parseOperand } from '../lang/parser.ts';
import { corpusFields, stubTable } from '../../test/conformance/language/stub-fields.ts';
import { BindFailure, bindFieldOrTransformer } from './bind-operand.ts';

test('similar names are looked for only when somebody asks', () => {
  let asked = 0;
  const table = stubTable('syscall', corpusFields);
  const counting = { ...table, suggest: (name: string) => (asked++, table.suggest(name)) };
  const parsed = parseOperand('proc.nam');
  let failure: unknown;
  try {
    if (parsed.ok) bindFieldOrTransformer(parsed.value, counting);
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(BindFailure);
  expect(asked).toBe(0);
  expect((failure as BindFailure).help).toContain('proc.name');
  expect(asked).toBe(1);
});
