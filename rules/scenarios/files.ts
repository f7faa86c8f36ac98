import { about, type RuleScenarios } from './scenario.ts';
import { type Part, Stage } from './stage.ts';

const on = (programs: string[], part: Part = {}): Stage => new Stage(programs, part);
const login: Part = { terminal: true, loginuid: 1000 };
const inside: Part = { container: true };
/** The first process of a container, just started by the engine. */
const entrypoint = (): Stage =>
  on(['/usr/bin/containerd-shim-runc-v2'], inside).runs('/bin/sh', ['/entrypoint.sh'], { vpid: 1 });
/** A script of a package while it is installed. */
const maintainerScript = ['/usr/bin/apt-get', '/usr/bin/dpkg', '/usr/bin/dash'];
const implant = ['/usr/bin/bash', '/opt/tool/implant'];

export const configurationScenarios: readonly RuleScenarios[] = [
  about(
    'Shell configuration changed',
    [
      ['a program appends to .bashrc', () => on(implant).changes('/home/alice/.bashrc')],
      ['mv over /etc/profile', () => on(['/usr/bin/bash', '/usr/bin/mv']).renames('/tmp/x', '/etc/profile')],
      ['the shell itself, in a container', () => on(['/bin/sh'], inside).changes('/root/.profile')],
    ],
    [
      ['alice edits hers', () => on(['/usr/bin/bash', '/usr/bin/vim.basic'], login).changes('/home/alice/.bashrc')],
      ['useradd copies the skeleton', () => on(['/usr/sbin/useradd']).creates('/home/bob/.bashrc')],
      ['bash reads it', () => on(['/usr/bin/bash'], login).reads('/home/alice/.bashrc')],
    ],
  ),
  about(
    'Job scheduled',
    [
      ['file in cron.d', () => on(implant).creates('/etc/cron.d/x')],
      ['crontab from standard input', () => on(['/bin/sh'], inside).runs('/usr/bin/crontab', ['-'])],
      ['timer moved into place', () => on(['/usr/bin/mv']).renames('/tmp/x.timer', '/etc/systemd/system/x.timer')],
      [
        'systemd-run with a timer',
        () => on(['/usr/bin/bash']).runs('/usr/bin/systemd-run', ['--on-boot=60', '/tmp/x']),
      ],
    ],
    [
      ['crontab -l', () => on(['/usr/bin/bash']).runs('/usr/bin/crontab', ['-l'])],
      ['a package brings a job', () => on(maintainerScript).creates('/etc/cron.d/php')],
      ['cron reads its jobs', () => on(['/usr/sbin/cron']).reads('/etc/cron.d/php')],
    ],
  ),
  about(
    'Service or start-up script changed',
    [
      ['unit written', () => on(implant).creates('/etc/systemd/system/x.service')],
      ['autostart of a user', () => on(implant, { uid: 1000 }).creates('/home/alice/.config/autostart/x.desktop')],
      ['rc.local replaced', () => on(['/usr/bin/mv'], inside).renames('/tmp/x', '/etc/rc.local')],
    ],
    [
      ['systemd keeps a transient unit', () => on(['/usr/lib/systemd/systemd']).creates('/run/systemd/system/x.scope')],
      [
        'a package brings a unit',
        () => on(['/usr/bin/apt-get', '/usr/bin/dpkg']).creates('/usr/lib/systemd/system/x.service'),
      ],
      ['systemctl reads units', () => on(['/usr/bin/systemctl']).reads('/etc/systemd/system/x.service')],
    ],
  ),
  about(
    'Package repository changed',
    [
      [
        'tee into sources.list.d',
        () => on(['/usr/bin/bash', '/usr/bin/tee']).creates('/etc/apt/sources.list.d/x.list'),
      ],
      ['repositories of Alpine in a container', () => on(['/bin/busybox'], inside).changes('/etc/apk/repositories')],
    ],
    [
      [
        'add-apt-repository',
        () => on(['/usr/bin/python3.11'], { comm: 'add-apt-reposit' }).creates('/etc/apt/sources.list.d/x.list'),
      ],
      ['apt reads them', () => on(['/usr/bin/apt-get']).reads('/etc/apt/sources.list')],
    ],
  ),
  about(
    'SSH login key added',
    [
      ['echo >> authorized_keys', () => on(['/usr/bin/bash']).changes('/root/.ssh/authorized_keys')],
      ['moved into place', () => on(['/usr/bin/mv'], inside).renames('/tmp/k', '/home/alice/.ssh/authorized_keys')],
    ],
    [
      ['sshd looks a key up', () => on(['/usr/sbin/sshd']).reads('/home/alice/.ssh/authorized_keys')],
      ['ssh notes a host', () => on(['/usr/bin/ssh'], login).changes('/home/alice/.ssh/known_hosts')],
    ],
  ),
  about(
    'Library preload file changed',
    [
      ['written', () => on(implant).creates('/etc/ld.so.preload')],
      ['written from a container through a mount', () => on(implant, inside).creates('/host/etc/ld.so.preload')],
    ],
    [['read by the loader', () => on(implant).reads('/etc/ld.so.preload')]],
  ),
  about(
    'Accounts or login rules changed by hand',
    [
      ['line added to sudoers.d', () => on(['/usr/bin/bash']).creates('/etc/sudoers.d/x')],
      ['passwd changed by sed', () => on(['/usr/bin/sed'], inside).renames('/etc/sedx1', '/etc/passwd')],
      ['PAM changed', () => on(implant).changes('/etc/pam.d/sshd')],
    ],
    [
      ['passwd does it', () => on(['/usr/bin/passwd'], login).renames('/etc/nshadow', '/etc/shadow')],
      [
        'visudo has its copy edited',
        () => on(['/usr/sbin/visudo', '/usr/bin/nano'], login).changes('/etc/sudoers.tmp'),
      ],
      ['entrypoint adds its user', () => entrypoint().changes('/etc/passwd')],
      ['refused', () => on(['/usr/bin/bash'], { uid: 1000 }).failsToOpen('/etc/passwd', 'O_WRONLY|O_APPEND')],
    ],
  ),
  about(
    'Program file written',
    [
      ['a program that calls itself dpkg', () => on(['/tmp/usr/bin/dpkg']).creates('/usr/bin/ls.dpkg-new')],
      ['cp over a program', () => on(['/usr/bin/bash', '/usr/bin/cp']).empties('/usr/bin/ls')],
      ['dropper in a container', () => on(implant, inside).creates('/usr/local/bin/x')],
    ],
    [
      ['dpkg unpacks', () => on(['/usr/bin/apt-get', '/usr/bin/dpkg']).creates('/usr/bin/ls.dpkg-new')],
      ['a chroot is filled', () => on(['/var/cache/pbuilder/1/usr/bin/dpkg']).creates('/usr/bin/ls.dpkg-new')],
      ['a program is read', () => on(['/usr/bin/bash', '/usr/bin/cp']).reads('/usr/bin/ls')],
      ['program of a user', () => on(['/usr/bin/cp']).creates('/home/alice/bin/x')],
    ],
  ),
  about(
    'Program file moved, linked or removed',
    [
      ['mv of ps', () => on(['/usr/bin/mv']).renames('/usr/bin/ps', '/usr/bin/ps.orig')],
      ['rm in a container', () => on(['/bin/rm'], inside).removes('/bin/ps')],
      ['ln -s', () => on(['/usr/bin/ln']).symlinks('/opt/x', '/usr/local/bin/x')],
    ],
    [
      [
        'dpkg puts a program in place',
        () => on(['/usr/bin/apt-get', '/usr/bin/dpkg']).renames('/usr/bin/ls.dpkg-new', '/usr/bin/ls'),
      ],
      ['mv in a home', () => on(['/usr/bin/mv']).renames('/home/alice/bin/a', '/home/alice/bin/b')],
    ],
  ),
  about(
    'Directory made among programs',
    [['mkdir', () => on(['/usr/bin/mkdir']).makesDirectory('/usr/bin/x')]],
    [
      ['mkdir elsewhere', () => on(['/usr/bin/mkdir']).makesDirectory('/srv/bin')],
      ['by a package', () => on(maintainerScript).makesDirectory('/usr/bin/site_perl')],
    ],
  ),
  about(
    'Library or kernel file written',
    [
      ['library replaced', () => on(['/usr/bin/cp']).empties('/usr/lib/x86_64-linux-gnu/libc.so.6')],
      ['kernel moved in', () => on(['/usr/bin/mv']).renames('/tmp/k', '/boot/vmlinuz-6.1')],
      ['in a container', () => on(implant, inside).creates('/lib/libx.so')],
    ],
    [
      ['ldconfig', () => on(['/usr/sbin/ldconfig']).renames('/usr/lib/x~', '/usr/lib/x')],
      [
        'Python compiles a module',
        () => on(['/usr/bin/python3.11']).creates('/usr/lib/python3/dist-packages/x/__pycache__/y.pyc'),
      ],
      ['npm install -g', () => on(['/usr/bin/node']).creates('/usr/local/lib/node_modules/x/index.js')],
      ['a library is loaded', () => on(['/usr/bin/id']).reads('/usr/lib/x86_64-linux-gnu/libc.so.6')],
    ],
  ),
  about(
    'System configuration written',
    [
      ['touch', () => on(['/usr/bin/bash', '/usr/bin/touch']).creates('/etc/x')],
      ['moved in', () => on(['/usr/bin/mv']).renames('/tmp/hosts', '/etc/hosts')],
      ['in a running container', () => on(['/bin/sh'], inside).changes('/etc/nginx/nginx.conf')],
      ['by creat', () => on(implant).does('SYSCALL_CREAT_X', { fd: 9, name: '/etc/x', mode: 0o644 })],
    ],
    [
      ['entrypoint writes its configuration', () => entrypoint().changes('/etc/nginx/nginx.conf')],
      [
        'a program of the entrypoint does',
        () => entrypoint().runs('/bin/sed', ['-i'], { vpid: 7 }).renames('/etc/nginx/sedx', '/etc/nginx/nginx.conf'),
      ],
      ['a package', () => on(maintainerScript).creates('/etc/redis/redis.conf')],
      [
        'versions of /etc',
        () => on(['/usr/sbin/cron', '/usr/bin/etckeeper', '/usr/bin/git']).creates('/etc/.git/objects/a'),
      ],
      ['swap file of an editor', () => on(['/usr/bin/vim.basic'], login).creates('/etc/.hosts.swp')],
      ['the DHCP client', () => on(['/usr/sbin/dhclient', '/usr/bin/dash']).creates('/etc/resolv.conf.new')],
      [
        'certificates put together',
        () => on(['/usr/bin/dash'], { comm: 'update-ca-certi' }).creates('/etc/ssl/certs/ca-certificates.crt.new'),
      ],
      ['read', () => on(['/usr/bin/cat']).reads('/etc/hosts')],
      ['refused', () => on(['/usr/bin/touch'], { uid: 1000 }).failsToOpen('/etc/x')],
    ],
  ),
  about(
    "File written in root directory or root's home",
    [
      ['dropped by a service', () => on(implant).creates('/root/x')],
      ['in the root directory of a container', () => on(implant, inside).creates('/x')],
    ],
    [
      ['root at a terminal', () => on(['/usr/bin/bash', '/usr/bin/touch'], login).creates('/root/notes')],
      ['cache of a tool', () => on(['/usr/bin/node']).creates('/root/.npm/_cacache/x')],
      ['history', () => on(['/usr/bin/bash']).changes('/root/.bash_history')],
    ],
  ),
  about(
    'Package database changed',
    [
      ['status edited', () => on(['/usr/bin/sed']).renames('/var/lib/dpkg/sedx', '/var/lib/dpkg/status')],
      ['below rpm, in a container', () => on(implant, inside).creates('/var/lib/rpm/x')],
    ],
    [
      [
        'dpkg',
        () => on(['/usr/bin/apt-get', '/usr/bin/dpkg']).renames('/var/lib/dpkg/status-new', '/var/lib/dpkg/status'),
      ],
      [
        'a reader locks',
        () => on(['/usr/bin/python3.11'], { comm: 'insights-client' }).creates('/var/lib/rpm/rpmdb.sqlite-shm'),
      ],
      ['dpkg -l', () => on(['/usr/bin/dpkg-query']).reads('/var/lib/dpkg/status')],
    ],
  ),
  about(
    'Ordinary file created below /dev',
    [
      ['file in /dev', () => on(implant).creates('/dev/.x')],
      ['in a container', () => on(implant, inside).creates('/dev/x')],
    ],
    [
      ['shared memory', () => on(['/usr/bin/postgres']).creates('/dev/shm/PostgreSQL.1')],
      ['output thrown away', () => on(['/usr/bin/bash']).empties('/dev/null')],
    ],
  ),
  about(
    'Hidden file or directory in a shared place',
    [
      ['directory in /tmp', () => on(['/usr/bin/mkdir']).makesDirectory('/tmp/.x')],
      ['file in /var/tmp, in a container', () => on(implant, inside).creates('/var/tmp/.x')],
      ['three dots', () => on(['/usr/bin/mkdir']).makesDirectory('/home/alice/...')],
    ],
    [
      ['directory of X', () => on(['/usr/lib/xorg/Xorg']).makesDirectory('/tmp/.X11-unix')],
      ['rsync writes under another name first', () => on(['/usr/bin/rsync']).creates('/tmp/.h2.dRwnuc')],
      ['git in a project', () => on(['/usr/bin/git']).makesDirectory('/home/alice/project/.git')],
      ['visible', () => on(['/usr/bin/mkdir']).makesDirectory('/tmp/x')],
    ],
  ),
  about(
    'Script dropped by a web server',
    [['PHP in uploads', () => on(['/usr/sbin/php-fpm8.2'], { uid: 33 }).creates('/var/www/html/uploads/x.php')]],
    [
      ['picture in uploads', () => on(['/usr/sbin/php-fpm8.2'], { uid: 33 }).creates('/var/www/html/uploads/x.png')],
      ['deployment', () => on(['/usr/bin/rsync']).creates('/var/www/html/uploads/x.php')],
    ],
  ),
];
