import { decodeBytes } from '../../base/utf8.ts';
import type { Location } from '../../model/diagnostic.ts';
import type { Mark, YamlNode } from './yaml-node.ts';

/**
 * A part of a file, with the way to it. A place in a condition has that condition as its last step. There are as many as
 * parts of rules, and hardly any is told of: so they are small, and reports make of them what they show.
 */
export interface Context {
  /** undefined: this is the file. */
  readonly parent: Context | undefined;
  readonly type: ItemType;
  /** A byte string. */
  readonly name: string;
  readonly mark: Mark;
  /** Of the file and of conditions; undefined: the parent's. */
  readonly own: OwnText | undefined;
}

interface OwnText {
  /** Name of the file, or the condition as it is shown in its place. */
  readonly file: string;
  /** What offsets point into, a byte string. */
  readonly text: string;
  /** For a place in a condition: the text that was parsed, and where in it. */
  readonly exact?: { readonly text: string; readonly offset: number };
}

type ItemType =
  | 'value for'
  | 'exceptions'
  | 'exception'
  | 'exception values'
  | 'exception value'
  | 'rules content'
  | 'rules content item'
  | 'required_engine_version'
  | 'required plugin versions'
  | 'required plugin versions entry'
  | 'required plugin versions alternative'
  | 'list'
  | 'list item'
  | 'macro'
  | 'macro condition'
  | 'rule'
  | 'rule condition'
  | 'condition expression'
  | 'rule output'
  | 'rule priority'
  | 'overrides';

/** @param text the file's content as a byte string. */
export function fileContext(file: string, text: string): Context {
  const mark = { line: 0, column: 0, offset: 0 };
  return { parent: undefined, type: 'rules content', name: '', mark, own: { file, text } };
}

/** The context of a part: one step further than its parent's. */
export function within(parent: Context, type: ItemType, name: string, node: YamlNode | Mark): Context {
  return { parent, type, name, mark: 'mark' in node ? node.mark : node, own: undefined };
}

/** The file that a part belongs to. */
export function wholeFile(context: Context): Context {
  let file = context;
  while (file.parent !== undefined) file = file.parent;
  return file;
}

/** Its name. */
export function fileOf(context: Context): string {
  return wholeFile(context).own!.file;
}

/** The way from the file to a part, as reports show it. */
export function locationsOf(context: Context): Location[] {
  const file = fileOf(context);
  const locations: Location[] = [];
  for (let step: Context | undefined = context; step !== undefined; step = step.parent) {
    const { line, column, offset } = step.mark;
    const position = { file: step.own?.file ?? file, line, column, offset };
    locations.unshift({ itemType: step.type, itemName: decodeBytes(step.name), position });
  }
  return locations;
}

const shownName = 20;

/**
 * A place in a condition. Its position is the one within the condition added to the one of the condition in the file,
 * lines and columns of the condition counting from 1: not exact, but what the field's tools print and compare.
 * @param condition shown; `parsed` is the text that the offset counts in, where lists were filled in before.
 * @param offset undefined: the condition as a whole.
 */
export function withinCondition(
  parent: Context,
  condition: string,
  offset: number | undefined,
  parsed: string = condition,
): Context {
  const short = condition.length > shownName ? `${condition.slice(0, shownName - 3)}...` : condition;
  const inside = offset === undefined ? { line: 0, column: 0, offset: 0 } : conditionPosition(parsed, offset);
  const mark = {
    line: parent.mark.line + inside.line,
    column: parent.mark.column + inside.column,
    offset: parent.mark.offset + inside.offset,
  };
  const file = decodeBytes(`"${short.replace(/[\n\r]/g, ' ')}"`);
  const exact = offset === undefined ? {} : { exact: { text: parsed, offset } };
  return { parent, type: 'condition expression', name: '', mark, own: { file, text: condition, ...exact } };
}

function conditionPosition(text: string, offset: number): Mark {
  // A condition may be long and have thousands of mistakes: characters are not looked at one by one.
  const before = text.slice(0, offset);
  let line = 1;
  let lineStart = 0;
  let newline = before.indexOf('\n');
  let carriage = before.indexOf('\r');
  while (newline >= 0 || carriage >= 0) {
    const isNewline = newline >= 0 && (carriage < 0 || newline < carriage);
    line++;
    lineStart = (isNewline ? newline : carriage) + 1;
    if (isNewline) newline = before.indexOf('\n', lineStart);
    else carriage = before.indexOf('\r', lineStart);
  }
  return { line, column: offset - lineStart + 1, offset };
}

const halfWidth = 80;

/** The line of a context's place, cut to 160 characters, and below it a caret; both end with a newline. */
export function snippet(context: Context): string {
  let owner = context;
  while (owner.own === undefined) owner = owner.parent!;
  return snippetAt(owner.own.text, context.mark.offset);
}

/** The line of a place in a text (a byte string) with a caret, as of a context. */
export function snippetAt(text: string, offset: number): string {
  if (text === '') return '<No context available>\n';
  let at = Math.min(offset, text.length);
  while (at > 0 && (at >= text.length || text[at] === '\n')) at--;
  let from = at;
  while (from > 0 && text[from] !== '\n' && at - from < halfWidth) from--;
  let to = at;
  while (to < text.length - 1 && text[to] !== '\n' && to - at < halfWidth) to++;
  if (text[from] === '\n') from++;
  if (text[to] === '\n') to--;
  let line = text.slice(from, to + 1);
  if (line === '') return '<No context available>\n';
  if (at - from >= halfWidth) line = `...${line.slice(3)}`;
  if (to - at >= halfWidth) line = `${line.slice(0, -3)}...`;
  const caret = at - from <= line.length ? `${' '.repeat(decodeBytes(line.slice(0, at - from)).length)}^\n` : '';
  return `${decodeBytes(line)}\n${caret}`;
}
