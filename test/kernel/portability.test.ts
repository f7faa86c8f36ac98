import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bpfArguments } from '../../tools/build-native.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'saker-portable-'));
afterAll(() => rmSync(folder, { recursive: true }));
const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Functions of the kernel that its programs may call, by number: name and the version with which programs of these kinds got
 * them (include/uapi/linux/bpf.h, kernel/trace/bpf_trace.c and their history).
 */
const helpers: Readonly<Record<number, readonly [string, number]>> = {
  1: ['map_lookup_elem', 4.7],
  2: ['map_update_elem', 4.7],
  8: ['get_smp_processor_id', 4.7],
  12: ['tail_call', 4.7],
  14: ['get_current_pid_tgid', 4.7],
  16: ['get_current_comm', 4.7],
  35: ['get_current_task', 4.8],
  80: ['get_current_cgroup_id', 4.18],
  112: ['probe_read_user', 5.5],
  113: ['probe_read_kernel', 5.5],
  114: ['probe_read_user_str', 5.5],
  115: ['probe_read_kernel_str', 5.5],
  125: ['ktime_get_boot_ns', 5.8],
  127: ['seq_write', 5.7],
  130: ['ringbuf_output', 5.8],
  131: ['ringbuf_reserve', 5.8],
  132: ['ringbuf_submit', 5.8],
};
/**
 * Newer ones, behind a question to the kernel's own type information (bpf_core_enum_value_exists): where they are missing, the
 * verifier takes the other way and never comes to the call.
 */
const guarded: Readonly<Record<number, readonly [string, number]>> = {
  158: ['get_current_task_btf', 5.11],
  175: ['task_pt_regs', 5.15],
};

/** The helpers that an object calls, by number, and whether it has functions of its own that it calls. */
function callsIn(object: string): { helpers: number[]; hasFunctions: boolean } {
  const { status, stdout } = spawnSync('llvm-objdump', ['-d', object], { encoding: 'utf8', maxBuffer: 1 << 28 });
  expect(status).toBe(0);
  // The upper half of the second byte says what the number means: 0 a helper, 1 a function of the object, 2 one of the kernel.
  const found = [...stdout.matchAll(/\b85 (\d)0 00 00 [0-9a-f ]+\s+call (\S+)/g)];
  const numbers = found.filter(([, kind]) => kind === '0').map(([, , name]) => Number(name));
  return { helpers: [...new Set(numbers)], hasFunctions: found.some(([, kind]) => kind !== '0') };
}

const hasClang = spawnSync('llvm-objdump', ['--version']).status === 0;

describe.skipIf(!hasClang && process.env['CI'] !== 'true')('kernel programs for kernels from 5.8 on', () => {
  it.each(['x64', 'arm64'])('call nothing on %s that came later, unless they asked for it', (arch) => {
    const object = path.join(folder, `${arch}-old.o`);
    expect(spawnSync('clang', bpfArguments(arch, object, '5.8')).status).toBe(0);
    const calls = callsIn(object);
    expect(calls.helpers.filter((number) => !(number in helpers) && !(number in guarded))).toEqual([]);
    // Before 5.10, programs with tail calls must not have any.
    expect(calls.hasFunctions).toBe(false);
  });

  it('the table knows no helper newer than they may need', () => {
    for (const [name, version] of Object.values(helpers)) {
      const [major = 0, minor = 0] = String(version).split('.').map(Number);
      expect(major < 5 || (major === 5 && minor <= 8), name).toBe(true);
    }
  });

  it.each([
    ['x64', '5.17'],
    ['arm64', '5.17'],
    ['x64', '6.4'],
    ['arm64', '6.4'],
  ])('those for newer kernels on %s (%s) ask more of one helper only: bpf_loop (5.17)', (arch, kernel) => {
    const object = path.join(folder, `${arch}-${kernel}.o`);
    expect(spawnSync('clang', bpfArguments(arch, object, kernel)).status).toBe(0);
    const strange = callsIn(object).helpers.filter((number) => !(number in helpers) && !(number in guarded));
    expect(strange).toEqual([181]);
  });
});

/** Headers of the C library for the other architecture (package libc6-dev-arm64-cross). */
const headers = '/usr/aarch64-linux-gnu/include';
const canCross = hasClang && existsSync(path.join(headers, 'stdio.h'));
if (!canCross) console.warn(`the C code is not checked for arm64: ${headers} is missing`);

describe.skipIf(!canCross)('C code for arm64', () => {
  const sources = ['addon', 'descriptors', 'rights', 'tracer'].flatMap((part) =>
    readdirSync(path.join(root, 'native', part))
      .filter((name) => name.endsWith('.c'))
      .map((name) => `native/${part}/${name}`),
  );

  it.each(sources)('%s is free of mistakes', (source) => {
    const includes = ['-Inode_modules/node-api-headers/include', '-Inative/tracer'];
    const options = ['--target=aarch64-linux-gnu', '-fsyntax-only', '-Wall', '-Werror', '-Wno-unused-function'];
    const args = [...options, '-DNAPI_VERSION=8', '-isystem', headers, ...includes, source];
    const { status, stderr } = spawnSync('clang', args, { encoding: 'utf8', cwd: root });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
