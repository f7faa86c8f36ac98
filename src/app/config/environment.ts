// An environment variable may name others, or itself: substitution has to end.
const maxSubstitutions = 1000;
const maxLength = 1 << 20;

/**
 * Puts environment variables into a value as falco.yaml defines it: `${NAME}` becomes the variable's value, or nothing
 * where it is not set; what was put in is looked at again. `$${NAME}` stands for the text `${NAME}`. A `$` that begins
 * neither, or a missing `}`, leaves the rest as it is.
 */
export function substitute(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  let done = '';
  let rest = text;
  for (let count = 0; count < maxSubstitutions; count++) {
    const dollar = rest.indexOf('$');
    if (dollar < 0 || rest.length > maxLength) break;
    const escaped = rest.startsWith('$${', dollar);
    if (!escaped && !rest.startsWith('${', dollar)) break;
    const open = escaped ? dollar + 1 : dollar;
    const close = rest.indexOf('}', open);
    if (close < 0) break;
    done += rest.slice(0, dollar);
    if (escaped) {
      done += rest.slice(open, close + 1);
      rest = rest.slice(close + 1);
    } else {
      const name = rest.slice(open + 2, close);
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
      rest = rest.slice(close + 1);
      // Only a `$` can begin something in what is put in; other texts need no second look, which would copy all the rest.
      if (value?.includes('$')) rest = value + rest;
      else done += value ?? '';
    }
  }
  return done + rest;
}
