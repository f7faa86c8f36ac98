import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { makeInitramfs } from './initramfs.ts';
import type { KernelFiles } from './kernel-package.ts';

const qemu = '/usr/bin/qemu-system-x86_64';
const busybox = '/bin/busybox';
/** Debian's packages that have what is needed here. */
export const packages = ['qemu-system-x86', 'busybox-static'] as const;

export function hasMachines(): boolean {
  return existsSync(qemu) && existsSync(busybox);
}

/**
 * Runs shell commands under another kernel, with this machine's files as the root: what is changed there is gone afterwards. The
 * processor is emulated, so that everything takes about ten times as long.
 * @returns the last 20 kB of what the commands printed, and a line with their exit status: `status 0`
 * @throws Error with the kernel's last words when they did not come to an end
 */
export async function runUnder(kernel: KernelFiles, commands: string, limitMs: number): Promise<string> {
  // Not below /dev/shm and the like, which the machine has for itself.
  const folder = mkdtempSync(path.join(import.meta.dirname, '../../build/machine-'));
  const file = (name: string): string => path.join(folder, name);
  const result = '/dev/ttyS1';
  // All at once: interrupts of the emulated port for many small writes have kept old kernels from anything else.
  const printed = '/dev/shm/printed';
  const script = `( ${commands}
) > ${printed} 2>&1 < /dev/null
echo "status $?" >> ${printed}
stty -F ${result} raw
tail -c 20000 ${printed} > ${result}
sleep 1
echo o > /proc/sysrq-trigger
sleep 60
`;
  try {
    writeFileSync(file('script'), script);
    writeFileSync(file('initramfs'), makeInitramfs(kernel, busybox, file('script')));
    const boot = [
      '-kernel',
      kernel.image,
      '-initrd',
      file('initramfs'),
      '-append',
      'console=ttyS0 quiet panic=-1 mitigations=off',
    ];
    const serial = ['-serial', `file:${file('console')}`, '-serial', `file:${file('result')}`];
    const root = ['-virtfs', 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap'];
    const size = ['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '4096'];
    const rest = ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'];
    const child = spawn(qemu, [...size, ...rest, ...boot, ...serial, ...root], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    await new Promise((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    const output = existsSync(file('result')) ? stripVTControlCharacters(readFileSync(file('result'), 'utf8')) : '';
    if (/^status \d+$/m.test(output)) return output;
    const last = existsSync(file('console')) ? readFileSync(file('console'), 'latin1').slice(-2000) : '';
    throw new Error(`the machine ended before its commands did:\n${said}${last}\n${output.slice(-2000)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
