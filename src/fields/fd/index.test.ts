import { describe, expect, it } from 'vitest';
import { type Scenario, scenario } from '../../../test/kit/events.ts';
import { shown, shownLike } from '../../../test/kit/fields.ts';

const web = { address: '93.184.216.34', port: 443 };
const web6 = { address: '2001:db8::5', port: 443 };
const eth0 = { name: 'eth0', address: '\x0a\0\0\x01', netmask: '\xff\0\0\0', broadcast: '', linkSpeed: 0n };

interface Example {
  readonly title: string;
  readonly run: Scenario;
  readonly expected: Readonly<Record<string, unknown>>;
}

const examples: readonly Example[] = [
  {
    title: 'a file',
    run: scenario().openat('data//x.txt', { fd: 3, values: { dev: 0x0830_0012, ino: 9 } }),
    expected: {
      'fd.num': 3,
      'fd.type': 'file',
      'fd.typechar': 'f',
      'fd.name': '/root/data/x.txt',
      'fd.nameraw': 'data/x.txt',
      'fd.directory': '/root/data',
      'fd.filename': 'x.txt',
      'fd.containername': ':/root/data/x.txt',
      'fd.containerdirectory': ':/root/data',
      'fd.uid': '1003',
      'fd.dev': '8300012',
      'fd.dev.major': 0,
      'fd.dev.minor': 0x8312,
      'fd.ino': 9,
      'fd.l4proto': '<NA>',
      'fd.sockfamily': null,
      'fd.is_server': false,
      'fd.connected': false,
      'fd.name_changed': true,
      'fd.is_upper_layer': false,
      'fd.types': ['file'],
      'fd.types[3]': ['file'],
      'fd.types[-1]': ['file'],
      'fd.types[4294967299]': null,
      'fd.types[9]': null,
      'fd.cip': null,
      'fd.sport': null,
    },
  },
  {
    title: 'a file in the root directory',
    run: scenario().openat('/x'),
    expected: { 'fd.directory': '/', 'fd.filename': 'x' },
  },
  {
    title: 'an open that failed: the name is all there is',
    run: scenario().openat('x', { fd: -2 }),
    expected: {
      'fd.num': -1,
      'fd.name': '/root/x',
      'fd.nameraw': 'x',
      'fd.directory': '/root',
      'fd.filename': null,
      'fd.typechar': 'f',
      'fd.type': null,
      'fd.dev': null,
      'fd.ino': null,
      'fd.l4proto': null,
      'fd.connected': null,
      'fd.is_server': null,
      'fd.is_upper_layer': null,
    },
  },
  {
    title: 'a file whose path could not be read, that was not opened',
    run: scenario().event('SYSCALL_OPENAT_2_X', { fd: -14, dirfd: -100, name: null, flags: 1 }),
    expected: { 'fd.name': '/root/<NA>', 'fd.nameraw': '<NA>', 'fd.directory': '/root' },
  },
  {
    title: 'a memory file that was not made',
    run: scenario().event('SYSCALL_MEMFD_CREATE_X', { fd: -24, name: 'm', flags: 0 }),
    expected: { 'fd.name': '', 'fd.type': '<NA>', 'fd.typechar': 'o', 'proc.fdopencount': 0 },
  },
  {
    title: 'an open that failed shows the path that its end tells',
    run: scenario()
      .event('SYSCALL_OPEN_E', { name: '/a', flags: 1, mode: 0 })
      .event('SYSCALL_OPEN_X', { fd: -2, name: '/b', flags: 1 }),
    expected: { 'fd.name': '/b', 'fd.nameraw': '/b' },
  },
  {
    title: 'a descriptor that is not known',
    run: scenario().event('SYSCALL_FSTAT_X', { res: -9, fd: 77 }),
    expected: { 'fd.num': 77, 'fd.name': '', 'fd.type': null, 'fd.typechar': 'o', 'fd.types[77]': null },
  },
  {
    title: 'an event without descriptor',
    run: scenario().openat('/x').event('SYSCALL_UNLINK_2_X', { res: 0, path: '/x' }),
    expected: { 'fd.num': null, 'fd.name': null, 'fd.type': null, 'fd.types': null, 'fd.uid': null },
  },
  {
    title: 'the client of a connection',
    run: scenario({ interfaces: [eth0] })
      .socket(4)
      .connect(4, web),
    expected: {
      'fd.type': 'ipv4',
      'fd.typechar': '4',
      'fd.name': '10.0.0.1:40000->93.184.216.34:443',
      'fd.cip': '10.0.0.1',
      'fd.sip': '93.184.216.34',
      'fd.cport': 40000,
      'fd.sport': 443,
      'fd.lip': '10.0.0.1',
      'fd.rip': '93.184.216.34',
      'fd.lport': 40000,
      'fd.rport': 443,
      'fd.cproto': '40000',
      'fd.sproto': '443',
      'fd.lproto': '40000',
      'fd.rproto': '443',
      'fd.l4proto': 'tcp',
      'fd.sockfamily': 'ip',
      'fd.connected': true,
      'fd.is_server': false,
      'fd.name_changed': true,
      'fd.directory': null,
      'fd.filename': null,
      'fd.cnet': '<IPNET>',
      'fd.ip': null,
      'fd.port': null,
      'fd.sip.name': null,
    },
  },
  {
    title: 'a connection over IPv6',
    run: scenario().socket(4, 'AF_INET6').connect(4, web6),
    expected: { 'fd.type': 'ipv6', 'fd.name': 'fd00::1:40000->2001:db8::5:443', 'fd.sip': '2001:db8::5' },
  },
  {
    title: 'the server of a connection',
    run: scenario({ interfaces: [eth0] }).accept(5, { source: web, dest: { address: '10.0.0.1', port: 80 } }),
    expected: {
      'fd.cip': '93.184.216.34',
      'fd.sip': '10.0.0.1',
      'fd.lip': '10.0.0.1',
      'fd.rport': 443,
      'fd.is_server': true,
    },
  },
  {
    title: 'a listening socket',
    run: scenario()
      .socket(4)
      .event('SOCKET_BIND_X', { res: 0, fd: 4, addr: { address: '0.0.0.0', port: 80 } }),
    expected: { 'fd.name': '0.0.0.0:80', 'fd.sip': '0.0.0.0', 'fd.sport': 80, 'fd.cip': null, 'fd.is_server': true },
  },
  {
    title: 'a unix socket',
    run: scenario().socket(4, 'AF_UNIX').connect(4, { path: '/run/s' }),
    expected: { 'fd.type': 'unix', 'fd.sockfamily': 'unix', 'fd.name': 'ffff888100000001->ffff888100000002 /run/s' },
  },
];

describe('fields of descriptors', () => {
  it.each(examples)('$title', ({ run, expected }) => {
    expect(shownLike(run, expected)).toEqual(expected);
  });

  it('lists kinds in parentheses as text', () => {
    const run = scenario().socket(4).openat('/x');
    expect(shown(run, ['fd.types'], { json: false, base64: false })).toEqual({ 'fd.types': '(file,ipv4)' });
  });

  it('shows no types as an empty list in text, as nothing in JSON', () => {
    const run = scenario().event('SYSCALL_CLOSE_X', { res: 0, fd: 3 });
    expect(shown(run, ['fd.types'], { json: false, base64: false })).toEqual({ 'fd.types': '()' });
    expect(shown(run, ['fd.types'], { json: true, base64: false })).toEqual({ 'fd.types': null });
  });
});
