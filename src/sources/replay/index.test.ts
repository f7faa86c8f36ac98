import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { collector } from '../../../test/kit/capture.ts';
import { scenario } from '../../../test/kit/events.ts';
import { parse } from '../../model/schema.ts';
import replay from './index.ts';

describe('replay', () => {
  it('hands over a capture', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'saker-replay-'));
    const file = path.join(folder, 'x.scap');
    const run = scenario().openat('/etc/passwd').close(3);
    writeFileSync(file, run.toCapture());
    const sink = collector();
    await replay.run({ path: file }, { sink, signal: new AbortController().signal, batchEnd: () => {} });
    rmSync(folder, { recursive: true });
    expect(sink.snapshots).toEqual([run.snapshot]);
    expect(sink.collected).toHaveLength(2);
  });
  it('documents itself with valid examples', () => {
    for (const { config } of replay.examples) {
      expect(parse(replay.config, config).success).toBe(true);
      expect(replay.preflight?.({ ...config })).toEqual([]);
    }
    expect(replay.preflight?.({ path: '' })).toHaveLength(1);
  });
});
