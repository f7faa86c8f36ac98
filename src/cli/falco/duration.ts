import { UsageError } from '../options.ts';

/** The seconds of -M; 0, less or absent: no end. @throws UsageError */
export function duration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?[0-9]+$/.test(text))
    throw new UsageError(`Argument '${text}' failed to parse: -M takes a number of seconds`);
  return Number(text) <= 0 ? undefined : Number(text);
}
