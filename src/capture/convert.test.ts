import { describe, expect, it } from 'vitest';
import { parseCapture, sectionHeader } from '../../test/kit/capture.ts';
import { type Values, viewOf } from '../../test/kit/events.ts';
import { Event } from '../model/event.ts';
import { eventCategories, eventFlags, events } from '../model/event-table.ts';
import { encodeEvent } from './encode.ts';
import { encodeValue } from './encode-value.ts';

type Given = [code: string, values: Values, options?: { tid?: number; count?: number }];

function convert(given: readonly Given[]) {
  const blocks = given.map(([code, values, options]) =>
    encodeEvent(code, { time: 1n, tid: 7, cpu: 1, values, ...options }),
  );
  return parseCapture(Buffer.concat([sectionHeader(), ...blocks]));
}

/** The code of an event and its parameters in hex, without the unknown ones. */
function shown(memory: Buffer): [string, Record<string, string>] {
  const event = new Event();
  expect(event.read(memory, viewOf(memory), 0, 0)).toBe(true);
  expect(event.paramCount).toBe(event.info.params.length);
  const values: Record<string, string> = {};
  event.info.params.forEach(({ name }, i) => {
    if (event.has(i)) values[name] = Buffer.from(event.raw(i), 'latin1').toString('hex');
  });
  return [event.info.code, values];
}

function expected(code: string, values: Values): [string, Record<string, string>] {
  const block = encodeEvent(code, { time: 1n, tid: 7, values });
  const header = 10;
  return shown(block.subarray(header, header + block.readUInt32LE(header + 16)));
}

const program = { exe: '/bin/a', args: 'x\0', tid: 7, pid: 7, ptid: 1, cwd: '/', fdlimit: 9 };

