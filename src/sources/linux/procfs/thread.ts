import { statSync } from 'node:fs';
import { flagTables } from '../../../model/event-table.ts';
import type { ThreadSnapshot } from '../../../model/machine.ts';
import { readLink, readText } from './text.ts';

/** As much of arguments and environment as events carry. */
const maxText = 4096;
const maxUint32 = 0xffffffff;
/** Kernel names of the control groups that matter, in the order of events. */
const subsystems = ['cpuset', 'cpu', 'cpuacct', 'io', 'memory'];
const cloneFlags = flagTables['clone_flags'] ?? {};
const threadFlags = (cloneFlags['CLONE_THREAD'] ?? 0) | (cloneFlags['CLONE_FILES'] ?? 0);

type Status = ReadonlyMap<string, string>;

/** `Name:\tvalue` lines of /proc/<pid>/status. */
function parseStatus(text: string): Status {
  const map = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) map.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return map;
}

function numberOf(status: Status, name: string): number {
  return Number.parseInt(status.get(name) ?? '0', 10);
}

/** First and last number of a list such as NSpid: ids from the outermost namespace to the process's own. */
function ids(status: Status, name: string, fallback: number): { outer: number; own: number } {
  const list = (status.get(name) ?? '').split(/\s+/).filter((item) => item !== '');
  if (list.length === 0) return { outer: fallback, own: fallback };
  return { outer: Number(list[0]), own: Number(list.at(-1)) };
}

