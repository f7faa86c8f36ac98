import { about, type RuleScenarios } from './scenario.ts';
import { type Part, Stage } from './stage.ts';

const on = (programs: string[], part: Part = {}): Stage => new Stage(programs, part);
const inside: Part = { container: true };

/** Loads a module from a file. */
function module(stage: Stage, path: string): Stage {
  return stage.reads(path).does('SYSCALL_FINIT_MODULE_X', { fd: 3, uargs: '', flags: 0 });
}

export const kernelScenarios: readonly RuleScenarios[] = [
  about(
    'Kernel module loaded from an unusual place',
    [
      ['insmod of a file in /tmp', () => module(on(['/usr/bin/kmod'], { comm: 'insmod' }), '/tmp/x.ko')],
      ['from memory', () => on(['/opt/tool/x']).does('SYSCALL_INIT_MODULE_X', { length: 4096, uargs: '' })],
      ['in a container', () => module(on(['/sbin/modprobe'], inside), '/lib/modules/6.1/x.ko')],
    ],
    [
      ['modprobe', () => module(on(['/usr/bin/kmod'], { comm: 'modprobe' }), '/usr/lib/modules/6.1/kernel/fs/fuse.ko')],
      [
        'compressed module',
        () => on(['/usr/bin/kmod'], { comm: 'modprobe' }).does('SYSCALL_INIT_MODULE_X', { length: 4096, uargs: '' }),
      ],
    ],
  ),
  about(
    'BPF program loaded by an unexpected program',
    [
      ['implant', () => on(['/opt/tool/x', '/tmp/x']).does('SYSCALL_BPF_2_X', { fd: 5, cmd: 'BPF_PROG_LOAD' })],
      [
        'node that is not Saker',
        () =>
          on(['/usr/bin/node'], { args: ['/tmp/src/cli/main.ts'] }).does('SYSCALL_BPF_2_X', {
            fd: 5,
            cmd: 'BPF_PROG_LOAD',
          }),
      ],
    ],
    [
      ['systemd', () => on(['/usr/lib/systemd/systemd']).does('SYSCALL_BPF_2_X', { fd: 5, cmd: 'BPF_PROG_LOAD' })],
      [
        'Saker',
        () =>
          on(['/usr/bin/node'], { args: ['/usr/lib/saker/src/cli/main.ts', 'run'] }).does('SYSCALL_BPF_2_X', {
            fd: 5,
            cmd: 'BPF_PROG_LOAD',
          }),
      ],
      ['a map', () => on(['/opt/tool/x']).does('SYSCALL_BPF_2_X', { fd: 5, cmd: 'BPF_MAP_CREATE' })],
    ],
  ),
  about(
    'Kernel told to run a program',
    [
      ['core_pattern from a container', () => on(['/bin/sh'], inside).empties('/proc/sys/kernel/core_pattern')],
      ['through a mount', () => on(['/app/x'], inside).changes('/host/proc/sys/fs/binfmt_misc/register')],
      ['on the host', () => on(['/usr/bin/bash']).empties('/proc/sys/kernel/modprobe')],
    ],
    [
      ['sysctl on the host', () => on(['/usr/sbin/sysctl']).empties('/proc/sys/kernel/core_pattern')],
      ['another setting', () => on(['/usr/bin/bash']).empties('/proc/sys/vm/swappiness')],
      ['read', () => on(['/usr/bin/cat'], inside).reads('/proc/sys/kernel/core_pattern')],
    ],
  ),
  about(
    'Escape through release_agent',
    [['written', () => on(['/bin/sh'], inside).empties('/tmp/c/release_agent')]],
    [
      ['read', () => on(['/bin/cat'], inside).reads('/tmp/c/release_agent')],
      ['on the host', () => on(['/usr/lib/systemd/systemd']).empties('/sys/fs/cgroup/systemd/release_agent')],
    ],
  ),
  about(
    'Debugger for file systems started in a container',
    [['debugfs', () => on(['/bin/sh'], inside).runs('/sbin/debugfs', ['/dev/sda1'])]],
    [['on the host', () => on(['/usr/bin/bash']).runs('/sbin/debugfs', ['/dev/sda1'])]],
  ),
  about(
    'Disk or memory of the machine opened directly',
    [
      ['disk read', () => on(['/opt/tool/x']).reads('/dev/sda')],
      ['from a container', () => on(['/bin/dd'], inside).reads('/dev/nvme0n1p1')],
    ],
    [
      ['fdisk', () => on(['/usr/sbin/fdisk']).reads('/dev/sda')],
      ['udev', () => on(['/usr/bin/udevadm']).reads('/dev/sda')],
      ['refused', () => on(['/opt/tool/x'], { uid: 1000 }).failsToOpen('/dev/sda', 'O_RDONLY')],
    ],
  ),
];
