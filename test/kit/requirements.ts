import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');

/** The folder with captures and facts that the project's own machines have beside the checkout; undefined elsewhere. */
export const sharedFolder: string | undefined = [process.env['SAKER_SHARED'], path.join(root, '..', 'shared')].find(
  (folder) => folder !== undefined && existsSync(path.join(folder, 'oracle')),
);

/** Whether eBPF programs can be tried here at all: a Linux root with the kernel's type information. */
const hasKernel =
  process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/sys/kernel/btf/vmlinux');

/**
 * For `describe.skipIf(missing(...))`: true where a suite can't run because something is not there. On CI everything
 * has to be there, so nothing is skipped and the suite fails by itself.
 */
export function missing(what: 'shared' | 'kernel'): boolean {
  const there = what === 'shared' ? sharedFolder !== undefined : hasKernel;
  if (there || process.env['CI'] === 'true') return false;
  const reason =
    what === 'shared' ? 'the folder with the captures is not beside this checkout' : 'it needs root, Linux and BTF';
  process.stderr.write(`skipped: ${reason}\n`);
  return true;
}
