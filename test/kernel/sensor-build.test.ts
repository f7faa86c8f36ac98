import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bpfArguments, buildNative, kernels, needsBuild } from '../../tools/build-native.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'saker-build-'));
afterAll(() => rmSync(folder, { recursive: true }));
const hasClang = spawnSync('clang', ['--version']).status === 0;

describe.skipIf(!hasClang && process.env['CI'] !== 'true')('native build', () => {
  it.each(['x64', 'arm64'].flatMap((arch) => kernels.map((kernel) => [arch, kernel] as const)))(
    'compiles the kernel programs for %s and kernels from %s on without a warning',
    (arch, kernel) => {
      const args = bpfArguments(arch, path.join(folder, `${arch}.o`), kernel);
      const result = spawnSync('clang', args, { encoding: 'utf8' });
      expect(result.stderr).toBe('');
      expect(result.status).toBe(0);
    },
  );

  it('builds what is missing, and nothing twice', () => {
    buildNative({ log: () => undefined });
    expect(needsBuild()).toBe(false);
    expect(buildNative({ log: () => undefined })).toBe(false);
  });
});
