import { expect, it } from 'vitest';
import { scenario } from '../../test/kit/events.ts';
import { eventByCode } from './event-table.ts';
import type { Machine } from './machine.ts';
import { allParamsText, pollFds, sockaddrText, socktupleText } from './param-text.ts';

const machine = {
  thread: () => undefined,
  user: () => undefined,
  group: () => undefined,
} as unknown as Machine;

/** The parameters of an event whose thread is not known. */
it.each<[string, Record<string, number | bigint | string | Buffer>, string]>([
  ['SYSCALL_MMAP_X', { res: 140_172_090_142_720, vm_size: 1 }, 'res=140172090142720 vm_size=1'],
  ['SYSCALL_BRK_4_X', { res: 0x5573_f618_2000 }, 'res=5573F6182000'],
  ['SYSCALL_NANOSLEEP_X', { res: 0, interval: 10_000_000 }, 'res=0 interval=10000000(0.01s)'],
  ['SYSCALL_NANOSLEEP_X', { res: 0, interval: 0xffff_ffff_ffff_ffffn }, 'res=0 interval=none'],
  ['SYSCALL_NANOSLEEP_X', { res: 0, interval: 1_234_567_890_123n }, 'res=0 interval=1234567890123(1234.57s)'],
  ['SYSCALL_NANOSLEEP_X', { res: 0, interval: 2_000_000_000_000_000n }, 'res=0 interval=2000000000000000(2e+06s)'],
  ['SYSCALL_NANOSLEEP_X', { res: 0, interval: 1 }, 'res=0 interval=1(1e-09s)'],
  ['SYSCALL_KILL_X', { res: -3, pid: 99, sig: 9 }, 'res=-3(ESRCH) pid=99 sig=9(SIGKILL)'],
  ['SYSCALL_OPEN_X', { fd: -2, name: '/x', flags: 0, mode: 0 }, 'fd=-2 name=/x flags=0(O_NONE) mode=0'],
  ['SYSCALL_OPEN_X', { fd: 3, name: '/x', flags: 3, mode: 0o4755 }, 'fd=3 name=/x flags=3(O_RDWR) mode=04755'],
  ['SYSCALL_CHMOD_X', { res: 0, filename: '/x', mode: 0o6 }, 'res=0 filename=/x mode=06(S_IWOTH|S_IROTH)'],
  ['SYSCALL_CHMOD_X', { res: 0, filename: '/x', mode: 0 }, 'res=0 filename=/x mode=0'],
  ['SOCKET_SOCKET_X', { fd: -1, domain: 1, type: 1, proto: 0 }, 'fd=-1 domain=1(AF_LOCAL|AF_UNIX) type=1 proto=0'],
  ['SYSCALL_SETUID_X', { res: 0, uid: 5 }, 'res=0 uid=5(<NA>)'],
  ['SYSCALL_SETGID_X', { res: 0, gid: 0xffff_ffff }, 'res=0 gid=-1(<NONE>)'],
  ['SYSCALL_FCNTL_X', { res: 0, fd: 1, cmd: 2, arg: -1n }, 'res=0 fd=1 cmd=2(F_GETFD) arg=FFFFFFFFFFFFFFFF'],
  ['SYSCALL_WRITE_X', { res: 4, data: 'a\nb\xff', fd: 1, size: 4 }, 'res=4 data=a.b. fd=1 size=4'],
])('%s: %o', (code, values, text) => {
  const count = Math.max(...eventByCode(code).params.map(({ name }, i) => (name in values ? i + 1 : 0)));
  const events = scenario().event(code, values, { count }).events();
  expect(allParamsText(events.next().value!, machine, false)).toBe(text);
});

const port80 = '\x50\0';
const pointer = '\x01\0\0\0\x88\x88\xff\xff';

it.each([
  ['\x01/run/s\0', '/run/s'],
  [`\x02\x7f\0\0\x01${port80}`, '127.0.0.1:80'],
  ['\x02\x7f', 'INVALID IPv4'],
  [`\x0a${'\0'.repeat(15)}\x01${port80}`, '::1:80'],
  ['\x0a', 'INVALID IPv6'],
  ['\x10\0\0\0', 'family 16'],
])('socket address %j: %s', (bytes, text) => {
  expect(sockaddrText(bytes)).toBe(text);
});

it.each([
  [`\x01${pointer}${pointer}/run/s\0`, 'ffff888800000001->ffff888800000001 /run/s'],
  ['\x01abc', 'INVALID PATH'],
  [`\x02\x7f\0\0\x01${port80}\x7f\0\0\x02${port80}`, '127.0.0.1:80->127.0.0.2:80'],
  ['\x02abc', 'INVALID IPv4'],
  ['\x0aabc', 'INVALID IPv6'],
  ['\x10', 'family 16'],
])('socket ends %j: %s', (bytes, text) => {
  expect(socktupleText(bytes)).toBe(text);
});

it('reads no more descriptors of a poll than there are', () => {
  expect(pollFds('')).toEqual([]);
  expect(pollFds('\xff\xff\x03\0\0\0\0\0\0\0\x01\0')).toEqual([{ number: 3, flags: 1 }]);
});
