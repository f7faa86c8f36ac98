import { syscallNames, syscallSets, x86Syscalls } from '../../../src/model/event-table.ts';
import { type CallGroup, type CallRow, ownNumber, row } from './kit.ts';

/** Arguments of calls that would do harm with those below, or not come back. */
const special: Readonly<Record<string, string>> = {
  pause: '',
  sync: '',
  vhangup: '',
  uretprobe: '',
  uprobe: '',
  restart_syscall: '',
  rt_sigsuspend: '',
  umask: '022',
  alarm: '0',
};

const invalid = '-1, -1, -1, -1, -1, -1';

function genericRow(name: string): CallRow {
  const args = special[name] ?? invalid;
  return row(
    `${name}(${args})`,
    'GENERIC_X',
    { ID: syscallNames.indexOf(name), nativeID: ownNumber },
    {
      // In a process of its own, which a timer interrupts or ends.
      before: `long child = fork(); if (child == 0) { close(1); close(2); setsid(); setitimer(ITIMER_REAL, &soon, 0);`,
      after: '_exit(0); } reap(child);',
    },
  );
}

/** They do not return: exits are told by procexit; of rt_sigreturn the kernel itself wipes the number out. */
const without = new Set(['exit', 'exit_group', 'rt_sigreturn']);
const generic = new Set(syscallSets.generic);

/** Each call of x86-64 that the table has no event for. They fail, as their arguments mean nothing. */
const all: CallGroup = {
  name: 'calls without an event of their own',
  declare: 'static struct itimerval soon = { { 0, 0 }, { 0, 50000 } };',
  functions: 'static void ignore_alarm(int number)\n{\n}\n',
  setup: 'struct sigaction action = { .sa_handler = ignore_alarm }; sigaction(SIGALRM, &action, 0);',
  rows: x86Syscalls
    .filter((call) => generic.has(call.name) && !without.has(call.name))
    .map((call) => genericRow(call.name)),
};

export const genericGroups: readonly CallGroup[] = [all];
