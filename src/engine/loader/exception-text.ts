import { findOperator } from '../../lang/operators.ts';
import type { ExceptionItem, Nested } from './items.ts';
import { quoteItem } from './list-text.ts';
import { RuleFailure } from './report-builder.ts';

/** The condition of a rule with its exceptions: `(condition) and not (...) and not (...)`. @throws RuleFailure */
export function withExceptions(condition: string, exceptions: readonly ExceptionItem[]): string {
  if (exceptions.length === 0) return condition;
  const parts = exceptions.map(exceptionText).filter((text) => text !== '');
  return [`(${condition})`, ...parts].join(' and not ');
}

/** '' for an exception without values. */
function exceptionText(exception: ExceptionItem): string {
  const { fields, comps, values, context } = exception;
  if (values.length === 0) return '';
  if (typeof fields === 'string') {
    const items = values.map((value) => {
      if (typeof value === 'string') return quoteItem(value);
      throw new RuleFailure('LOAD_ERR_VALIDATE', 'Expected values array to contain a list of strings', context);
    });
    return `(${fields} ${textOf(comps)} (${items.join(', ')}))`;
  }
  const alternatives = values.map((value) => {
    if (typeof value === 'string' || value.length !== fields?.length) {
      throw new RuleFailure('LOAD_ERR_VALIDATE', 'Fields and values lists must have equal length', context);
    }
    const checks = fields.map((field, index) => {
      const comp = textOf(comps?.[index]);
      return ` ${textOf(field)} ${comp} ${valueText(value[index] ?? '', comp)}`;
    });
    return `(${checks.join(' and ')})`;
  });
  return `(${alternatives.join(' or ')})`;
}

function textOf(nested: Nested | undefined): string {
  return typeof nested === 'string' ? nested : '';
}

function valueText(value: Nested, comp: string): string {
  if (typeof value !== 'string') return `(${value.map((item) => quoteItem(textOf(item))).join(', ')})`;
  const operator = findOperator(comp);
  const takesList = operator?.modifier !== undefined || operator?.spec.right === 'list';
  if (!takesList) return quoteItem(value);
  return value.startsWith('(') ? value : `(${value})`;
}
