import { about, type RuleScenarios } from './scenario.ts';
import { type ContainerFacts, type Part, Stage } from './stage.ts';

const on = (programs: string[], part: Part = {}): Stage => new Stage(programs, part);
const inside: Part = { container: true };
const started = (facts: ContainerFacts): Stage => new Stage(['/app/server'], inside, facts);
const sysAdmin = 1n << 21n;

export const containerScenarios: readonly RuleScenarios[] = [
  about(
    'Privileged container started',
    [['docker run --privileged', () => started({ privileged: true })]],
    [
      ['ordinary container', () => started({})],
      ['network plugin', () => started({ privileged: true, image: 'quay.io/cilium/cilium' })],
    ],
  ),
  about(
    'Container started with a sensitive mount',
    [
      ['root of the host', () => started({ mounts: [['/', '/host']] })],
      ['socket of the engine', () => started({ mounts: [['/var/run/docker.sock', '/var/run/docker.sock']] })],
      ['directory below /etc', () => started({ mounts: [['/etc/ssl', '/etc/ssl']] })],
    ],
    [
      ['volume', () => started({ mounts: [['/var/lib/docker/volumes/db/_data', '/var/lib/postgresql']] })],
      ['clock', () => started({ mounts: [['/etc/localtime', '/etc/localtime']] })],
    ],
  ),
  about(
    'Container of a disallowed image started',
    [['foreign image', () => started({ image: 'docker.io/stranger/tool' })]],
    [['own image', () => started({ image: 'registry.example.com/shop/web' })]],
    '- macro: allowed_image\n  condition: (container.image.repository startswith registry.example.com/)\n',
  ),
  about(
    'Container started with dangerous capabilities',
    [
      [
        'SYS_ADMIN',
        () =>
          on(['/usr/bin/containerd-shim-runc-v2'], inside).runs('/app/server', [], { vpid: 1, capabilities: sysAdmin }),
      ],
    ],
    [
      [
        'the usual ones',
        () =>
          on(['/usr/bin/containerd-shim-runc-v2'], inside).runs('/app/server', [], {
            vpid: 1,
            capabilities: 0xa80425fbn,
          }),
      ],
      [
        'a service of the host',
        () => on(['/usr/lib/systemd/systemd']).runs('/usr/sbin/nginx', [], { capabilities: sysAdmin }),
      ],
    ],
  ),
  about(
    'Package manager started in a container',
    [
      ['apt-get', () => on(['/bin/bash'], inside).runs('/usr/bin/apt-get', ['install', 'nmap'])],
      ['apk', () => on(['/bin/sh'], inside).runs('/sbin/apk', ['add', 'curl'])],
    ],
    [
      [
        'its own helper',
        () => on(['/bin/bash', '/usr/bin/apt-get'], inside).runs('/usr/bin/dpkg', ['--configure', '-a']),
      ],
      ['a scanner asks', () => on(['/bin/sh'], inside).runs('/usr/bin/rpm', ['-qa'])],
      ['on the host', () => on(['/usr/bin/bash']).runs('/usr/bin/apt-get', ['install', 'nmap'])],
    ],
  ),
  about(
    'Program not from the image run in a container',
    [['dropped', () => on(['/bin/sh'], inside).runs('/usr/bin/x', [], { flags: 'EXE_WRITABLE|EXE_UPPER_LAYER' })]],
    [
      [
        'from the image',
        () => on(['/bin/sh'], inside).runs('/usr/bin/id', [], { flags: 'EXE_WRITABLE|EXE_LOWER_LAYER' }),
      ],
      ['on the host', () => on(['/usr/bin/bash']).runs('/usr/bin/x', [], { flags: 'EXE_UPPER_LAYER' })],
    ],
  ),
  about(
    "Container engine's socket used in a container",
    [['unknown client', () => on(['/app/x'], inside).connectsToPath('/var/run/docker.sock')]],
    [
      ['another socket', () => on(['/app/x'], inside).connectsToPath('/run/postgresql/.s.PGSQL.5432')],
      ['client on the host', () => on(['/usr/bin/docker']).connectsToPath('/var/run/docker.sock')],
    ],
  ),
  about(
    'Namespace joined',
    [
      [
        'from a container',
        () => on(['/usr/bin/nsenter'], inside).does('SYSCALL_SETNS_X', { fd: 5, nstype: 'CLONE_NEWNS' }),
      ],
      [
        'by an unknown program on the host',
        () => on(['/opt/tool/x', '/tmp/x']).does('SYSCALL_SETNS_X', { fd: 5, nstype: 0 }),
      ],
    ],
    [
      [
        'runc',
        () =>
          on(['/usr/bin/containerd-shim', '/usr/bin/runc'], { container: true, comm: 'runc:[1:CHILD]' }).does(
            'SYSCALL_SETNS_X',
            { fd: 5, nstype: 'CLONE_NEWNS' },
          ),
      ],
      [
        'ip netns exec',
        () => on(['/usr/bin/bash', '/usr/sbin/ip']).does('SYSCALL_SETNS_X', { fd: 5, nstype: 'CLONE_NEWNET' }),
      ],
    ],
  ),
  about(
    'Namespaces created inside a container',
    [
      ['user namespace', () => on(['/usr/bin/unshare'], inside).does('SYSCALL_UNSHARE_X', { flags: 'CLONE_NEWUSER' })],
      ['tried', () => on(['/app/x'], inside).does('SYSCALL_UNSHARE_X', { res: -1, flags: 'CLONE_NEWNS' })],
    ],
    [
      ['descriptors only', () => on(['/app/x'], inside).does('SYSCALL_UNSHARE_X', { flags: 'CLONE_FILES' })],
      [
        'a service of the host',
        () => on(['/usr/lib/systemd/systemd']).does('SYSCALL_UNSHARE_X', { flags: 'CLONE_NEWNS' }),
      ],
    ],
  ),
  about(
    'Host device or kernel file system mounted in a container',
    [
      [
        'disk',
        () => on(['/bin/mount'], inside).does('SYSCALL_MOUNT_X', { dev: '/dev/sda1', dir: '/mnt', type: 'ext4' }),
      ],
      [
        'control groups',
        () => on(['/bin/mount'], inside).does('SYSCALL_MOUNT_X', { dev: 'cgroup', dir: '/tmp/c', type: 'cgroup' }),
      ],
    ],
    [
      ['tmpfs', () => on(['/bin/mount'], inside).does('SYSCALL_MOUNT_X', { dev: 'tmpfs', dir: '/mnt', type: 'tmpfs' })],
      [
        'disk on the host',
        () => on(['/usr/bin/mount']).does('SYSCALL_MOUNT_X', { dev: '/dev/sda1', dir: '/mnt', type: 'ext4' }),
      ],
    ],
  ),
  about(
    'Device node made in a container',
    [
      [
        'disk',
        () => on(['/bin/mknod'], inside).does('SYSCALL_MKNOD_X', { path: '/tmp/d', mode: 'S_IFBLK', dev: 2049 }),
      ],
    ],
    [
      [
        'named pipe',
        () => on(['/bin/mknod'], inside).does('SYSCALL_MKNOD_X', { path: '/tmp/p', mode: 'S_IFIFO', dev: 0 }),
      ],
      [
        'on the host',
        () => on(['/usr/bin/mknod']).does('SYSCALL_MKNOD_X', { path: '/tmp/d', mode: 'S_IFBLK', dev: 2049 }),
      ],
    ],
  ),
];
