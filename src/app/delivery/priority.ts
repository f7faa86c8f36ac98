import { type Priority, priorities } from '../../model/alert.ts';

/** The priority that a word stands for, in any case; undefined for other words. */
export function priorityNamed(word: string): Priority | undefined {
  const name = word.trim().toLowerCase();
  return priorities.find((item) => item.toLowerCase() === (name === 'info' ? 'informational' : name));
}