/** Fields of /proc/<pid>/stat behind the name, which may itself hold blanks and parentheses; index 0 is field 3. */
function statFields(text: string): string[] {
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** The terminal's device number: the kernel writes it in the form of old stat calls. */
function terminal(fields: readonly string[]): number {
  return Number(fields[4] ?? 0) >>> 0;
}

function hexBig(text: string | undefined): bigint {
  return text === undefined || !/^[0-9a-f]+$/i.test(text) ? 0n : BigInt(`0x${text}`);
}

function splitArguments(text: string): string[] {
  const cut = text.slice(0, maxText);
  const items = cut.split('\0');
  if (items.at(-1) === '') items.pop();
  return items;
}

/** Groups of version 1 hierarchies by subsystem; a subsystem without one of its own is in the version 2 group. */
export function cgroupsOf(text: string): string[] {
  const paths = new Map<string, string>();
  let unified: string | undefined;
  for (const line of text.split('\n')) {
    const [id, names, ...rest] = line.split(':');
    if (names === undefined || rest.length === 0) continue;
    const path = rest.join(':');
    if (id === '0' && names === '') unified = path;
    for (const name of names.split(',')) paths.set(name === 'blkio' ? 'io' : name, path);
  }
  return subsystems.flatMap((name) => {
    const path = paths.get(name) ?? unified;
    return path === undefined ? [] : [`${name}=${path}`];
  });
}

interface Program {
  readonly exepath: string;
  readonly exeIno: number;
  readonly exeInoCtime: bigint;
  readonly exeInoMtime: bigint;
  readonly exeWritable: boolean;
  readonly exeFromMemfd: boolean;
}

/** Whether a process with these rights could write the file. */
function isWritable(mode: number, owner: number, group: number, uid: number, gid: number, effective: bigint): boolean {
  const mayOverride = ((effective >> 1n) & 1n) === 1n;
  if (mayOverride) return true;
  if (owner === uid) return (mode & 0o200) !== 0;
  if (group === gid) return (mode & 0o020) !== 0;
  return (mode & 0o002) !== 0;
}

function programOf(folder: string, uid: number, gid: number, effective: bigint): Program {
  const exepath = readLink(`${folder}/exe`) ?? '';
  const program = { exepath, exeIno: 0, exeInoCtime: 0n, exeInoMtime: 0n, exeWritable: false, exeFromMemfd: false };
  if (exepath === '') return program;
  program.exeFromMemfd = exepath.startsWith('/memfd:');
  try {
    const file = statSync(`${folder}/exe`, { bigint: true });
    program.exeIno = Number(file.ino);
    program.exeInoCtime = file.ctimeNs;
    program.exeInoMtime = file.mtimeNs;
    program.exeWritable = isWritable(Number(file.mode), Number(file.uid), Number(file.gid), uid, gid, effective);
  } catch {
    // The file is out of reach: the values stay unknown.
  }
  return program;
}

/** Nanoseconds since boot at which a process started. */
export function startOf(stat: string, ticksPerSecond = 100): bigint {
  return (BigInt(statFields(stat)[19] ?? 0) * 1_000_000_000n) / BigInt(ticksPerSecond);
}

/** When the machine was started, nanoseconds since the epoch, to a hundredth of a second. @returns undefined without uptime. */
export function bootOf(uptime: string | undefined, nowMs: number): bigint | undefined {
  const seconds = Number.parseFloat(uptime ?? '');
  return Number.isFinite(seconds) ? BigInt(Math.round(nowMs - 1000 * seconds)) * 1_000_000n : undefined;
}

export interface ThreadSource {
  /** /proc, or where the host's lies in a container. */
  readonly proc: string;
  /** Start of the first process of a pid namespace, by the namespace's link text. */
  pidnsStart(namespace: string | undefined): bigint;
  /** When the machine was started, nanoseconds since the epoch; undefined: not known. */
  readonly boot: bigint | undefined;
}

/** What /proc says of one thread. @returns undefined when it is gone. */
export function readThread(source: ThreadSource, pid: number, tid: number): ThreadSnapshot | undefined {
  const folder = tid === pid ? `${source.proc}/${pid}` : `${source.proc}/${pid}/task/${tid}`;
  const statusText = readText(`${folder}/status`);
  const stat = readText(`${folder}/stat`);
  if (statusText === undefined || stat === undefined) return undefined;
  const status = parseStatus(statusText);
  const fields = statFields(stat);
  const [, uid = '0'] = (status.get('Uid') ?? '').split(/\s+/);
  const [, gid = '0'] = (status.get('Gid') ?? '').split(/\s+/);
  const effective = hexBig(status.get('CapEff'));
  const args = splitArguments(readText(`${folder}/cmdline`) ?? '');
  const groupIds = ids(status, 'NSpgid', Number(fields[2] ?? -1));
  const comm = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  return {
    tid,
    pid,
    ptid: numberOf(status, 'PPid'),
    sid: ids(status, 'NSsid', Number(fields[3] ?? -1)).own,
    vpgid: groupIds.own,
    pgid: groupIds.outer,
    vtid: ids(status, 'NSpid', tid).own,
    vpid: ids(status, 'NStgid', pid).own,
    comm,
    exe: args[0] ?? comm,
    args: args.slice(1),
    envBytes: (readText(`${folder}/environ`) ?? '').slice(0, maxText),
    cgroups: cgroupsOf(readText(`${folder}/cgroup`) ?? ''),
    root: readLink(`${folder}/root`) ?? '/',
    cwd: readLink(`${folder}/cwd`) ?? '',
    flags: tid === pid ? 0 : threadFlags,
    fdLimit: fdLimitOf(readText(`${folder}/limits`)),
    uid: Number(uid),
    gid: Number(gid),
    loginuid: Number(readText(`${folder}/loginuid`) ?? maxUint32),
    tty: terminal(fields),
    vmSizeKb: numberOf(status, 'VmSize'),
    vmRssKb: numberOf(status, 'VmRSS'),
    vmSwapKb: numberOf(status, 'VmSwap'),
    majorFaults: Number(fields[9] ?? 0),
    minorFaults: Number(fields[7] ?? 0),
    capInheritable: hexBig(status.get('CapInh')),
    capPermitted: hexBig(status.get('CapPrm')),
    capEffective: effective,
    exeUpperLayer: false,
    exeLowerLayer: false,
    ...programOf(folder, Number(uid), Number(gid), effective),
    pidnsInitStart: source.pidnsStart(readLink(`${folder}/ns/pid`)),
    startTime: source.boot === undefined ? 0n : source.boot + startOf(stat),
  };
}

function fdLimitOf(limits: string | undefined): number {
  const soft = /^Max open files\s+(\S+)/m.exec(limits ?? '')?.[1];
  if (soft === undefined) return -1;
  return soft === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(soft);
}
