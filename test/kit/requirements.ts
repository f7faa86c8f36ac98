import { existsSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');

/** The folder with captures and facts that the project's own machines have beside the checkout; undefined elsewhere. */
export const sharedFolder: string | undefined = [process.env['SAKER_SHARED'], path.join(root, '..', 'shared')].find(
  (folder) => folder !== undefined && existsSync(path.join(folder, 'oracle')),
);

/** Whether eBPF programs can be tried here at all: a Linux root with the kernel's type information. */
const hasKernel = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/sys/kernel/btf/vmlinux');

/** Whether every user may enter a folder and all above it. */
function isOpenToAll(folder: string): boolean {
  const above = path.dirname(folder);
  return (statSync(folder).mode & 0o001) !== 0 && (above === folder || isOpenToAll(above));
}

/** What suites may need, whether it is there, and what to say where it is not. */
const requirements = {
  shared: { isThere: sharedFolder !== undefined, reason: 'the folder with the captures is not beside this checkout' },
  kernel: { isThere: hasKernel, reason: 'it needs root, Linux and BTF' },
  others: { isThere: isOpenToAll(root), reason: 'users other than root may not enter the folder of this checkout' },
  descriptors: {
    isThere: existsSync(path.join(root, 'build/native/saker-fd.node')),
    reason: 'the addon for pipes and sockets is not built (node tools/build-native.mjs)',
  },
} as const;

/**
 * For `describe.skipIf(missing(...))`: true where a suite can't run because something is not there. On CI everything
 * has to be there, so nothing is skipped and the suite fails by itself.
 */
export function missing(what: keyof typeof requirements): boolean {
  const { isThere, reason } = requirements[what];
  if (isThere || process.env['CI'] === 'true') return false;
  process.stderr.write(`skipped: ${reason}\n`);
  return true;
}
