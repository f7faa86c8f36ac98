/** Stands for a directory that is not known; what follows is glued to it without a slash. */
export const unknownDirectory = '<UNKNOWN>';

/** The text of a directory as what comes before a name in it. */
export function asPrefix(directory: string): string {
  if (directory === '' || directory === unknownDirectory || directory.endsWith('/')) return directory;
  return `${directory}/`;
}
