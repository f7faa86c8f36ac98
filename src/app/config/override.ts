import type { Position } from '../../model/diagnostic.ts';
import { type ConfigMap, type ConfigNode, parseTree } from './tree.ts';

/** One step into the tree: a key of a map, an index of a list, or a new item at its end. */
type PathStep = { readonly key: string } | { readonly index: number } | { readonly append: true };

// Lists are filled up to the index that is set.
const maxIndex = 10_000;

/**
 * Splits `a.b[2].c\.d`: dots between keys, `[n]` an item of a list, `[]` a new item; a backslash before `.`, `[`, `]` or
 * `\` makes it part of the key.
 * @returns what is wrong, where it can't be read.
 */
function parsePath(text: string): { steps: PathStep[] } | { problem: string } {
  const steps: PathStep[] = [];
  let key = '';
  let expectsKey = true;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\\') {
      const next = text[++i];
      if (next === undefined || !'.[]\\'.includes(next)) {
        return { problem: `invalid escape '\\${next ?? ''}' in '${text}': a backslash stands before . [ ] or \\ only` };
      }
      key += next;
    } else if (char === '.' || char === '[') {
      if (key !== '') steps.push({ key });
      else if (expectsKey) return { problem: `a key is missing before '${char}' in '${text}'` };
      key = '';
      expectsKey = char === '.';
      if (char === '.') continue;
      const close = text.indexOf(']', i);
      const inner = close < 0 ? undefined : text.slice(i + 1, close).trim();
      if (inner === undefined || !/^[0-9]*$/.test(inner) || Number(inner) > maxIndex) {
        return { problem: `expected [n] or [] in '${text}'` };
      }
      steps.push(inner === '' ? { append: true } : { index: Number(inner) });
      i = close;
      const after = text[i + 1];
      if (after !== undefined && after !== '.' && after !== '[')
        return { problem: `expected '.' behind ']' in '${text}'` };
    } else if (char === ']') {
      return { problem: `']' without '[' in '${text}'` };
    } else {
      key += char;
    }
  }
  if (key !== '') steps.push({ key });
  else if (expectsKey)
    return { problem: text === '' ? 'the key is missing' : `a key is missing at the end of '${text}'` };
  return { steps };
}

/** Applies one `key=value` of the command line. @returns what is wrong with it. */
export function applyOverride(root: ConfigMap, text: string): string | undefined {
  const equals = text.indexOf('=');
  if (equals < 0) return `'${text}' is not of the form key=value`;
  const path = parsePath(text.slice(0, equals).trim());
  if ('problem' in path) return path.problem;
  const at: Position = { file: `-o ${text}`, line: 0, column: 0, offset: 0 };
  const value = parseValue(text.slice(equals + 1), at);
  if (typeof value === 'string') return value;
  return set(root, path.steps, value, at);
}

function parseValue(text: string, at: Position): ConfigNode | string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return { kind: 'scalar', text, at };
  const { root, problems } = parseTree(trimmed, at.file);
  if (problems.length > 0) return `the value is not YAML: ${problems[0]!.message}`;
  return root ?? { kind: 'scalar', text, at };
}

function emptyFor(step: PathStep, at: Position): ConfigNode {
  return 'key' in step ? { kind: 'map', at, entries: new Map() } : { kind: 'list', at, items: [] };
}

function fits(node: ConfigNode | undefined, step: PathStep): node is ConfigNode {
  return node !== undefined && node.kind === ('key' in step ? 'map' : 'list');
}

function set(root: ConfigMap, steps: readonly PathStep[], value: ConfigNode, at: Position): string | undefined {
  let node: ConfigNode = root;
  for (const [i, step] of steps.entries()) {
    const next = steps[i + 1];
    if (!fits(node, step)) return 'a path begins with a key';
    // What is in the way of the path (a text where a map is needed) gives way, as in Falco.
    const present = child(node, step);
    const inner: ConfigNode = next === undefined ? value : fits(present, next) ? present : emptyFor(next, at);
    put(node, step, inner, at);
    node = inner;
  }
  return undefined;
}

function child(node: ConfigNode, step: PathStep): ConfigNode | undefined {
  if (node.kind === 'map' && 'key' in step) return node.entries.get(step.key)?.value;
  if (node.kind === 'list' && 'index' in step) return node.items[step.index];
  return undefined;
}

function put(node: ConfigNode, step: PathStep, value: ConfigNode, at: Position): void {
  if (node.kind === 'map' && 'key' in step) node.entries.set(step.key, { at, value });
  else if (node.kind === 'list' && 'append' in step) node.items.push(value);
  else if (node.kind === 'list' && 'index' in step) {
    while (node.items.length < step.index) node.items.push({ kind: 'scalar', text: null, at });
    node.items[step.index] = value;
  }
}
