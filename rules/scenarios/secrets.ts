import { about, type RuleScenarios } from './scenario.ts';
import { type Part, Stage } from './stage.ts';

const on = (programs: string[], part: Part = {}): Stage => new Stage(programs, part);
const login: Part = { terminal: true, loginuid: 1000 };
const inside: Part = { container: true };
const stealer = ['/usr/bin/bash', '/opt/tool/stealer'];
const seconds = (n: number): bigint => BigInt(n) * 1_000_000_000n;

/** A server that was started, works for a while and then reads a file. */
function server(path: string, age: number, file: string): Stage {
  const stage = on(['/usr/lib/systemd/systemd']).runs(path);
  stage.events.wait(seconds(age));
  return stage.reads(file);
}

export const secretScenarios: readonly RuleScenarios[] = [
  about(
    'Account secrets read by an unexpected program',
    [
      ['cat /etc/shadow', () => on(['/usr/bin/bash', '/usr/bin/cat']).reads('/etc/shadow')],
      ['roundabout path', () => on(stealer).reads('/etc/../etc/shadow')],
      ['file of the host, from a container', () => on(stealer, inside).reads('/host/etc/shadow')],
      ['a copy that is called sshd', () => on(['/tmp/sshd']).reads('/etc/shadow')],
    ],
    [
      ['sshd checks a password', () => on(['/usr/sbin/sshd']).reads('/etc/shadow')],
      [
        'daily copy',
        () =>
          on(['/usr/sbin/cron', '/usr/bin/dash', '/usr/bin/run-parts', '/etc/cron.daily/passwd', '/usr/bin/cmp']).reads(
            '/etc/shadow',
          ),
      ],
      ['sudo reads its rules', () => on(['/usr/bin/sudo'], login).reads('/etc/sudoers.d/alice')],
      ['refused', () => on(['/usr/bin/cat'], { uid: 1000 }).failsToOpen('/etc/shadow', 'O_RDONLY')],
      ['passwd is for all', () => on(['/usr/bin/cat']).reads('/etc/passwd')],
    ],
  ),
  about(
    'Account secrets read by a server after its start',
    [['an hour later', () => server('/usr/sbin/apache2', 3600, '/etc/shadow')]],
    [['while starting', () => server('/usr/sbin/apache2', 1, '/etc/shadow')]],
  ),
  about(
    'Private key of the machine read with a general tool',
    [
      ['host key', () => on(['/usr/bin/bash', '/usr/bin/cat']).reads('/etc/ssh/ssh_host_ed25519_key')],
      ['key of Kubernetes by Python', () => on(['/usr/bin/python3.11']).reads('/etc/kubernetes/pki/ca.key')],
    ],
    [
      ['sshd reads its key', () => on(['/usr/sbin/sshd']).reads('/etc/ssh/ssh_host_ed25519_key')],
      ['public part', () => on(['/usr/bin/cat']).reads('/etc/ssh/ssh_host_ed25519_key.pub')],
    ],
  ),
  about(
    'SSH files of a user read by an unexpected program',
    [
      ['private key', () => on(stealer, { uid: 1000 }).reads('/home/alice/.ssh/id_ed25519')],
      ['cat known_hosts in a container', () => on(['/bin/cat'], inside).reads('/root/.ssh/known_hosts')],
    ],
    [
      ['ssh', () => on(['/usr/bin/ssh'], login).reads('/home/alice/.ssh/id_ed25519')],
      ['public key', () => on(['/usr/bin/cat'], login).reads('/home/alice/.ssh/id_ed25519.pub')],
    ],
  ),
  about(
    'Shell configuration read by an unexpected program',
    [['stealer', () => on(stealer, { uid: 1000 }).reads('/home/alice/.bashrc')]],
    [
      ['bash', () => on(['/usr/sbin/sshd', '/usr/bin/bash'], login).reads('/home/alice/.bashrc')],
      ['backup', () => on(['/usr/sbin/cron', '/usr/bin/rsync']).reads('/home/alice/.bashrc')],
    ],
  ),
  about(
    'Stored credentials read with a general tool',
    [
      ['cat', () => on(['/usr/bin/bash', '/usr/bin/cat']).reads('/root/.aws/credentials')],
      ['tar in a container', () => on(['/bin/tar'], inside).reads('/root/.kube/config')],
    ],
    [
      ['the client itself', () => on(['/usr/bin/kubectl'], login).reads('/root/.kube/config')],
      ['some other file', () => on(['/usr/bin/cat'], login).reads('/root/.kube/cache/x')],
    ],
  ),
  about(
    'Secrets of a workload read in a container',
    [
      ['token', () => on(['/bin/sh', '/bin/cat'], inside).reads('/var/run/secrets/kubernetes.io/serviceaccount/token')],
      ['environment', () => on(['/bin/cat'], inside).reads('/proc/1/environ')],
    ],
    [
      ['the application reads it', () => on(['/app/server'], inside).reads('/run/secrets/db_password')],
      [
        'entrypoint',
        () =>
          on(['/usr/bin/containerd-shim'], inside)
            .runs('/bin/sh', [], { vpid: 1 })
            .runs('/bin/cat', [], { vpid: 7 })
            .reads('/run/secrets/db_password'),
      ],
    ],
  ),
  about(
    'Symbolic link to a sensitive file',
    [
      ['ln -s /etc/shadow', () => on(['/usr/bin/ln']).symlinks('/etc/shadow', '/tmp/x')],
      ['in a container', () => on(['/bin/ln'], inside).symlinks('/var/run/docker.sock', '/tmp/s')],
    ],
    [
      ['to something else', () => on(['/usr/bin/ln']).symlinks('/srv/data', '/tmp/x')],
      [
        'refused',
        () => on(['/usr/bin/ln']).does('SYSCALL_SYMLINK_X', { res: -13, target: '/etc/shadow', linkpath: '/x' }),
      ],
    ],
  ),
  about(
    'Hard link to a sensitive file',
    [
      ['made', () => on(['/usr/bin/ln']).links('/etc/shadow', '/tmp/x')],
      [
        'tried in a container',
        () => on(['/bin/ln'], inside).does('SYSCALL_LINK_2_X', { res: -1, oldpath: '/etc/shadow', newpath: '/tmp/x' }),
      ],
    ],
    [
      ['of something else', () => on(['/usr/bin/ln']).links('/srv/a', '/srv/b')],
      ['lock of the account tools', () => on(['/usr/sbin/useradd']).links('/etc/passwd', '/etc/passwd.lock')],
    ],
  ),
  about(
    'Logs cleared',
    [
      ['emptied', () => on(['/usr/bin/bash']).empties('/var/log/auth.log')],
      ['removed in a container', () => on(['/bin/rm'], inside).removes('/var/log/nginx/access.log')],
      ['moved away', () => on(['/usr/bin/mv']).renames('/var/log/wtmp', '/tmp/w')],
      ['truncate', () => on(['/usr/bin/bash']).runs('/usr/bin/truncate', ['-s', '0', '/var/log/auth.log'])],
      ['kernel messages', () => on(['/usr/bin/bash']).runs('/usr/bin/dmesg', ['-C'])],
    ],
    [
      ['logrotate', () => on(['/usr/sbin/logrotate']).renames('/var/log/syslog', '/var/log/syslog.1')],
      ['rsyslog appends', () => on(['/usr/sbin/rsyslogd']).changes('/var/log/syslog')],
      ['log of a build', () => on(['/usr/bin/make']).empties('/home/alice/error.log')],
    ],
  ),
  about(
    'Shell history deleted',
    [
      ['rm', () => on(['/usr/bin/bash', '/usr/bin/rm'], login).removes('/home/alice/.bash_history')],
      ['> .bash_history', () => on(['/usr/bin/bash'], login).empties('/home/alice/.bash_history')],
      ['link to /dev/null', () => on(['/usr/bin/ln'], inside).symlinks('/dev/null', '/root/.bash_history')],
    ],
    [
      ['bash makes the file', () => on(['/usr/bin/bash'], login).creates('/home/alice/.bash_history')],
      ['bash appends at its end', () => on(['/usr/bin/bash'], login).changes('/home/alice/.bash_history')],
      [
        'bash shortens it',
        () => on(['/usr/bin/bash'], login).renames('/home/alice/.bash_history-01.tmp', '/home/alice/.bash_history'),
      ],
      ['userdel -r', () => on(['/usr/sbin/userdel']).removes('/home/bob/.bash_history')],
    ],
  ),
];
