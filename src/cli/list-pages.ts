import { type Json, toPrettyJson } from '../base/json.ts';
import { wrapText } from './help.ts';
import type { OptionSpec } from './options.ts';
import { parseChoice } from './options.ts';

const formats = ['text', 'json', 'markdown'] as const;
type Format = (typeof formats)[number];

const width = 100;

/** The option that every list has. */
export const formatOption = {
  value: 'FORMAT',
  about: 'Form of the list: text (default), json or markdown.',
} as const satisfies OptionSpec;

/** A list in the three forms that it can be asked for. */
export interface Pages {
  text(): string;
  markdown(): string;
  json(): Json;
}

/** The list as --format wants it. @throws UsageError */
export function page(pages: Pages, format: string | undefined): string {
  const chosen: Format = parseChoice(format ?? 'text', formats, '--format');
  return chosen === 'json' ? `${toPrettyJson(pages.json())}\n` : pages[chosen]();
}

/** Whether one of the texts has the word in it, in any case; the empty word is in all. */
export function mentions(word: string, ...texts: readonly string[]): boolean {
  const lower = word.toLowerCase();
  return texts.some((text) => text.toLowerCase().includes(lower));
}

/** Three columns; the last one wrapped. */
export function threeColumns(rows: readonly (readonly [string, string, string])[], firstMax: number): string {
  const first = Math.min(firstMax, Math.max(...rows.map(([text]) => text.length)));
  const second = Math.max(...rows.map(([, text]) => text.length));
  const indent = 2 + first + 2 + second + 2;
  let out = '';
  for (const [name, kind, about] of rows) {
    const lines = wrapText(about, width - indent);
    const head = `  ${name.padEnd(first)}  ${kind.padEnd(second)}  `;
    // A long name has its first line for itself.
    if (name.length > first) out += `  ${name}\n${' '.repeat(first + 4)}${kind.padEnd(second)}  ${lines[0]}\n`;
    else out += `${head}${lines[0]}`.trimEnd().concat('\n');
    for (const line of lines.slice(1)) out += `${' '.repeat(indent)}${line}\n`;
  }
  return out;
}

/** Text for a cell of a markdown table. */
export function cell(text: string): string {
  return text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
}

/** A markdown table; the cells are escaped by whoever makes them. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

/** Code within markdown, also within a table. */
export function code(text: string): string {
  const inner = text.replaceAll('|', '\\|');
  return inner.includes('`') ? `\`\` ${inner} \`\`` : `\`${inner}\``;
}