describe('old events become current ones', () => {
  it.each<[string, Given[], [string, Values][]]>([
    [
      'close',
      [
        ['SYSCALL_CLOSE_E', { fd: 3 }],
        ['SYSCALL_CLOSE_X', { res: 0 }, { count: 1 }],
      ],
      [['SYSCALL_CLOSE_X', { res: 0, fd: 3 }]],
    ],
    [
      'read',
      [
        ['SYSCALL_READ_E', { fd: 3, size: 64 }],
        ['SYSCALL_READ_X', { res: 2, data: 'hi' }, { count: 2 }],
      ],
      [['SYSCALL_READ_X', { res: 2, data: 'hi', fd: 3, size: 64 }]],
    ],
    [
      'openat of the first years',
      [
        ['SYSCALL_OPENAT_E', { dirfd: -100, name: 'f', flags: 1, mode: 2 }],
        ['SYSCALL_OPENAT_X', { fd: 4 }],
      ],
      [['SYSCALL_OPENAT_2_X', { fd: 4, dirfd: -100, name: 'f', flags: 1, mode: 2 }]],
    ],
    [
      'openat without device',
      [['SYSCALL_OPENAT_2_X', { fd: 4, dirfd: -100, name: 'f', flags: 1, mode: 2 }, { count: 5 }]],
      [['SYSCALL_OPENAT_2_X', { fd: 4, dirfd: -100, name: 'f', flags: 1, mode: 2 }]],
    ],
    [
      'open with an enter event',
      [
        ['SYSCALL_OPEN_E', { name: 'f', flags: 1, mode: 2 }],
        ['SYSCALL_OPEN_X', { fd: 4, name: 'f', flags: 1, mode: 2 }, { count: 4 }],
      ],
      [
        ['SYSCALL_OPEN_E', { name: 'f', flags: 1, mode: 2 }],
        ['SYSCALL_OPEN_X', { fd: 4, name: 'f', flags: 1, mode: 2 }],
      ],
    ],
    [
      'open with an empty enter event',
      [
        ['SYSCALL_OPEN_E', {}, { count: 0 }],
        ['SYSCALL_OPEN_X', { fd: 4, name: 'f' }, { count: 4 }],
      ],
      [
        ['SYSCALL_OPEN_E', {}],
        ['SYSCALL_OPEN_X', { fd: 4, name: 'f' }],
      ],
    ],
    [
      'connect',
      [
        ['SOCKET_CONNECT_E', { fd: 5 }, { count: 1 }],
        ['SOCKET_CONNECT_X', { res: -1 }, { count: 2 }],
      ],
      [
        ['SOCKET_CONNECT_E', { fd: 5 }],
        ['SOCKET_CONNECT_X', { res: -1, fd: 5 }],
      ],
    ],
    [
      'connect with the address',
      [
        ['SOCKET_CONNECT_E', { fd: 5, addr: { path: '/s' } }],
        ['SOCKET_CONNECT_X', { res: 0 }, { count: 2 }],
      ],
      [
        ['SOCKET_CONNECT_E', { fd: 5, addr: { path: '/s' } }],
        ['SOCKET_CONNECT_X', { res: 0, fd: 5, addr: { path: '/s' } }],
      ],
    ],
    [
      'accept',
      [['SOCKET_ACCEPT_X', { fd: 5, queuepct: 1 }]],
      [['SOCKET_ACCEPT_5_X', { fd: 5, queuepct: 1, queuelen: 0, queuemax: 0 }]],
    ],
    [
      'accept4',
      [
        ['SOCKET_ACCEPT4_E', { flags: 8 }],
        ['SOCKET_ACCEPT4_X', { fd: 5, queuepct: 1 }],
      ],
      [['SOCKET_ACCEPT4_6_X', { fd: 5, queuepct: 1, queuelen: 0, queuemax: 0, flags: 8 }]],
    ],
    [
      'accept4 with queue lengths',
      [
        ['SOCKET_ACCEPT4_5_E', { flags: 8 }],
        ['SOCKET_ACCEPT4_5_X', { fd: 5, queuelen: 2, queuemax: 3 }],
      ],
      [['SOCKET_ACCEPT4_6_X', { fd: 5, queuelen: 2, queuemax: 3, flags: 8 }]],
    ],
    [
      'dup: the parameter has another name',
      [
        ['SYSCALL_DUP_E', { fd: 3 }],
        ['SYSCALL_DUP_X', { res: 4 }],
      ],
      [['SYSCALL_DUP_1_X', { res: 4, oldfd: 3 }]],
    ],
    [
      'bpf: a value with its kind becomes plain, 64 bits become 32',
      [
        ['SYSCALL_BPF_E', { cmd: 5 }],
        ['SYSCALL_BPF_X', { res_or_fd: { kind: 1, value: -9 } }],
      ],
      [['SYSCALL_BPF_2_X', { fd: -9, cmd: 5 }]],
    ],
    [
      'ioctl',
      [
        ['SYSCALL_IOCTL_2_E', { fd: 1, request: 2 }],
        ['SYSCALL_IOCTL_2_X', { res: 0 }],
      ],
      [['SYSCALL_IOCTL_3_X', { res: 0, fd: 1, request: 2 }]],
    ],
    [
      'mkdir',
      [
        ['SYSCALL_MKDIR_E', { path: '/d', mode: 7 }],
        ['SYSCALL_MKDIR_X', { res: 0 }],
      ],
      [['SYSCALL_MKDIR_2_X', { res: 0, path: '/d', mode: 7 }]],
    ],
    [
      'unlinkat',
      [
        ['SYSCALL_UNLINKAT_E', { dirfd: 3, name: 'n' }],
        ['SYSCALL_UNLINKAT_X', { res: 0 }],
      ],
      [['SYSCALL_UNLINKAT_2_X', { res: 0, dirfd: 3, name: 'n' }]],
    ],
    [
      'umount',
      [
        ['SYSCALL_UMOUNT_E', { flags: 1 }],
        ['SYSCALL_UMOUNT_X', { res: 0, name: '/m' }],
      ],
      [['SYSCALL_UMOUNT_1_X', { res: 0, name: '/m' }]],
    ],
    [
      'clone of the first years',
      [['SYSCALL_CLONE_11_X', { res: 8, ...program, flags: 1, uid: 2, gid: 3 }]],
      [['SYSCALL_CLONE_20_X', { res: 8, ...program, flags: 1, uid: 2, gid: 3 }]],
    ],
    [
      'clone',
      [['SYSCALL_CLONE_17_X', { res: 8, ...program, comm: 'a', uid: 2 }]],
      [['SYSCALL_CLONE_20_X', { res: 8, ...program, comm: 'a', uid: 2 }]],
    ],
    [
      'fork',
      [['SYSCALL_FORK_X', { res: 8, ...program, vm_size: 5 }]],
      [['SYSCALL_FORK_20_X', { res: 8, ...program, vm_size: 5 }]],
    ],
    [
      'vfork',
      [['SYSCALL_VFORK_17_X', { res: 8, ...program, gid: 5 }]],
      [['SYSCALL_VFORK_20_X', { res: 8, ...program, gid: 5 }]],
    ],
    [
      'execve of the first years',
      [
        ['SYSCALL_EXECVE_8_E', {}],
        ['SYSCALL_EXECVE_8_X', { res: 0, ...program }],
      ],
      [
        ['SYSCALL_EXECVE_19_E', {}],
        ['SYSCALL_EXECVE_19_X', { res: 0, ...program }],
      ],
    ],
    [
      'execve 17',
      [['SYSCALL_EXECVE_17_X', { res: 0, ...program, env: 'A=1\0', tty: 3 }]],
      [['SYSCALL_EXECVE_19_X', { res: 0, ...program, env: 'A=1\0', tty: 3 }]],
    ],
    [
      'execve 18 with its file name',
      [
        ['SYSCALL_EXECVE_18_E', { filename: '/bin/a' }],
        ['SYSCALL_EXECVE_18_X', { res: 0, ...program }],
      ],
      [
        ['SYSCALL_EXECVE_19_E', { filename: '/bin/a' }],
        ['SYSCALL_EXECVE_19_X', { res: 0, ...program, filename: '/bin/a' }],
      ],
    ],
    [
      'execve 19 with fewer parameters',
      [
        ['SYSCALL_EXECVE_19_E', { filename: '/bin/a' }],
        ['SYSCALL_EXECVE_19_X', { res: 0, ...program }, { count: 20 }],
      ],
      [
        ['SYSCALL_EXECVE_19_E', { filename: '/bin/a' }],
        ['SYSCALL_EXECVE_19_X', { res: 0, ...program, filename: '/bin/a' }],
      ],
    ],
    [
      'execveat: the flags of the call are not those of the program',
      [
        ['SYSCALL_EXECVEAT_E', { dirfd: 3, pathname: 'a', flags: 0xffff }],
        ['SYSCALL_EXECVEAT_X', { res: 0, ...program }, { count: 17 }],
      ],
      [
        ['SYSCALL_EXECVEAT_E', { dirfd: 3, pathname: 'a', flags: 0xffff }],
        ['SYSCALL_EXECVEAT_X', { res: 0, ...program }],
      ],
    ],
    ['procexit', [['PROCEXIT_E', {}]], [['PROCEXIT_1_E', {}]]],
    ['switch', [['SCHEDSWITCH_1_E', { next: 9 }]], [['SCHEDSWITCH_6_E', { next: 9 }]]],
    [
      'generic',
      [
        ['GENERIC_E', { ID: 3, nativeID: 4 }],
        ['GENERIC_X', { ID: 3 }, { count: 1 }],
      ],
      [['GENERIC_X', { ID: 3, nativeID: 4 }]],
    ],
    [
      'container in parameters',
      [['CONTAINER_E', { id: 'abc', type: 0, name: 'n"x', image: 'i\xc3\xa4' }]],
      [['CONTAINER_JSON_2_E', { json: '{"container":{"id":"abc","type":0,"name":"n\\"x","image":"i\xc3\xa4"}}' }]],
    ],
    ['container in JSON', [['CONTAINER_JSON_E', { json: '{}' }]], [['CONTAINER_JSON_2_E', { json: '{}' }]]],
    [
      'enter events of others',
      [
        ['SYSCALL_CHDIR_E', {}],
        ['SYSCALL_UNLINK_2_E', {}],
        ['K8S_E', { json: '{}' }],
        ['SYSCALL_CHDIR_X', { res: 0, path: '/' }],
      ],
      [['SYSCALL_CHDIR_X', { res: 0, path: '/' }]],
    ],
    [
      'the enter event of another call',
      [
        ['SYSCALL_READ_E', { fd: 3, size: 64 }],
        ['SYSCALL_CLOSE_X', { res: 0 }, { count: 1 }],
      ],
      [['SYSCALL_CLOSE_X', { res: 0, fd: 0 }]],
    ],
    [
      'the enter event of another thread',
      [
        ['SYSCALL_CLOSE_E', { fd: 3 }, { tid: 8 }],
        ['SYSCALL_CLOSE_X', { res: 0 }, { count: 1 }],
      ],
      [['SYSCALL_CLOSE_X', { res: 0, fd: 0 }]],
    ],
    [
      'an enter event serves one exit',
      [
        ['SYSCALL_CLOSE_E', { fd: 3 }],
        ['SYSCALL_CLOSE_X', { res: 0 }, { count: 1 }],
        ['SYSCALL_CLOSE_X', { res: 0 }, { count: 1 }],
      ],
      [
        ['SYSCALL_CLOSE_X', { res: 0, fd: 3 }],
        ['SYSCALL_CLOSE_X', { res: 0, fd: 0 }],
      ],
    ],
    [
      'without an enter event: numbers are 0, users and groups nobody, some calls know that they do not know',
      [
        ['SYSCALL_WRITEV_X', { res: 2, data: 'hi' }, { count: 2 }],
        ['SYSCALL_FUTEX_X', { res: 0 }, { count: 1 }],
        ['SOCKET_SENDTO_X', { res: 2 }, { count: 2 }],
        ['SOCKET_SOCKET_X', { fd: 3, domain: 2, type: 1, proto: 0 }, { count: 4 }],
        ['SYSCALL_FCNTL_X', { res: 0, fd: 3, cmd: 1 }, { count: 3 }],
        ['SOCKET_RECVMMSG_X', {}, { count: 0 }],
        ['SYSCALL_SETUID_X', { res: 0 }, { count: 1 }],
        ['SYSCALL_UNLINK_X', { res: 0 }],
        ['SYSCALL_IOCTL_2_X', { res: 0 }],
        ['SYSCALL_IOCTL_3_X', { res: 0 }, { count: 1 }],
      ],
      [
        ['SYSCALL_WRITEV_X', { res: 2, data: 'hi', fd: 0, size: 0 }],
        ['SYSCALL_FUTEX_X', { res: 0, addr: 0, op: 0, val: 0 }],
        ['SOCKET_SENDTO_X', { res: 2, fd: 0, size: 0 }],
        ['SOCKET_SOCKET_X', { fd: 3, domain: 2, type: 1, proto: 0, flags: 0 }],
        ['SYSCALL_FCNTL_X', { res: 0, fd: 3, cmd: 1, arg: 0 }],
        ['SOCKET_RECVMMSG_X', { res: 0 }],
        ['SYSCALL_SETUID_X', { res: 0 }],
        ['SYSCALL_UNLINK_2_X', { res: 0 }],
        ['SYSCALL_IOCTL_3_X', { res: 0 }],
        ['SYSCALL_IOCTL_3_X', { res: 0, fd: 0, request: 0, argument: 0 }],
      ],
    ],
    [
      'brk of the first years: its size goes where Falco has it',
      [
        ['SYSCALL_BRK_1_E', { size: 5 }],
        ['SYSCALL_BRK_1_X', { res: 9 }],
      ],
      [['SYSCALL_BRK_4_X', { res: 9, vm_size: 5 }]],
    ],
    [
      'an exit that says what its enter said',
      [
        ['SYSCALL_SETUID_E', { uid: 1 }],
        ['SYSCALL_SETUID_X', { res: 0, uid: 2 }],
      ],
      [['SYSCALL_SETUID_X', { res: 0, uid: 2 }]],
    ],
  ])('%s', (_, given, wanted) => {
    const { sink, error } = convert(given);
    expect(error).toBeUndefined();
    expect(sink.collected.map(shown)).toEqual(wanted.map(([code, values]) => expected(code, values)));
  });

  const managed = events.filter((info) => (info.flags & eventFlags.CONVERTER_MANAGED) !== 0);
  it.each(managed.map((info) => info.code))(
    '%s with any number of parameters gives a current event or none',
    (code) => {
      const info = managed.find((event) => event.code === code)!;
      for (let count = 0; count <= info.params.length; count++) {
        const { sink, error, stats } = convert([[code, {}, { count }]]);
        expect(error).toBeUndefined();
        for (const memory of sink.collected) {
          const target = events[memory.readUInt16LE(20)]!;
          if (!['SYSCALL_EXECVE_19_E', 'SYSCALL_EXECVEAT_E'].includes(target.code))
            expect(target.flags & eventFlags.OLD_VERSION).toBe(0);
          expect(memory.readUInt32LE(22)).toBe(target.params.length);
        }
        const isEnter = info.isEnter && (info.category & eventCategories.SYSCALL) !== 0;
        if (!isEnter) expect(stats.events).toBe(1);
      }
    },
  );

  it('keeps few enter events: the oldest give way and are counted', () => {
    const given: Given[] = [];
    for (let tid = 1; tid <= 40_000; tid++) given.push(['SYSCALL_CLOSE_E', { fd: tid }, { tid }]);
    given.push(
      ['SYSCALL_CLOSE_X', { res: 0 }, { tid: 1, count: 1 }],
      ['SYSCALL_CLOSE_X', { res: 0 }, { tid: 40_000, count: 1 }],
    );
    const { sink } = convert(given);
    expect(sink.collected.map((memory) => shown(memory)[1]['fd'])).toEqual([
      '0000000000000000',
      encodeValue({ ...events[4]!.params[0]! }, 40_000).toString('hex'),
    ]);
  });

  it('a new section forgets the enter events of the one before', () => {
    const enter = encodeEvent('SYSCALL_CLOSE_E', { time: 1n, tid: 7, values: { fd: 3 } });
    const exit = encodeEvent('SYSCALL_CLOSE_X', { time: 1n, tid: 7, values: { res: 0 }, count: 1 });
    const { sink } = parseCapture(Buffer.concat([sectionHeader(), enter, sectionHeader(), exit]));
    expect(sink.collected.map((memory) => shown(memory)[1])).toEqual([
      { res: '0000000000000000', fd: '0000000000000000' },
    ]);
  });
});
