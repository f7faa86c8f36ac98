import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';

/** What the checks look at; a test gives its own. */
export interface Host {
  readonly platform: string;
  readonly arch: string;
  /** As uname has it: 6.18.44-generic. */
  readonly release: string;
  readonly uid: number;
  /** A file's text; undefined when it can't be read. */
  read(path: string): string | undefined;
  exists(path: string): boolean;
}

export function thisHost(): Host {
  return {
    platform: process.platform,
    arch: process.arch,
    release: os.release(),
    uid: process.geteuid?.() ?? -1,
    exists: existsSync,
    read: (path) => {
      try {
        return readFileSync(path, 'latin1');
      } catch {
        return undefined;
      }
    },
  };
}

/** Capabilities by bit number (linux/capability.h). */
const capabilities = { sysPtrace: 19, sysAdmin: 21, sysResource: 24, perfmon: 38, bpf: 39 };
const btfPath = '/sys/kernel/btf/vmlinux';
const oldest = { major: 5, minor: 8 };

function checkSystem(host: Host): string[] {
  if (host.platform !== 'linux') return [`the live source needs Linux; this is ${host.platform}`];
  if (host.arch !== 'x64' && host.arch !== 'arm64') {
    return [`the live source runs on x86-64 and arm64; this machine is ${host.arch}`];
  }
  const version = /^(\d+)\.(\d+)/.exec(host.release);
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)];
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return [];
  return [`the kernel is ${host.release}; the live source needs Linux 5.8 or later`];
}

function effectiveCapabilities(host: Host): bigint | undefined {
  const line = /^CapEff:\s*([0-9a-f]+)/m.exec(host.read('/proc/self/status') ?? '');
  return line === null ? undefined : BigInt(`0x${line[1]}`);
}

function checkRights(host: Host): string[] {
  const set = effectiveCapabilities(host);
  if (set === undefined) return host.uid === 0 ? [] : ['the live source needs root, or CAP_BPF and CAP_PERFMON'];
  const has = (bit: number): boolean => ((set >> BigInt(bit)) & 1n) === 1n;
  const problems: string[] = [];
  const admin = has(capabilities.sysAdmin);
  const missing = [
    ...(admin || has(capabilities.bpf) ? [] : ['CAP_BPF']),
    ...(admin || has(capabilities.perfmon) ? [] : ['CAP_PERFMON']),
    ...(has(capabilities.sysPtrace) ? [] : ['CAP_SYS_PTRACE']),
  ];
  if (missing.length > 0) {
    const list = missing.join(' and ');
    problems.push(
      `${list} missing: run Saker as root, or give it the rights (systemd: AmbientCapabilities=, docker: --cap-add, Kubernetes: securityContext.capabilities)`,
    );
  }
  return problems;
}

function checkKernelFeatures(host: Host): string[] {
  const problems: string[] = [];
  if (!host.exists(btfPath)) {
    problems.push(
      `the kernel has no type information (${btfPath} is missing): it must be built with CONFIG_DEBUG_INFO_BTF, as all larger distributions do since 2021; in a container, /sys/kernel must be visible`,
    );
  }
  const lockdown = /\[(\w+)\]/.exec(host.read('/sys/kernel/security/lockdown') ?? '')?.[1];
  if (lockdown === 'confidentiality') {
    problems.push(
      "the kernel is locked down in mode 'confidentiality', which forbids reading kernel memory by eBPF; boot with lockdown=integrity or without lockdown",
    );
  }
  return problems;
}

/** What is left where eBPF can't be had (src/sources/ptrace). */
const otherWay =
  'without eBPF, and without any rights, one command or process and all that it starts can be watched: saker run --ptrace -- COMMAND, or saker run --ptrace --pid PID';

/** Reasons why the live source can't run here, with the remedy; empty: it should. */
export function checkHost(host: Host): string[] {
  const system = checkSystem(host);
  const problems = system.length > 0 ? system : [...checkRights(host), ...checkKernelFeatures(host)];
  return problems.length > 0 && host.platform === 'linux' ? [...problems, otherWay] : problems;
}

/** Before 5.11 the kernel counts maps as locked memory, and says either of two things when that is too much. */
function isMemoryLimit(message: string, host: Host): boolean {
  const [major = 0, minor = 0] = host.release.split('.').map((part) => Number.parseInt(part, 10));
  if (major !== 5 || minor >= 11) return false;
  if (/Cannot allocate memory/.test(message)) return true;
  const soft = /^Max locked memory\s+(\S+)/m.exec(host.read('/proc/self/limits') ?? '')?.[1];
  return /Operation not permitted/.test(message) && soft !== undefined && soft !== 'unlimited';
}

function whyNotPermitted(host: Host): string {
  if (/^Seccomp:\s*[12]/m.test(host.read('/proc/self/status') ?? '')) {
    return "This process runs under a seccomp filter: allow the call 'bpf' (docker: --security-opt seccomp=unconfined, or a profile for CAP_BPF).";
  }
  // The first namespace has all ids as they are.
  const map = host.read('/proc/self/uid_map');
  if (map !== undefined && !/^\s*0\s+0\s+4294967295\s*$/.test(map)) {
    return 'This process runs in a user namespace (a rootless container, or one with mapped ids): the kernel wants CAP_BPF and CAP_PERFMON in the first one, so run Saker outside of it.';
  }
  return 'The bpf call is refused: by missing capabilities in the first user namespace, a security module, or lockdown.';
}

/** Adds what a person can do to a refusal that came only when the programs were loaded. */
export function explainRefusal(message: string, host: Host): string {
  const reason = reasonOf(message, host);
  return reason === undefined ? message : `${message}\n${reason}\nOr, ${otherWay}.`;
}

function reasonOf(message: string, host: Host): string | undefined {
  if (/Function not implemented/.test(message)) {
    return 'The kernel was built without eBPF (CONFIG_BPF_SYSCALL, CONFIG_BPF_EVENTS).';
  }
  if (/Too many open files/.test(message)) {
    return 'The sensor needs about 250 descriptors: raise the limit (ulimit -n 1024; systemd: LimitNOFILE=1024).';
  }
  if (isMemoryLimit(message, host)) {
    return 'Before Linux 5.11 the maps count as locked memory: raise the limit (ulimit -l unlimited; systemd: LimitMEMLOCK=infinity) or add CAP_SYS_RESOURCE, with which Saker raises it.';
  }
  const isRefused = /Operation not permitted|Permission denied/.test(message) && !/processed \d+ insns/.test(message);
  return isRefused ? whyNotPermitted(host) : undefined;
}
