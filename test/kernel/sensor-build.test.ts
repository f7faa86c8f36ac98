import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bpfArguments, buildNative, needsBuild } from '../../tools/build-native.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'saker-build-'));
afterAll(() => rmSync(folder, { recursive: true }));
const hasClang = spawnSync('clang', ['--version']).status === 0;

describe.skipIf(!hasClang && process.env['CI'] !== 'true')('native build', () => {
  it.each<[string, string[]]>([
    ['x64', []],
    ['arm64', []],
    ['arm64', ['-DSAKER_OLD_KERNEL']],
  ])('compiles the kernel programs for %s %s without a warning', (arch, options) => {
    const args = bpfArguments(arch, path.join(folder, `${arch}.o`), options);
    const result = spawnSync('clang', args, { encoding: 'utf8' });
    expect(result.stderr).toBe('');
    expect(result.status).toBe(0);
  });

  it('builds what is missing, and nothing twice', () => {
    buildNative({ log: () => undefined });
    expect(needsBuild()).toBe(false);
    expect(buildNative({ log: () => undefined })).toBe(false);
  });
});
