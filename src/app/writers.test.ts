import { describe, expect, test } from 'vitest';
import { parse } from '../model/schema.ts';
import { writers } from './registry.ts';

describe.each(Object.entries(writers))('output %s', (id, load) => {
  test('says what it is, and its examples fit its options', async () => {
    const { default: spec } = await load();
    expect(spec.id).toBe(id);
    expect(spec.summary).toMatch(/^[A-Z].*\.$/);
    expect(spec.since).toMatch(/^\d+\.\d+\.\d+$/);
    expect(spec.examples.length).toBeGreaterThan(0);
    for (const { title, config } of spec.examples) expect(parse(spec.config, config).success, title).toBe(true);
  });
});
