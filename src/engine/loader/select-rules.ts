import { encodeBytes } from '../../base/utf8.ts';
import { type Priority, priorities } from '../../model/alert.ts';
import type { LoadedRule } from '../../model/rule.ts';

/** One entry of the `rules` setting: switches rules on or off by name (with `*` for any text) and by tag. */
export interface RuleSelection {
  readonly enable: boolean;
  readonly rule?: string;
  readonly tag?: string;
}

/**
 * The rules to run, in the order of evaluation: those enabled by their definition, then what the selections change, one
 * after the other. A rule that is switched on comes behind all others that are on at that moment.
 * @param minimum rules of a lower priority can't be switched on.
 */
export function selectRules<C>(
  rules: readonly LoadedRule<C>[],
  selections: readonly RuleSelection[],
  minimum: Priority = 'Debug',
): LoadedRule<C>[] {
  const limit = priorities.indexOf(minimum);
  const allowed = rules.filter((rule) => priorities.indexOf(rule.priority) <= limit);
  let selected = allowed.filter((rule) => rule.enabled);
  for (const selection of selections) {
    for (const matches of matchers(selection)) {
      if (!selection.enable) {
        selected = selected.filter((rule) => !matches(rule));
        continue;
      }
      const present = new Set(selected);
      selected.push(...allowed.filter((rule) => !present.has(rule) && matches(rule)));
    }
  }
  return selected.map((rule) => (rule.enabled ? rule : { ...rule, enabled: true }));
}

type Matcher = (rule: LoadedRule<unknown>) => boolean;

/** An entry may have both: first the name, then the tag. */
function matchers({ rule, tag }: RuleSelection): Matcher[] {
  const found: Matcher[] = [];
  if (rule !== undefined) {
    const pattern = encodeBytes(rule);
    found.push((item) => matchesWildcard(item.name, pattern));
  }
  if (tag !== undefined) {
    const name = encodeBytes(tag);
    found.push((item) => item.tags.includes(name));
  }
  return found;
}

/** Whether a text matches a pattern in which `*` stands for any text, in time linear in both for each star. */
export function matchesWildcard(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
