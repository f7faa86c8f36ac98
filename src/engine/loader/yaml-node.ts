/** A place in a file: bytes from its start; line and column (in bytes) from 0. */
export interface Mark {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A part of a YAML file. Text is kept as a byte string, and never read as number or truth value. */
export type YamlNode =
  | { readonly kind: 'null'; readonly mark: Mark }
  | { readonly kind: 'scalar'; readonly mark: Mark; readonly value: string }
  | { readonly kind: 'seq'; readonly mark: Mark; readonly items: readonly YamlNode[] }
  | YamlMap;

/** A mapping; keys may be there twice. */
export interface YamlMap {
  readonly kind: 'map';
  readonly mark: Mark;
  readonly entries: readonly YamlEntry[];
}

/** A key of a mapping with its value. */
export interface YamlEntry {
  readonly key: string;
  readonly keyMark: Mark;
  readonly value: YamlNode;
}

/** Plain texts that stand for no value. */
export const nullTexts: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);

/** The value of a key; undefined where the map has none. Where a key is given twice, the first counts. */
export function entryOf(map: YamlMap, key: string): YamlEntry | undefined {
  for (const entry of map.entries) if (entry.key === key) return entry;
  return undefined;
}
