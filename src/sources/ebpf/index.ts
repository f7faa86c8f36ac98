import { existsSync } from 'node:fs';
import { count, flag, object, textOr } from '../../model/schema.ts';
import { source } from '../../model/source.ts';
import { lookupThread } from '../linux/procfs/scan.ts';
import { checkHost, thisHost } from './preflight.ts';
import { runSensor } from './run.ts';

const defaultRing = 8 * 1024 * 1024;

export default source({
  id: 'ebpf',
  summary: 'Watches this machine live: system calls and process ends, by eBPF programs of its own.',
  description:
    'Needs Linux 5.8 or later with type information (BTF), and root or CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE. ' +
    'The kernel side drops the calls that no rule asks for. Saker itself is not watched.',
  since: '0.1.0',
  stability: 'stable',
  eventSource: 'syscall',
  config: object({
    bufferBytes: count(
      defaultRing,
      'Size of the rings between kernel and Saker, of all CPUs together, in bytes; rounded up to a power of two. Critical events have one more, as large as that of a CPU and no smaller than a quarter of this; from there they are taken into up to 32 MB of memory besides. Events that find theirs full are dropped and counted.',
    ),
    coalesceMs: count(
      3,
      'How long events gather before they are fetched, in milliseconds. More saves CPU time, less shortens the delay of alerts.',
    ),
    snapLength: count(80, 'Bytes of data that events of sent and received messages keep; less than 4096.'),
    syscalls: textOr(
      '',
      'System calls to watch, by name, separated by blanks; empty: what the rules need, or without rules all that matter to Saker.',
    ),
    enterEvents: flag(
      false,
      'Also take note of paths and addresses at the start of open, openat, openat2, creat and connect, against programs that exchange them while the call runs. Costs every system call of the machine some 50 ns.',
    ),
    hostRoot: textOr('', "Where the host's file system lies when Saker runs in a container, such as /host."),
  }),
  examples: [
    { title: 'this machine', config: {} },
    { title: 'in a container, with a larger ring', config: { hostRoot: '/host', bufferBytes: 33_554_432 } },
  ],
  preflight: () => checkHost(thisHost()),
  lookupThread: ({ hostRoot }, tid) => lookupThread(tid, hostRoot),
  isAlive: ({ hostRoot }, tid) => existsSync(`${hostRoot}/proc/${tid}`),
  run: runSensor,
});
