import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { printable } from '../base/log.ts';
import { decodeBytes } from '../base/utf8.ts';
import { loadLean } from '../app/memory.ts';
import { fieldTables } from '../app/registry.ts';
import type { ExtendOutput } from '../engine/loader/compiled.ts';
import { type LoadOptions, type LoadResult, loadRules, type RulesFile } from '../engine/loader/load-rules.ts';
import { checkOutput } from '../engine/output-format.ts';
import type { Priority } from '../model/alert.ts';
import type { FieldTable } from '../model/field.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { CommandError } from './command.ts';

/** The rules that come with Saker. */
export const defaultRules: string = path.resolve(import.meta.dirname, '../../rules');

export interface RuleSet {
  readonly files: readonly RulesFile[];
  readonly loaded: LoadResult;
  readonly fieldTable: (source: string) => FieldTable | undefined;
}

/** The rules files behind what the user named: files as they are, folders with the .yaml and .yml files in them. */
function rulesFiles(paths: readonly string[]): RulesFile[] {
  const names = paths.flatMap((item) => {
    if (!existsSync(item)) throw new CommandError(`no such rules file or folder: ${item}`);
    const kind = statSync(item);
    if (kind.isCharacterDevice()) throw new CommandError(`${item} is a device, not a rules file`);
    if (!kind.isDirectory()) return [item];
    const inside = readdirSync(item)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => path.join(item, name))
      .filter(mayBeFile);
    if (inside.length === 0) throw new CommandError(`no rules files (.yaml, .yml) in the folder ${item}`);
    return inside;
  });
  return names.map((name) => ({ name, text: readText(name) }));
}

/** Pipes and the like would be waited for. A link that leads nowhere is told of when it is read. */
function mayBeFile(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isFile() ?? true;
}

/** How captures begin, unpacked and packed: handing one over as rules is an easy mistake. */
const captureStarts = ['\n\r\r\n', '\x1f\x8b'];

/** Far more than all rules of the field together. */
const maxRulesBytes = 64 * 1024 * 1024;

/** @throws CommandError that names the file. */
function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CommandError(`can't read ${file}: ${(error as Error).message}`);
  }
  const start = bytes.latin1Slice(0, 4);
  if (captureStarts.some((known) => start.startsWith(known))) {
    throw new CommandError(
      `${file} is a capture or a packed file, not a rules file; to judge a capture: saker replay FILE`,
    );
  }
  if (bytes.length > maxRulesBytes) {
    throw new CommandError(`${file} has ${bytes.length} bytes; a rules file can have ${maxRulesBytes}`);
  }
  if (bytes.includes(0)) {
    throw new CommandError(`${file} is no text: a rules file is YAML in UTF-8`);
  }
  return bytes.utf8Slice();
}

/** Loads rules files and folders; mistakes in them are in the result. */
export function readRules(
  paths: readonly string[],
  minimumPriority: Priority = 'Debug',
  asksKubernetes = false,
): RuleSet {
  const fieldTable = fieldTables([], asksKubernetes);
  const files = rulesFiles(paths);
  const texts = paths.includes(defaultRules) ? [...files, thisSaker()] : files;
  return { files, loaded: loadRuleTexts(texts, fieldTable, minimumPriority), fieldTable };
}

/** What the rules that come with Saker are to know: how a process looks that is this program, wherever it is installed. */
function thisSaker(): RulesFile {
  const root = path.dirname(defaultRules);
  const starts = ['src/cli/main.ts', 'bin/../src/cli/main.ts'].map((name) => JSON.stringify(`${root}/${name}`));
  const node = JSON.stringify(realpathSync(process.execPath));
  const condition = JSON.stringify(`(proc.exepath = ${node} and proc.args[0] in (${starts.join(', ')}))`);
  return { name: 'this Saker', text: `- macro: this_saker\n  condition: ${condition}\n` };
}

export function loadRuleTexts(
  files: readonly RulesFile[],
  fieldTable: (source: string) => FieldTable | undefined,
  minimumPriority: Priority,
  extendOutput?: ExtendOutput,
): LoadResult {
  const options: LoadOptions = {
    fieldTable,
    minimumPriority,
    ...(extendOutput === undefined ? {} : { extendOutput }),
    checkOutput: (output, source) => {
      const table = fieldTable(source);
      return table === undefined ? undefined : checkOutput(output, table);
    },
  };
  return loadLean(() => loadRules(files, options));
}

/** A diagnostic for people: place counted from 1, what is wrong, the line with a caret, what to do. */
export function diagnosticText(diagnostic: Diagnostic): string {
  const { severity, code, message, locations, snippet, closeUp, help } = diagnostic;
  const file = locations[0]?.position.file ?? '';
  // The place within a condition counts from the condition; the one in the file is that of the item around it.
  const position = locations.findLast((item) => item.position.file === file)?.position;
  const place = position === undefined ? file : `${file}:${position.line + 1}:${position.column + 1}`;
  const item = locations.findLast((location) => location.itemName !== '');
  const inItem = item === undefined ? '' : ` (in ${item.itemType} '${item.itemName}')`;
  let text = printable(`${place}: ${severity}: ${message}${inItem} [${code}]\n`);
  // Here each character has its place above the caret.
  for (const line of (closeUp ?? snippet).split('\n').slice(0, -1)) text += `    ${line.replace(/\p{Cc}/gu, '.')}\n`;
  if (help !== undefined) text += `    help: ${help}\n`;
  return text;
}

/** Everything that is to be said about the files, in their order. */
export function allDiagnostics(loaded: LoadResult): Diagnostic[] {
  return loaded.results.flatMap((result) => [...result.diagnostics, ...result.further]);
}

/** A byte string of a rule, for people. */
export function shownName(text: string): string {
  return decodeBytes(text);
}
