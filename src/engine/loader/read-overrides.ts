import { type Context, wholeFile, within } from './context.ts';
import { refuse } from './decode.ts';
import { RuleFailure } from './report-builder.ts';
import { entryOf, type YamlMap } from './yaml-node.ts';

/** Keys of an item that are added to, and that take the place of, what exists under its name. */
export interface Overrides {
  readonly append: Set<string>;
  readonly replace: Set<string>;
}

/** @throws RuleFailure for a key or operation that there is none of. */
export function readOverrides(
  item: YamlMap,
  appendable: readonly string[],
  replaceable: readonly string[],
  context: Context,
): Overrides {
  const overrides: Overrides = { append: new Set(), replace: new Set() };
  const node = entryOf(item, 'override')?.value;
  if (node === undefined || node.kind === 'null') return overrides;
  // Upstream goes through the keys of a text, of which there are none, and stumbles over a list.
  if (node.kind === 'scalar') return overrides;
  if (node.kind !== 'map') {
    const message = "Value of 'override' must be a mapping of keys to 'append' or 'replace'";
    throw new RuleFailure('LOAD_ERR_VALIDATE', message, wholeFile(context));
  }
  const listContext = within(context, 'overrides', '', item);
  for (const { key, keyMark, value } of node.entries) {
    if (value.kind !== 'scalar' && value.kind !== 'null') {
      const message = `Override operation for key '${key}' is not a text`;
      throw new RuleFailure('LOAD_ERR_VALIDATE', message, wholeFile(context));
    }
    const operation = value.kind === 'null' ? 'null' : value.value;
    const keyContext = within(listContext, 'overrides', key, keyMark);
    const canAppend = appendable.includes(key);
    const canReplace = replaceable.includes(key);
    if (operation === 'append') {
      if (!canAppend) refuse(`Key '${key}' cannot be appended to, use 'replace' instead`, keyContext);
      overrides.append.add(key);
    } else if (operation === 'replace') {
      if (!canReplace) refuse(`Key '${key}' cannot be replaced`, keyContext);
      overrides.replace.add(key);
    } else {
      const allowed = `${canAppend ? 'append ' : ''}${canReplace ? 'replace ' : ''}`;
      refuse(
        `Invalid override operation for key '${key}': '${operation}'. Allowed values are: ${allowed}`,
        within(listContext, 'value for', key, value),
      );
    }
  }
  return overrides;
}
