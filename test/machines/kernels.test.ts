import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelOf } from './kernel-package.ts';
import { hasMachines, packages, runUnder } from './virtual-machine.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** Releases of Debian: their kernels are 5.10, 6.1, 6.12, and the newest there is. And tests that can't pass there. */
const suites = [
  // 5.10.223 knows no execveat of a descriptor without a name; before 5.17 nothing is left out in the kernel.
  { suite: 'bullseye', impossible: /a program that is gone|execveat-pid|filter of opens/ },
  { suite: 'bookworm', impossible: undefined },
  { suite: 'trixie', impossible: undefined },
  { suite: 'sid', impossible: undefined },
];
const files = ['calls', 'sensor', 'sensor-addon', 'filter'].map((name) => `test/kernel/${name}.test.ts`);
/** What floods the sensor would take minutes here. */
const chosen = '^(calls|sensor (?!under)|addon > loads|filter)';
const commands = `
cd ${root}
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TMPDIR=/dev/shm NO_COLOR=1
exec bin/node node_modules/vitest/vitest.mjs run --project kernel --testTimeout=600000 --hookTimeout=600000 -t '${chosen}' ${files.join(' ')}`;

const canRun = hasMachines() || process.env['CI'] === 'true';
if (!canRun) console.warn(`other kernels are not tried: it takes ${packages.join(' and ')}`);

/** The programs of the sensor are looked through by each kernel's verifier, and read structures that differ in each. */
describe.skipIf(!canRun)('the sensor under other kernels', () => {
  it.each(suites)("that of Debian's $suite", { timeout: 600_000 }, async ({ suite, impossible }) => {
    const kernel = await kernelOf(suite, path.join(root, 'build/machines'));
    const output = await runUnder(kernel, commands, 400_000);
    const failed = output.split('\n').filter((line) => /^ *FAIL /.test(line) && impossible?.test(line) !== true);
    expect(failed, `${kernel.name}: ${output.slice(-5000)}`).toEqual([]);
    const passed = Number(/^tests: (\d+) passed/m.exec(output)?.[1]);
    process.stderr.write(`${kernel.name}: ${passed} tests passed\n`);
    expect(passed, output.slice(-5000)).toBeGreaterThan(1000);
  });
});
