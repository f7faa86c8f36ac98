import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { count, flag, object, textList, textOr } from '../../model/schema.ts';
import { source } from '../../model/source.ts';
import { lookupThread } from '../linux/procfs/scan.ts';
import { checkTracing, type TraceHost } from './preflight.ts';
import { runTracer } from './run.ts';

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

export function thisTraceHost(): TraceHost {
  return {
    platform: process.platform,
    arch: process.arch,
    release: os.release(),
    pid: process.pid,
    read: readText,
  };
}

export default source({
  id: 'ptrace',
  summary: 'Watches one tree of processes by ptrace: a command that it runs, or a running process. Needs no rights.',
  description:
    'For machines and containers where eBPF is not allowed. Sees what the command, or the process, and all their descendants ' +
    'do, and nothing else of the machine. Needs Linux 5.3 or later. Every call that is watched stops the process twice: it runs ' +
    'slower, but nothing is lost. What is traced can be traced by nobody else (debuggers), and without CAP_SYS_PTRACE ' +
    "setuid programs run without their owner's rights in it.",
  since: '0.1.0',
  stability: 'stable',
  eventSource: 'syscall',
  config: object({
    command: textList('Command to run and its arguments; empty: attach to `pid`.'),
    pid: count(0, 'Process to attach to, with all that descends from it.'),
    filter: flag(
      true,
      'Have the kernel (seccomp) stop a command only at the calls that are watched; false: at every call, which is slower.',
    ),
    coalesceMs: count(3, 'How long events gather before they are fetched, in milliseconds.'),
    snapLength: count(80, 'Bytes of data that events of sent and received messages keep; less than 4096.'),
    syscalls: textOr(
      '',
      'System calls to watch, by name, separated by blanks; empty: what the rules need, or without rules all that matter to Saker.',
    ),
    enterEvents: flag(
      false,
      'Also take note of paths and addresses at the start of open, openat, openat2, creat and connect, against programs that exchange them while the call runs.',
    ),
  }),
  examples: [
    { title: 'a command', config: { command: ['make', '-j8'] } },
    { title: 'a running process', config: { pid: 4242 } },
  ],
  preflight: ({ command, pid }) => {
    if (command.length === 0 && pid === 0) return ['there is nothing to trace: name a command or a process'];
    return checkTracing(thisTraceHost(), command.length > 0 ? undefined : pid);
  },
  lookupThread: (_, tid) => lookupThread(tid),
  isAlive: (_, tid) => existsSync(`/proc/${tid}`),
  run: (config, context) => runTracer(config, context, thisTraceHost()),
});
