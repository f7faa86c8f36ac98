import { expect, it } from 'vitest';
import { syscallFields } from '../../test/kit/oracle.ts';
import { FieldArgumentError, type FieldSpec, type FieldTable } from '../model/field.ts';

/** Numbers in and out of bounds, names, patterns and what is neither. */
const numbers = ['0', '1', '100', '4294967296', '99999999999999999999', '-1', '1.5', '0x1', '1e3', ' 1'];
const words = ['', 'name', 'flags', 'PATH', 'open', 'cpu', 'src', 'a b', 'k8s.io/x', '\xc3\xa9'];
const signs = ['*', '/', '/etc', '[', '(', '\\', ']', 'a]b'];
const whole = ['0', '1', '100', '4294967296', '99999999999999999999', '-1', ' 1'];
const texts = [numbers, words, signs].flat();

/** Those that a field takes; @throws what is no refusal of the argument. */
function taken(table: FieldTable, name: string): string[] {
  return texts.filter((text) => {
    try {
      const isDotted = table.find(name)?.arg?.dotted === 'only';
      return (isDotted ? table.bind(`${name}.${text}`, undefined) : table.bind(name, text)) !== undefined;
    } catch (error) {
      if (!(error instanceof FieldArgumentError)) throw error;
      expect(error.message, `${name}[${text}]`).toContain(text);
      return false;
    }
  });
}

function withArgument(table: FieldTable): [string, FieldSpec][] {
  return table.classes.flatMap((one) => Object.entries(one.fields)).filter(([, spec]) => spec.arg !== undefined);
}

it('takes arguments of its kind, and says of others what it wants', () => {
  const table = syscallFields();
  const all = withArgument(table);
  expect(all.length).toBeGreaterThan(30);
  for (const [name, spec] of all) {
    const some = taken(table, name);
    if (spec.arg!.kind === 'index') expect(some, name).toEqual(whole);
    else expect(some, name).not.toEqual([]);
    expect(some, name).not.toContain('a]b');
    const isOfPlugin = /^(?:container|k8s|k8smeta)\./.test(name);
    if (isOfPlugin) expect(some, name).not.toContain('a b');
    if (spec.arg!.required) expect(() => table.bind(name, undefined), name).toThrow(FieldArgumentError);
    else expect(table.bind(name, undefined), name).toBeDefined();
  }
});
