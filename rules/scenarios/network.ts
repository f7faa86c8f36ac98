import { about, type RuleScenarios } from './scenario.ts';
import { type Part, Stage } from './stage.ts';

const on = (programs: string[], part: Part = {}): Stage => new Stage(programs, part);
const login: Part = { terminal: true, loginuid: 1000 };
const inside: Part = { container: true };
const systemPod = { labels: { 'io.kubernetes.pod.namespace': 'kube-system', 'io.kubernetes.pod.name': 'dns' } };
const appPod = { labels: { 'io.kubernetes.pod.namespace': 'shop', 'io.kubernetes.pod.name': 'web-1' } };
const peer = '203.0.113.5';

export const networkScenarios: readonly RuleScenarios[] = [
  about(
    'Input or output redirected to a network connection',
    [
      ['standard input', () => on(['/opt/app/server']).connects(peer, 4242).duplicatesTo(0)],
      [
        'standard output, in a container, over IPv6',
        () => on(['/app/server'], inside).connects('2001:db8::5', 4242).duplicatesTo(1),
      ],
    ],
    [
      ['another descriptor', () => on(['/opt/app/server']).connects(peer, 4242).duplicatesTo(7)],
      ['sshd hands a connection to its session', () => on(['/usr/sbin/sshd']).accepts(peer, 22).duplicatesTo(0)],
      ['inetd', () => on(['/usr/sbin/xinetd']).accepts(peer, 23).duplicatesTo(0)],
      [
        'php-fpm keeps its listening socket there',
        () => on(['/usr/sbin/php-fpm8.2'], inside).listens(9000).duplicatesTo(0),
      ],
      ['a file', () => on(['/opt/app/server']).reads('/srv/x').duplicatesTo(0)],
    ],
  ),
  about(
    'Shell opens a network connection',
    [
      ['/dev/tcp', () => on(['/usr/bin/bash'], login).connects(peer, 4242)],
      ['under way, in a container', () => on(['/bin/bash'], inside).connects('10.0.0.9', 8080, 'tcp', -115)],
    ],
    [
      ['name look-up', () => on(['/usr/bin/bash'], login).connects('10.0.0.2', 53, 'udp')],
      ['curl', () => on(['/usr/bin/bash', '/usr/bin/curl'], login).connects(peer, 443)],
      ['refused', () => on(['/usr/bin/bash'], login).connects(peer, 4242, 'tcp', -111)],
    ],
  ),
  about(
    'Offline program uses the network',
    [
      ['sha256sum connects', () => on(['/usr/bin/bash', '/tmp/sha256sum']).connects(peer, 443)],
      ['cat listens in a container', () => on(['/bin/cat'], inside).listens(4242)],
      ['ls accepts', () => on(['/usr/bin/ls']).accepts('10.0.0.9', 4242)],
    ],
    [
      ['id asks the directory', () => on(['/usr/bin/id']).connects('10.0.0.2', 636)],
      ['ls to the name service over a path', () => on(['/usr/bin/ls']).connectsToPath('/run/nscd/socket')],
      ['curl', () => on(['/usr/bin/curl']).connects(peer, 443)],
    ],
  ),
  about(
    'Interpreter running inline code connects to the network',
    [
      ['python -c', () => on(['/usr/bin/python3.11'], { args: ['-c', 'import socket'] }).connects(peer, 4242)],
      [
        'perl -e in a container',
        () => on(['/usr/bin/perl'], { ...inside, args: ['-e', 'use Socket'] }).connects('10.0.0.9', 80),
      ],
      ['code from standard input', () => on(['/usr/bin/python3.11'], { args: ['-'] }).connects(peer, 443)],
    ],
    [
      ['a script', () => on(['/usr/bin/python3.11'], { args: ['/srv/app/main.py'] }).connects(peer, 443)],
      [
        'a server with a configuration',
        () =>
          on(['/usr/bin/python3.11'], { args: ['/usr/bin/gunicorn', '-c', 'conf.py', 'app'] }).connects(
            '10.0.0.9',
            5432,
          ),
      ],
      [
        'worker of multiprocessing',
        () =>
          on(['/usr/bin/python3.11'], { args: ['-c', 'from multiprocessing.spawn import spawn_main'] }).connects(
            '10.0.0.9',
            5432,
          ),
      ],
      ['to itself', () => on(['/usr/bin/python3.11'], { args: ['-c', 'x'] }).connects('127.0.0.1', 8000)],
    ],
  ),
  about(
    'Interpreter opened for connections',
    [
      ['file server', () => on(['/usr/bin/python3.11'], { args: ['-m', 'http.server', '8000'] }).listens(8000)],
      [
        'inline code in a container',
        () => on(['/usr/bin/ruby'], { ...inside, args: ['-rsocket', '-e', 'x'] }).listens(4242),
      ],
    ],
    [
      ['an application', () => on(['/usr/bin/node'], { args: ['/srv/app/server.js'] }).listens(3000)],
      [
        'for this machine only',
        () => on(['/usr/bin/python3.11'], { args: ['-m', 'http.server'] }).listens(8000, '127.0.0.1'),
      ],
    ],
  ),
  about(
    'Unexpected UDP',
    [
      ['netcat', () => on(['/usr/bin/nc'], { args: ['-u'] }).connects('10.0.0.9', 22, 'udp')],
      ['port of no service', () => on(['/opt/tool/x'], inside).connects(peer, 31_337, 'udp')],
    ],
    [
      ['name look-up', () => on(['/opt/tool/x']).connects('10.0.0.2', 53, 'udp')],
      ['address choice in musl', () => on(['/app/x'], inside).connects(peer, 65_535, 'udp')],
      ['address choice of the resolver library', () => on(['/usr/bin/curl']).connects(peer, 443, 'udp')],
      ['the same port by TCP', () => on(['/opt/tool/x']).connects(peer, 31_337, 'tcp')],
    ],
  ),
  about(
    'Network tool started in a container',
    [
      ['nmap', () => on(['/bin/sh'], inside).runs('/usr/bin/nmap', ['-sn', '10.0.0.0/24'])],
      ['scp', () => on(['/bin/sh'], inside).runs('/usr/bin/scp', ['x', '203.0.113.5:'])],
    ],
    [
      ['port check', () => on(['/bin/sh'], inside).runs('/bin/nc', ['-z', 'db', '5432'])],
      ['scp on the host', () => on(['/usr/bin/bash'], login).runs('/usr/bin/scp', ['x', 'backup:'])],
    ],
  ),
  about(
    'Attack tool started on the host',
    [['nmap', () => on(['/usr/bin/bash'], login).runs('/usr/bin/nmap', ['-sn', '10.0.0.0/24'])]],
    [['tcpdump', () => on(['/usr/bin/bash'], login).runs('/usr/bin/tcpdump', ['-i', 'eth0'])]],
  ),
  about(
    'Raw packet socket opened in a container',
    [
      [
        'sniffer',
        () => on(['/app/x'], inside).does('SOCKET_SOCKET_X', { fd: 5, domain: 'AF_PACKET', type: 3, proto: 768 }),
      ],
    ],
    [
      [
        'ordinary socket',
        () => on(['/app/x'], inside).does('SOCKET_SOCKET_X', { fd: 5, domain: 'AF_INET', type: 1, proto: 6 }),
      ],
      [
        'DHCP client of the host',
        () => on(['/usr/sbin/dhclient']).does('SOCKET_SOCKET_X', { fd: 5, domain: 'AF_PACKET', type: 3, proto: 768 }),
      ],
    ],
  ),
  about(
    'Cloud credentials requested',
    [
      ['from a container', () => on(['/app/x'], inside).connects('169.254.169.254', 80)],
      ['curl on the host', () => on(['/usr/bin/curl']).connects('169.254.169.254', 80)],
      ['inline code', () => on(['/usr/bin/python3.11'], { args: ['-c', 'x'] }).connects('169.254.169.254', 80)],
    ],
    [
      ['agent of the cloud on the host', () => on(['/usr/bin/amazon-ssm-agent']).connects('169.254.169.254', 80)],
      ['another address', () => on(['/app/x'], inside).connects('169.254.1.1', 80)],
    ],
  ),
  about(
    'Connection to a mining pool',
    [
      ['on the host', () => on(['/opt/kworker']).connects(peer, 3333)],
      ['in a container', () => on(['/app/x'], inside).connects(peer, 14_444)],
    ],
    [
      ['same port in the own network', () => on(['/opt/app/server']).connects('10.0.0.9', 3333)],
      ['web', () => on(['/opt/app/server']).connects(peer, 443)],
    ],
  ),
  about(
    'Kubernetes API contacted from a container',
    [['application pod', () => new Stage(['/usr/bin/curl'], inside, appPod).connects('10.96.0.1', 443)]],
    [
      ['pod of the cluster itself', () => new Stage(['/coredns'], inside, systemPod).connects('10.96.0.1', 443)],
      ['kubelet on the host', () => on(['/usr/bin/kubelet']).connects('10.96.0.1', 443)],
      ['another service', () => new Stage(['/app/x'], inside, appPod).connects('10.96.12.7', 443)],
    ],
  ),
];
