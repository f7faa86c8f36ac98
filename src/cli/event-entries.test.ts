import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { eventEntries } from './event-entries.ts';

test('what is said to come live is what the kernel programs send', () => {
  const folders = ['bpf', 'calls'].map((name) => path.resolve(import.meta.dirname, '../../native', name));
  const paths = folders.flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)));
  const sources = paths.map((name) => readFileSync(name, 'utf8'));
  const words = new Set(sources.join('\n').match(/\b[A-Z][A-Z0-9_]+\b/g));
  for (const { name, info, live, old, generic } of eventEntries()) {
    if (old || generic) continue;
    const isSent = words.has(info.code) || words.has(`EV_${info.code}`);
    expect(live !== 'no', `${name} (${info.code})`).toBe(isSent);
  }
});
