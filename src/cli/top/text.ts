import type { Column, Frame, Row, View } from '../../app/top/views.ts';

/** Characters that take two columns of a terminal, roughly: scripts of East Asia and pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
/** What a terminal would act on, or show nothing for: control characters, marks, directions, what is not assigned. */
const unsafe = /[\p{C}\p{M}\p{Zl}\p{Zp}]/u;

function widthOf(char: string): number {
  return wide.test(char) ? 2 : 1;
}

/**
 * Text as a cell of a table: names come from whoever runs programs, so that nothing in them may move the cursor, change
 * colours, hide text or shift columns. Cut to `width` columns, with a mark where something is missing.
 */
export function cell(text: string, width: number): string {
  let out = '';
  let used = 0;
  /** Where to cut so that the mark fits. */
  let cut = 0;
  let cutUsed = 0;
  for (const char of text) {
    const shown = unsafe.test(char) ? '?' : char;
    const size = widthOf(shown);
    if (used + size > width) return width > 0 ? `${out.slice(0, cut)}…${' '.repeat(width - cutUsed - 1)}` : '';
    out += shown;
    used += size;
    if (used < width) {
      cut = out.length;
      cutUsed = used;
    }
  }
  return out + ' '.repeat(width - used);
}

const units = ['', 'K', 'M', 'G', 'T', 'P'];

/** A number in five characters at most. */
export function short(value: number): string {
  let rest = value;
  let unit = 0;
  while (Math.abs(rest) >= 9999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  const digits = Number.isInteger(rest) || rest >= 99.95 ? 0 : 1;
  return `${rest.toFixed(digits)}${units[unit]}`;
}

/** Bytes in six characters at most. */
export function shortBytes(value: number): string {
  let rest = value;
  let unit = 0;
  while (rest >= 1023.5 && unit < units.length - 1) {
    rest /= 1024;
    unit++;
  }
  return unit === 0 ? `${Math.round(rest)}` : `${rest.toFixed(rest < 99.95 ? 1 : 0)}${units[unit]}`;
}

function shown(column: Column, value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  // An identifier is no measure.
  if (column.key === 'pid') return String(value);
  if (column.kind === 'bytes') return shortBytes(value);
  return column.kind === 'percent' ? value.toFixed(1) : short(value);
}

const mostTextWidth = 40;
const numberWidth = 8;
/** The last column has at least so much, as long as others can be done without. */
const leastLastWidth = 23;

/** Lines of a table, each of at most `width` columns. The last column gets what is left. */
export function tableLines(view: View, rows: readonly Row[], width: number, sort: string): string[] {
  const columns = view.columns.filter((column) => rows.length === 0 || rows.some((row) => column.key in row));
  let widths = columnWidths(columns, rows);
  for (const column of dispensable(columns, sort)) {
    if (width - fixedWidth(widths) >= leastLastWidth) break;
    columns.splice(columns.indexOf(column), 1);
    widths = columnWidths(columns, rows);
  }
  widths[widths.length - 1] = Math.max(8, width - fixedWidth(widths));
  const line = (texts: readonly string[]): string => {
    const cells = columns.map((column, i) => {
      const size = widths[i]!;
      return column.kind === 'text' ? cell(texts[i]!, size) : cell(texts[i]!, size).trimEnd().padStart(size);
    });
    return cell(cells.join(' '), width).trimEnd();
  };
  const titles = columns.map((column) => (column.key === sort ? `*${column.title}` : column.title));
  return [line(titles), ...rows.map((row) => line(columns.map((column) => shown(column, row[column.key]))))];
}

/** What a narrow table does without, in order. */
function dispensable(columns: readonly Column[], sort: string): Column[] {
  return columns
    .filter((column) => column.dispensable !== undefined && column.key !== sort)
    .toSorted((a, b) => a.dispensable! - b.dispensable!);
}

function columnWidths(columns: readonly Column[], rows: readonly Row[]): number[] {
  return columns.map((column) => {
    if (column.kind !== 'text') return Math.max(numberWidth, column.title.length + 1);
    const longest = Math.max(column.title.length + 1, ...rows.map((row) => String(row[column.key] ?? '').length));
    return Math.min(longest, mostTextWidth);
  });
}

/** Of all columns but the last, with the blanks between them. */
function fixedWidth(widths: readonly number[]): number {
  return widths.slice(0, -1).reduce((sum, size) => sum + size + 1, 0);
}

/** What stands above the table: how much there was, what was lost, what Saker itself takes. */
export function headLines(frame: Frame, name: string, filter: string | undefined, width: number): string[] {
  const { counter, seconds, lost, ownCpuPercent, ownMemoryBytes, machine } = frame;
  const { total } = counter;
  const rate = seconds > 0 ? total.events / seconds : total.events;
  const losses = [...lost].reduce((sum, [, count]) => sum + count, 0);
  const containers = new Set(Array.from(machine.threads(), (thread) => thread.containerId));
  const first = [
    `saker top: ${name}`,
    `${short(rate)} events/s in ${seconds.toFixed(1)} s`,
    losses === 0 ? 'none lost' : `LOST ${short(losses)}`,
    `${short(total.alerts)} alerts`,
    `${containers.size - (containers.has('host') ? 1 : 0)} containers`,
    `saker itself: ${ownCpuPercent.toFixed(1)} % CPU, ${shortBytes(ownMemoryBytes)}B`,
  ].join('; ');
  const lines = [cell(first, width).trimEnd()];
  if (filter !== undefined) lines.push(cell(`filter: ${filter}`, width).trimEnd());
  for (const [reason, count] of lost) lines.push(cell(`LOST ${short(count)}: ${reason}`, width).trimEnd());
  return lines;
}
