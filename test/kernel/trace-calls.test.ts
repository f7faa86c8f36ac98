import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describeCalls } from './calls/check.ts';
import { groups } from './calls/groups.ts';
import { trace, whyNotTrace } from './sensor-kit.ts';

const reason = whyNotTrace();
if (reason !== '') console.warn(`kernel tests of calls under ptrace are skipped: ${reason}`);

/** What differs under ptrace, by what docs/ptrace.md says. */
const different: Readonly<Record<string, string>> = {
  'accept4(server, 0, 0, SOCK_CLOEXEC)': 'queue of a unix socket',
  'openat(AT_FDCWD, "over/below", O_WRONLY)': 'layer of a file that was changed',
  'uretprobe()': 'passes filters unseen',
  'uprobe()': 'passes filters unseen',
};

/** Only one can trace: programs that trace others have no place here. */
const withoutTracing = groups.filter(({ rows }) => !rows.some(({ call }) => /^(i386 )?ptrace\(/.test(call)));

async function watch(program: string, work: string, syscalls: string) {
  const printed = path.join(path.dirname(program), 'printed');
  const command = ['sh', '-c', 'exec "$0" "$1" > "$2"', program, work, printed];
  const recording = await trace({ syscalls, command });
  return { output: readFileSync(printed, 'latin1'), recording };
}

describeCalls('calls under ptrace', reason, withoutTracing, watch, different);
