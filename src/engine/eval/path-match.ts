import { Glob } from './glob.ts';

/** Components of a path; empty ones don't count, so a leading, trailing or doubled `/` changes nothing. */
export function components(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

/** Whether a component of a path is a shell pattern. */
export function isGlob(component: string): boolean {
  return /[?*[]/.test(component);
}

/** Whether the components of `prefix` are the first components of `path`; those with ?, * or [ are shell patterns. */
export function isPathPrefix(prefix: string, path: string): boolean {
  const parts = components(path);
  return components(prefix).every((want, i) => {
    const have = parts[i];
    if (have === undefined) return false;
    return isGlob(want) ? new Glob(want, false).matches(have) : want === have;
  });
}

interface PathNode {
  readonly ends: number[];
  readonly children: Map<string, PathNode>;
  readonly globs: Map<string, { readonly glob: Glob; readonly node: PathNode }>;
}

function pathNode(): PathNode {
  return { ends: [], children: new Map(), globs: new Map() };
}

/** The nodes that a component leads to. */
function below(level: readonly PathNode[], part: string, found: (id: number) => void): PathNode[] {
  const next: PathNode[] = [];
  for (const node of level) {
    const child = node.children.get(part);
    if (child !== undefined) next.push(child);
    for (const { glob, node: other } of node.globs.values()) if (glob.matches(part)) next.push(other);
  }
  for (const node of next) for (const id of node.ends) found(id);
  return next;
}

/** All path prefixes of many checks in one tree of components. */
export class PathPrefixes {
  readonly #root = pathNode();
  size = 0;

  /** `id` is reported for every path that `prefix` is a prefix of. */
  add(prefix: string, id: number): void {
    let node = this.#root;
    for (const part of components(prefix)) {
      if (isGlob(part)) {
        let entry = node.globs.get(part);
        if (entry === undefined) node.globs.set(part, (entry = { glob: new Glob(part, false), node: pathNode() }));
        node = entry.node;
      } else {
        let child = node.children.get(part);
        if (child === undefined) node.children.set(part, (child = pathNode()));
        node = child;
      }
    }
    node.ends.push(id);
    this.size++;
  }

  /** Calls `found` for the ids of all prefixes of a path; an id may come more than once. */
  find(path: string, found: (id: number) => void): void {
    for (const id of this.#root.ends) found(id);
    let level: PathNode[] = [this.#root];
    for (let at = 0; at < path.length && level.length > 0; ) {
      const slash = path.indexOf('/', at);
      const end = slash < 0 ? path.length : slash;
      if (end > at) level = below(level, path.slice(at, end), found);
      at = end + 1;
    }
  }
}
