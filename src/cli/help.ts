import type { Command } from './command.ts';
import type { OptionSpec, Options } from './options.ts';

const width = 100;
const indent = '  ';

/** Breaks text into lines of at most `max` characters. */
export function wrapText(text: string, max: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > max) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    lines.push(line);
  }
  return lines;
}

/** Two columns, the right one wrapped. */
export function columns(rows: readonly (readonly [string, string])[], leftMax: number = 30): string {
  const left = Math.min(leftMax, Math.max(...rows.map(([text]) => text.length))) + 2;
  let out = '';
  for (const [name, about] of rows) {
    const lines = wrapText(about, width - left - indent.length);
    const fits = name.length <= left - 2;
    if (!fits) out += `${indent}${name}\n`;
    for (const [i, line] of lines.entries()) {
      out += `${indent}${(i === 0 && fits ? name : '').padEnd(left)}${line}`.trimEnd();
      out += '\n';
    }
  }
  return out;
}

function optionName(name: string, spec: OptionSpec): string {
  const short =
    spec.short === undefined ? (spec.shortOnly ? '' : '    ') : `-${spec.short}${spec.shortOnly ? '' : ', '}`;
  const long = spec.shortOnly ? '' : `--${name}`;
  if (spec.value === undefined) return short + long;
  return `${short}${long}${spec.optionalValue ? `[=${spec.value}]` : ` ${spec.value}`}`;
}

/** The options of a command as the help shows them. */
export function optionHelp(options: Options): string {
  const rows = Object.entries(options).map(([name, spec]): [string, string] => {
    const more = spec.repeat ? ' Can be given several times.' : '';
    return [optionName(name, spec), spec.about + more];
  });
  return columns([...rows, ['-h, --help', 'Show this help.']]);
}

/** The help page of a command. */
export function commandHelp<O extends Options>(command: Command<O>): string {
  const hasOptions = Object.keys(command.options).length > 0;
  const operands = command.operands === undefined ? '' : ` ${command.operands}`;
  let text = `${command.summary}\n\nUsage: saker ${command.name}${hasOptions ? ' [OPTION...]' : ''}${operands}\n\n`;
  text += `${wrapText(command.description, width).join('\n')}\n`;
  text += `\nOptions:\n${optionHelp(command.options)}`;
  if (command.examples.length > 0) {
    text += '\nExamples:\n';
    for (const example of command.examples) text += `${indent}# ${example.about}\n${indent}${example.command}\n`;
  }
  return text;
}
