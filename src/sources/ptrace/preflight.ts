/** What the checks look at; a test gives its own. */
export interface TraceHost {
  readonly platform: string;
  readonly arch: string;
  /** As uname has it: 6.18.44-generic. */
  readonly release: string;
  readonly pid: number;
  /** A file's text; undefined when it can't be read. */
  read(path: string): string | undefined;
}

const sysPtrace = 19;
const oldest = { major: 5, minor: 3 };

function statusOf(host: TraceHost, pid: number | 'self'): string | undefined {
  return host.read(`/proc/${pid}/status`);
}

function field(status: string | undefined, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status ?? '')?.[1]?.trim();
}

function mayTraceAll(host: TraceHost): boolean {
  const set = field(statusOf(host, 'self'), 'CapEff');
  return set !== undefined && ((BigInt(`0x${set}`) >> BigInt(sysPtrace)) & 1n) === 1n;
}

/** The mode of the Yama security module: 0 or none, all of one's own; 1, descendants; 2, with CAP_SYS_PTRACE; 3, nobody. */
function yamaScope(host: TraceHost): number {
  return Number(host.read('/proc/sys/kernel/yama/ptrace_scope')?.trim() ?? 0);
}

const scopePath = '/proc/sys/kernel/yama/ptrace_scope';

function scopeProblem(host: TraceHost, isAttach: boolean): string | undefined {
  const scope = yamaScope(host);
  if (scope >= 3) {
    return `the kernel forbids ptrace to everybody (${scopePath} is 3) until the next start; set kernel.yama.ptrace_scope to 1 in /etc/sysctl.d and start the machine anew`;
  }
  if (mayTraceAll(host)) return undefined;
  if (scope === 2) {
    return `the kernel allows ptrace only with CAP_SYS_PTRACE (${scopePath} is 2): run Saker with it, or as root: sysctl kernel.yama.ptrace_scope=1`;
  }
  if (scope === 1 && isAttach) {
    return `the kernel lets nobody attach to running processes without CAP_SYS_PTRACE (${scopePath} is 1): have Saker launch the command (saker run --ptrace -- COMMAND), run it with CAP_SYS_PTRACE, or as root: sysctl kernel.yama.ptrace_scope=0`;
  }
  return undefined;
}

function targetProblem(host: TraceHost, pid: number): string | undefined {
  const status = statusOf(host, pid);
  if (status === undefined) return `there is no process ${pid}`;
  if (pid === host.pid) return `process ${pid} is Saker itself`;
  const tracer = Number(field(status, 'TracerPid') ?? 0);
  if (tracer !== 0) {
    const name = field(statusOf(host, tracer), 'Name') ?? '?';
    return `process ${pid} is traced already, by process ${tracer} (${name}): a process can have one tracer only`;
  }
  if (mayTraceAll(host)) return undefined;
  const [owner] = (field(status, 'Uid') ?? '').split(/\s+/);
  const [own] = (field(statusOf(host, 'self'), 'Uid') ?? '').split(/\s+/);
  if (owner !== own) {
    return `process ${pid} belongs to user ${owner}, Saker runs as ${own}: run it as that user, or with CAP_SYS_PTRACE`;
  }
  return undefined;
}

function systemProblem(host: TraceHost): string | undefined {
  if (host.platform !== 'linux') return `tracing needs Linux; this is ${host.platform}`;
  if (host.arch !== 'x64' && host.arch !== 'arm64')
    return `tracing works on x86-64 and arm64; this machine is ${host.arch}`;
  const version = /^(\d+)\.(\d+)/.exec(host.release);
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)];
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return undefined;
  return `the kernel is ${host.release}; tracing needs Linux 5.3 or later`;
}

/** Why nothing can be traced here, with the remedy; empty: it should work. `pid` is that of a process to attach to. */
export function checkTracing(host: TraceHost, pid: number | undefined): string[] {
  const system = systemProblem(host);
  if (system !== undefined) return [system];
  const problems = [scopeProblem(host, pid !== undefined), pid === undefined ? undefined : targetProblem(host, pid)];
  return problems.filter((problem) => problem !== undefined);
}

/** What to say when the kernel refuses to trace although nothing spoke against it. */
export function explainTraceRefusal(host: TraceHost, error: string, pid: number | undefined): string {
  const said = pid === undefined ? `the command can't be traced: ${error}` : `process ${pid} can't be traced: ${error}`;
  const problems = checkTracing(host, pid);
  if (problems.length > 0) return `${said}: ${problems.join('; ')}`;
  if (error === 'ESRCH') return `${said}: it has ended`;
  if (error !== 'EPERM' && error !== 'EACCES') return said;
  const reasons = [
    ...(/^[12]/.test(field(statusOf(host, 'self'), 'Seccomp') ?? '')
      ? ["Saker runs under a seccomp filter that may refuse the call 'ptrace' (docker: --cap-add SYS_PTRACE)"]
      : []),
    ...(pid === undefined
      ? []
      : ['its program file is not readable or gave it other rights (setuid), so that it needs CAP_SYS_PTRACE']),
    'a security module (AppArmor, SELinux) forbids it',
  ];
  return `${said}: ${reasons.join(', or ')}`;
}
