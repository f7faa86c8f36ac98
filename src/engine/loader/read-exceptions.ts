import { type Context, within } from './context.ts';
import { refuse, requiredText } from './decode.ts';
import type { ExceptionItem, Nested } from './items.ts';
import type { ReportBuilder } from './report-builder.ts';
import { entryOf, type YamlMap, type YamlNode } from './yaml-node.ts';

/**
 * Reads the `exceptions` of a rule item; undefined where it has none.
 * @param append they are added to those of a rule that exists, so that fields may be left out.
 */
export function readExceptions(
  item: YamlMap,
  context: Context,
  append: boolean,
  report: ReportBuilder,
): ExceptionItem[] {
  const list = entryOf(item, 'exceptions')?.value;
  if (list === undefined || list.kind === 'null') return [];
  const listContext = within(context, 'exceptions', '', list);
  if (list.kind !== 'seq') return refuse('Rule exceptions must be a sequence', listContext);
  const exceptions: ExceptionItem[] = [];
  for (const node of list.items) {
    const exception = readException(node, context, listContext, append, report);
    for (const other of exceptions) {
      if (other.name !== exception.name) continue;
      const message = `Multiple definitions of exception '${exception.name}' in the same rule`;
      report.warning('LOAD_EXCEPTION_NAME_NOT_UNIQUE', message, exception.context);
    }
    exceptions.push(exception);
  }
  return exceptions;
}

function readException(
  node: YamlNode,
  parent: Context,
  listContext: Context,
  append: boolean,
  report: ReportBuilder,
): ExceptionItem {
  const unnamed = within(listContext, 'exception', '', node);
  if (node.kind !== 'map') return refuse('Rule exception must be a mapping', unnamed);
  const name = requiredText(node, 'name', unnamed);
  const context = within(parent, 'exception', name, node);
  const fields = readNested(node, 'fields', context);
  if (fields === undefined && !append && entryOf(node, 'fields') === undefined) {
    return refuse("Item has no mapping for key 'fields'", context);
  }
  const comps = readNested(node, 'comps', context);
  const values = readValues(node, context);
  if (values === undefined && append) {
    report.warning('LOAD_APPEND_NO_VALUES', 'Overriding/appending exception with no values', context);
  }
  return { name, context, fields, comps, values: values ?? [] };
}

function readValues(exception: YamlMap, context: Context): Nested[] | undefined {
  const list = entryOf(exception, 'values')?.value;
  if (list === undefined) return undefined;
  const listContext = within(context, 'exception values', '', list);
  if (list.kind !== 'seq') return refuse('Rule exception values must be a sequence', listContext);
  return list.items.map((value) => nested(value, '', within(listContext, 'exception value', '', value)));
}

/** undefined: the key is not there, or holds nothing. */
function readNested(exception: YamlMap, key: string, context: Context): Nested | undefined {
  const node = entryOf(exception, key)?.value;
  if (node === undefined) return undefined;
  const value = nested(node, key, context);
  return value.length === 0 ? undefined : value;
}

function nested(node: YamlNode, key: string, context: Context): Nested {
  const valueContext = within(context, 'value for', key, node);
  if (node.kind === 'seq') {
    return node.items.map((item) => nested(item, '', within(valueContext, 'exception', '', item)));
  }
  if (node.kind !== 'scalar') return '';
  if (node.value === '') return refuse('Value must be non-empty', valueContext);
  return node.value;
}
