import { expect, test } from 'vitest';
import { type Scenario, scenario, type Values } from '../../test/kit/events.ts';
import { MachineState } from './machine-state.ts';

/** The state after a scenario; `visible` gets, for each event, whether rules may see it. */
function run(events: Scenario, visible: boolean[] = []): MachineState {
  const state = new MachineState();
  state.load(events.snapshot);
  for (const event of events.events()) {
    visible.push(state.apply(event));
    state.after(event);
  }
  return state;
}

const shell = { threads: [{ tid: 1 }, { tid: 100, comm: 'bash', cwd: '/root' }] };

const enters = scenario(shell)
  .event('SYSCALL_OPEN_E', { name: '/a', flags: 1, mode: 0 })
  .event('SYSCALL_OPENAT_2_E', { dirfd: -100, name: '/a', flags: 1, mode: 0 })
  .event('SYSCALL_OPENAT2_E', { dirfd: -100, name: '/a', flags: 1, mode: 0, resolve: 0 })
  .event('SYSCALL_CREAT_E', { name: '/a', mode: 0 })
  .event('SOCKET_CONNECT_E', { fd: 3 })
  .event('SYSCALL_EXECVE_19_E', { filename: '/a' })
  .event('SYSCALL_EXECVEAT_E', { dirfd: -100, pathname: '/a', flags: 0 })
  .event('SYSCALL_OPEN_E', { name: '/a', flags: 1, mode: 0 }, { tid: 777 })
  .event('PROCEXIT_1_E', { status: 0 });

test('are for the state, not for rules; ends of processes are', () => {
  const visible: boolean[] = [];
  run(enters, visible);
  expect(visible).toEqual([...Array.from({ length: 8 }, () => false), true]);
});

test.each<[string, string, string, Values]>([
  ['absolute', '/bin/x', 'SYSCALL_EXECVE_19_E', { filename: '/bin/../bin/x' }],
  ['relative', '/root/x', 'SYSCALL_EXECVE_19_E', { filename: './x' }],
  ['deleted', '/bin/x', 'SYSCALL_EXECVE_19_E', { filename: '/bin/x (deleted)' }],
  ['unknown', '<NA>', 'SYSCALL_EXECVE_19_E', { filename: '<NA>' }],
  ['execveat in the current directory', '/root/d/x', 'SYSCALL_EXECVEAT_E', { dirfd: -100, pathname: 'd/x', flags: 0 }],
  ['execveat in a directory', '/opt/x', 'SYSCALL_EXECVEAT_E', { dirfd: 9, pathname: 'x', flags: 0 }],
  ['execveat of a descriptor', '/opt', 'SYSCALL_EXECVEAT_E', { dirfd: 9, pathname: '<NA>', flags: 1 }],
  ['execveat in an unknown directory', '<NA>', 'SYSCALL_EXECVEAT_E', { dirfd: 8, pathname: 'x', flags: 0 }],
  ['execveat without a name', '<NA>', 'SYSCALL_EXECVEAT_E', { dirfd: 9, pathname: '<NA>', flags: 0 }],
])('tell the program where the exit does not: %s', (_, path, code, values) => {
  const before = scenario(shell).openat('/opt', { fd: 9 });
  const exit = { res: 0, exe: 'x', args: '', tid: 100, pid: 100, ptid: 1, cwd: '', fdlimit: 9 };
  const state = run(before.event(code, values).event('SYSCALL_EXECVE_19_X', exit));
  expect(state.thread(100)!.exepath).toBe(path);
});
