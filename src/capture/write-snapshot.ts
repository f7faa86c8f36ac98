import { joinNul } from '../base/nul-list.ts';
import { fdType } from '../model/fd.ts';
import type {
  FdSnapshot,
  Group,
  InterfaceAddress,
  MachineInfo,
  Snapshot,
  ThreadSnapshot,
  User,
} from '../model/machine.ts';
import { blockType, sectionMagic, sectionMajor, sectionMinor } from './block-types.ts';
import { ByteWriter } from './byte-writer.ts';
import { ownMark } from './machine-blocks.ts';

/** Longer texts are cut: the format's readers refuse them. */
const maxPath = 1023;
const maxArgs = 4096;
const maxUserText = 255;
const hostnameSize = 128;
/** Lists go on in another block of the same kind after so many bytes, to keep blocks small. */
const fullBlock = 1 << 22;

/** The blocks at the head of a capture: a section header and the state of the machine. */
export function snapshotBlocks(snapshot: Snapshot): Buffer[] {
  return [...eachSnapshotBlock(snapshot)];
}

/** The same one after the other, for whoever has other work to do between them. */
export function* eachSnapshotBlock(snapshot: Snapshot): Generator<Buffer> {
  yield sectionHeader();
  if (snapshot.machine) yield machineBlock(snapshot.machine);
  if (snapshot.interfaces) yield interfaceBlock(snapshot.interfaces);
  if (snapshot.users || snapshot.groups) yield userBlock(snapshot.users ?? [], snapshot.groups ?? []);
  if (snapshot.threads) yield* listBlocks(blockType.processListV9, undefined, snapshot.threads, writeThread);
  if (snapshot.threads) yield* startBlocks(snapshot.threads);
  for (const { tid, entries } of snapshot.fds ?? []) yield* listBlocks(blockType.fdListV2, tid, entries, writeFd);
}

function block(type: number, body: ByteWriter): Buffer {
  const size = body.length;
  const total = (size + 12 + 3) & ~3;
  const bytes = Buffer.alloc(total);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(total, 4);
  body.bytes().copy(bytes, 8);
  bytes.writeUInt32LE(total, total - 4);
  return bytes;
}

function sectionHeader(): Buffer {
  const w = new ByteWriter();
  w.u32(sectionMagic);
  w.u16(sectionMajor);
  w.u16(sectionMinor);
  // The length of the section is not known while it is written.
  w.u64(-1);
  return block(blockType.section, w);
}

function machineBlock(machine: MachineInfo): Buffer {
  const w = new ByteWriter();
  w.u32(machine.cpus);
  w.u64(machine.memoryBytes);
  w.u64(machine.maxPid);
  w.raw(machine.hostname.slice(0, hostnameSize - 1), hostnameSize);
  w.u64(machine.bootTime);
  w.u64(machine.flags);
  w.u64(machine.isOwn ? ownMark : 0);
  w.u64(0);
  return block(blockType.machine, w);
}

function interfaceBlock(interfaces: readonly InterfaceAddress[]): Buffer {
  const w = new ByteWriter();
  for (const { name, address, netmask, broadcast, linkSpeed } of interfaces) {
    const isV4 = address.length === 4;
    const size = isV4 ? 4 : 16;
    const start = w.length;
    w.u32(0);
    w.u16(isV4 ? 1 : 2);
    const nameSize = Math.min(name.length, maxPath);
    w.u16(nameSize);
    w.raw(address, size);
    w.raw(netmask, size);
    w.raw(broadcast, size);
    w.u64(linkSpeed);
    w.raw(name, nameSize);
    // Alone among the lists, this length does not count itself.
    w.setU32(w.length - start - 4, start);
  }
  return block(blockType.interfaceListV2, w);
}

function userBlock(users: readonly User[], groups: readonly Group[]): Buffer {
  const w = new ByteWriter();
  for (const { uid, gid, name, home, shell } of users) {
    const start = w.length;
    w.u32(0);
    w.u8(0);
    w.u32(uid);
    w.u32(gid);
    for (const text of [name, home, shell]) w.text(text, maxUserText);
    w.setU32(w.length - start, start);
  }
  for (const { gid, name } of groups) {
    const start = w.length;
    w.u32(0);
    w.u8(1);
    w.u32(gid);
    w.text(name, maxUserText);
    w.setU32(w.length - start, start);
  }
  return block(blockType.userListV2, w);
}

