import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { KernelFiles } from './kernel-package.ts';

/** What is loaded, in this order, where it is not part of the kernel itself: for the root of the host, below a layer of memory. */
const modules = [
  'virtio',
  'virtio_ring',
  'virtio_pci_legacy_dev',
  'virtio_pci_modern_dev',
  'virtio_pci',
  'netfs',
  'fscache',
  '9pnet',
  '9pnet_virtio',
  '9p',
  'overlay',
] as const;

const unpackers: Readonly<Record<string, readonly [string, ...string[]]>> = {
  xz: ['xz', '-dc'],
  zst: ['zstd', '-dcq'],
};

/** The first program of the machine: it makes the host's files its own root, unchangeable, and runs a script there. */
const init = (script: string): string => `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in ${modules.join(' ')}; do
  [ -f /modules/$module.ko ] && insmod /modules/$module.ko
done
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,ro,cache=loose host /host
mount -t tmpfs -o size=75% memory /above
mkdir /above/files /above/work
mount -t overlay -o lowerdir=/host,upperdir=/above/files,workdir=/above/work root /root
for place in proc sys dev; do mount --move /$place /root/$place; done
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts -o ptmxmode=666 devpts /root/dev/pts
for place in dev/shm run; do mount -t tmpfs memory /root/$place; done
mount -t debugfs debugfs /root/sys/kernel/debug
mount -t tracefs tracefs /root/sys/kernel/tracing
mount -t bpf bpf /root/sys/fs/bpf
mount -t cgroup2 cgroup /root/sys/fs/cgroup
ifconfig lo 127.0.0.1 up
exec switch_root /root /bin/sh ${script}
`;

/** One file of an archive in cpio's format "newc" (Documentation/driver-api/early-userspace/buffer-format.rst of Linux). */
function entry(name: string, mode: number, data: Buffer, inode: number): Buffer {
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length + 1, 0];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return Buffer.concat([Buffer.from(head.padEnd(Math.ceil(head.length / 4) * 4, '\0'), 'latin1'), padded(data)]);
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
}

function moduleBytes(file: string): Buffer {
  const unpacker = unpackers[file.split('.').at(-1) ?? ''];
  if (unpacker === undefined) return readFileSync(file);
  const [command, ...args] = unpacker;
  const { status, stdout } = spawnSync(command, [...args, file], { maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${file} can't be unpacked: ${command} is missing`);
  return stdout;
}

/** The first root of a machine that runs a script of the host in a copy of the host's files that lasts as long as the machine. */
export function makeInitramfs(kernel: KernelFiles, busybox: string, script: string): Buffer {
  const folders = ['bin', 'modules', 'proc', 'sys', 'dev', 'host', 'above', 'root'];
  const files: [string, number, Buffer][] = [
    ...folders.map((name): [string, number, Buffer] => [name, 0o040_755, Buffer.alloc(0)]),
    ['init', 0o100_755, Buffer.from(init(script))],
    ['bin/busybox', 0o100_755, readFileSync(busybox)],
  ];
  for (const module of modules) {
    const file = kernel.modules.get(module);
    if (file !== undefined) files.push([`modules/${module}.ko`, 0o100_644, moduleBytes(file)]);
  }
  files.push(['TRAILER!!!', 0, Buffer.alloc(0)]);
  return gzipSync(Buffer.concat(files.map(([name, mode, data], i) => entry(name, mode, data, i + 1))), { level: 1 });
}
