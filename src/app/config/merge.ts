import type { IncludeStrategy } from './structures.ts';
import type { ConfigMap } from './tree.ts';

/**
 * Merges an included file into the configuration, top-level keys only: a section of the included file replaces the
 * whole section. `append` joins lists, `add-only` leaves alone what is there.
 */
export function mergeInto(root: ConfigMap, added: ConfigMap | undefined, strategy: IncludeStrategy): void {
  for (const [key, entry] of added?.entries ?? []) {
    const present = root.entries.get(key);
    if (present !== undefined && strategy === 'add-only') continue;
    if (present?.value.kind === 'list' && entry.value.kind === 'list' && strategy === 'append') {
      const items = [...present.value.items, ...entry.value.items];
      root.entries.set(key, { at: present.at, value: { kind: 'list', at: present.value.at, items } });
      continue;
    }
    root.entries.set(key, entry);
  }
}
