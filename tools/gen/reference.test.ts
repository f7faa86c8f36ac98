import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { referencePages } from './reference.ts';

const folder = path.resolve(import.meta.dirname, '../../docs/reference');

test('docs/reference is up to date (node tools/gen/reference.ts)', async () => {
  for (const [name, page] of await referencePages()) {
    expect(readFileSync(path.join(folder, name), 'utf8'), name).toBe(page);
  }
});
