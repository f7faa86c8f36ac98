/** The option string of getopt(3), taken apart. */
export interface OptionString {
  readonly known: ReadonlySet<string>;
  readonly withValue: ReadonlySet<string>;
}

/** Takes an option string of getopt(3) apart. */
export function parseOptionString(text: string): OptionString {
  const known = new Set<string>();
  const withValue = new Set<string>();
  for (let at = 0; at < text.length; at++) {
    const option = text[at]!;
    if (option === ':') continue;
    known.add(option);
    if (text[at + 1] === ':') withValue.add(option);
  }
  return { known, withValue };
}

/**
 * Reads the options at the start of a list of arguments. It ends at "--" and at the first argument that is no option;
 * long options (--name) are skipped.
 * @param selector the option that is asked for; undefined: all.
 * @returns all: option and value by turns, "?" for an unknown option, "" where the value is missing. One: its last
 * value, its own letter where it takes none; null where it is not there.
 */
export function readOptions(
  args: readonly string[],
  options: OptionString,
  selector: string | undefined,
): string | string[] | null {
  const found: string[] = [];
  let selected: string | null = null;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === '--') break;
    if (arg.length > 2 && arg.startsWith('--')) continue;
    if (arg.length < 2 || !arg.startsWith('-')) break;
    for (let at = 1; at < arg.length; at++) {
      const option = arg[at]!;
      if (!options.known.has(option)) {
        found.push('?');
        continue;
      }
      if (!options.withValue.has(option)) {
        found.push(option);
        if (option === selector) selected = option;
        continue;
      }
      const value = at + 1 < arg.length ? arg.slice(at + 1) : args[++index];
      if (option === selector) selected = value ?? '';
      if (value === undefined) found.push('');
      else found.push(option, value);
      break;
    }
  }
  return selector === undefined ? found : selected;
}