/** One block, or several where the entries are many; each begins with the tid, if there is one. */
function* listBlocks<T>(
  type: number,
  tid: number | undefined,
  entries: readonly T[],
  write: (w: ByteWriter, entry: T) => void,
): Generator<Buffer> {
  let i = 0;
  do {
    const w = new ByteWriter();
    if (tid !== undefined) w.u64(tid);
    while (i < entries.length && w.length < fullBlock) {
      const start = w.length;
      w.u32(0);
      write(w, entries[i++]!);
      w.setU32(w.length - start, start);
    }
    yield block(type, w);
  } while (i < entries.length);
}

/** When processes began is not part of their list, but durations in a replay shall be those of the live alerts. */
function* startBlocks(threads: readonly ThreadSnapshot[]): Generator<Buffer> {
  if (threads.every(({ startTime = 0n }) => startTime === 0n)) return;
  let i = 0;
  while (i < threads.length) {
    const w = new ByteWriter();
    w.u64(i);
    while (i < threads.length && w.length < fullBlock) w.u64(threads[i++]!.startTime ?? 0n);
    yield block(blockType.startTimes, w);
  }
}

function writeThread(w: ByteWriter, thread: ThreadSnapshot): void {
  for (const id of [thread.tid, thread.pid, thread.ptid, thread.sid, thread.vpgid]) w.u64(id);
  for (const text of [thread.comm, thread.exe, thread.exepath]) w.text(text, maxPath);
  w.text(joinNul(thread.args), maxArgs);
  w.text(thread.cwd, maxPath);
  w.u64(thread.fdLimit);
  for (const value of [thread.flags, thread.uid, thread.gid]) w.u32(value);
  for (const value of [thread.vmSizeKb, thread.vmRssKb, thread.vmSwapKb]) w.u32(value);
  w.u64(thread.majorFaults);
  w.u64(thread.minorFaults);
  w.text(thread.envBytes, maxArgs);
  w.u64(thread.vtid);
  w.u64(thread.vpid);
  w.text(joinNul(thread.cgroups), maxArgs);
  w.text(thread.root, maxPath);
  w.u64(thread.pidnsInitStart);
  w.u32(thread.tty);
  w.u32(thread.loginuid);
  w.u8(thread.exeWritable ? 1 : 0);
  for (const set of [thread.capInheritable, thread.capPermitted, thread.capEffective]) w.u64(set);
  w.u8(thread.exeUpperLayer ? 1 : 0);
  for (const value of [thread.exeIno, thread.exeInoCtime, thread.exeInoMtime]) w.u64(value);
  w.u8(thread.exeFromMemfd ? 1 : 0);
  w.u8(thread.exeLowerLayer ? 1 : 0);
  w.u64(thread.pgid);
}

function writeFd(w: ByteWriter, fd: FdSnapshot): void {
  const isKnown = fd.type >= fdType.unknown && fd.type <= fdType.pidfd;
  const type = isKnown ? fd.type : fdType.unsupported;
  w.u64(fd.fd);
  w.u64(fd.ino);
  w.u8(type);
  if (type === fdType.unknown) return;
  if (type === fdType.ipv4Socket || type === fdType.ipv6Socket) {
    const size = type === fdType.ipv4Socket ? 4 : 16;
    w.raw(fd.sourceIp, size);
    w.raw(fd.destIp, size);
    w.u16(fd.sourcePort);
    w.u16(fd.destPort);
    w.u8(fd.l4proto);
  } else if (type === fdType.ipv4Server || type === fdType.ipv6Server) {
    w.raw(fd.destIp, type === fdType.ipv4Server ? 4 : 16);
    w.u16(fd.destPort);
    w.u8(fd.l4proto);
  } else if (type === fdType.unixSocket) {
    w.u64(pointer(fd.unixSource));
    w.u64(pointer(fd.unixDest));
    w.text(fd.name, maxPath);
  } else if (type === fdType.file) {
    w.u32(fd.openFlags);
    w.text(fd.name, maxPath);
    w.u32(fd.dev);
  } else {
    w.text(fd.name, maxPath);
  }
}

function pointer(hex: string): bigint {
  return /^[0-9a-f]{1,16}$/i.test(hex) ? BigInt(`0x${hex}`) : 0n;
}
