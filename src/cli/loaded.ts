import { defaultRules, allDiagnostics, diagnosticText, readRules, shownName } from './rules.ts';
import type { Nested } from '../engine/loader/items.ts';
import type { LoadResult } from '../engine/loader/load-rules.ts';
import { CommandError, type Io } from './command.ts';
import type { OptionSpec } from './options.ts';

/** The option that names what a list is of. */
export const rulesOption = {
  short: 'r',
  value: 'PATH',
  repeat: true,
  about: 'Rules file or folder; without it, the rules that come with Saker.',
} as const satisfies OptionSpec;

/** The rules that a list is of. @throws CommandError when they have errors, which are then told. */
export function loadedRules(paths: readonly string[], io: Io): LoadResult {
  const { loaded } = readRules(paths.length === 0 ? [defaultRules] : paths);
  if (loaded.successful) return loaded;
  for (const item of allDiagnostics(loaded)) if (item.severity === 'error') io.err(`${diagnosticText(item)}\n`);
  throw new CommandError(loaded.requirementError ?? 'the rules have errors, see above');
}

/** Text of a rules file on one line. */
export function oneLine(text: string): string {
  return shownName(text).trim().replace(/\s+/g, ' ');
}

const words = /[^\s(),=<>!"']+/g;

/** Who uses a macro or list: rules by their conditions and exceptions, macros by their conditions, lists by their items. */
export function usersOf(loaded: LoadResult): (name: string) => readonly string[] {
  const users = new Map<string, Set<string>>();
  function add(user: string, used: Iterable<string>): void {
    for (const word of used) {
      const known = users.get(word);
      if (known === undefined) users.set(word, new Set([shownName(user)]));
      else known.add(shownName(user));
    }
  }
  for (const { name, conditionText } of loaded.macros) add(name, conditionText.match(words) ?? []);
  for (const { name } of loaded.rules) {
    const inExceptions = loaded.exceptionsOf(name).flatMap((item) => item.values.flatMap(textsIn));
    add(name, [...(loaded.textsOf(name).conditionText.match(words) ?? []), ...inExceptions]);
  }
  for (const { name, written } of loaded.lists) add(name, written);
  return (name) => [...(users.get(name) ?? [])].sort();
}

function textsIn(value: Nested): readonly string[] {
  return typeof value === 'string' ? [value] : value.flatMap(textsIn);
}
