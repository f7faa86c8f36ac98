import { defaultIntake } from '../../delivery/defaults.ts';
import { NoticeMaker } from '../../delivery/notices/maker.ts';
import { Refusal } from '../../delivery/notices/refusal.ts';
import { sarif } from '../../formats/sarif.ts';
import type { Notice } from '../../model/notice.ts';
import { formatter } from './event-format.ts';

export const convertFormats = ['ecs', 'ocsf', 'otel', 'cef', 'sarif'] as const;
type ConvertFormat = (typeof convertFormats)[number];

/** What happens with the lines of a file of alerts. */
export interface Conversion {
  readonly format: ConvertFormat;
  /** Saker's own. */
  readonly version: string;
  readonly write: (text: string) => void;
  /** A line, from 1, that is no alert; it is left out. */
  readonly onRefused: (line: number, reason: string) => void;
}

/** Writes alerts, one a line in Falco's JSON, in another format. @returns how many there were. */
export async function convertAlerts(lines: AsyncIterable<string>, conversion: Conversion): Promise<number> {
  const { format, version, write, onRefused } = conversion;
  const maker = new NoticeMaker(defaultIntake);
  const one = format === 'sarif' ? undefined : formatter(format, version);
  const together: Notice[] = [];
  let number = 0;
  let count = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === '') continue;
    try {
      const notice = maker.fromJson(line);
      count++;
      if (one === undefined) together.push(notice);
      else write(`${one(notice)}\n`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      onRefused(number, error.message);
    }
  }
  // One document, whatever there was.
  if (one === undefined) write(`${sarif(together, version)}\n`);
  return count;
}
