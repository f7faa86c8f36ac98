import type { Group, InterfaceAddress, MachineInfo, User } from '../model/machine.ts';
import { type Budget, type ByteReader, Damage } from './byte-reader.ts';

const hostnameSize = 128;
const maxUserText = 255;
const entryUnits = 4;

/** What Saker writes where the format has eight bytes to spare, which others leave zero: `saker` and a version. */
export const ownMark = 0x01_72_65_6b_61_73n;

export function readMachineInfo(r: ByteReader): MachineInfo {
  const cpus = r.u32('number of processors');
  const memoryBytes = r.big64('memory size');
  const maxPid = r.big64('largest process id');
  const hostname = r.raw(hostnameSize, 'host name');
  const bootTime = r.big64('boot time');
  const flags = r.big64('machine flags');
  const isOwn = r.left >= 8 && r.big64('machine mark') === ownMark;
  const nul = hostname.indexOf('\0');
  return { cpus, memoryBytes, maxPid, hostname: nul < 0 ? hostname : hostname.slice(0, nul), bootTime, flags, isOwn };
}

const ipv4 = 1;
const ipv6 = 2;
const ipv4NoSpeed = 3;
const ipv6NoSpeed = 4;

export function readInterfaceList(r: ByteReader, version: number, budget: Budget): InterfaceAddress[] {
  const blockEnd = r.end;
  const list: InterfaceAddress[] = [];
  while (blockEnd - r.at >= 4) {
    const start = r.at;
    budget.take(entryUnits, start);
    if (version >= 2) {
      const size = r.u32('length of an interface entry');
      if (size > blockEnd - r.at) throw new Damage(`an interface entry claims ${size} bytes`, start);
      r.end = r.at + size;
    }
    const type = r.u16('interface type');
    const nameSize = r.u16('length of an interface name');
    if (type < ipv4 || type > ipv6NoSpeed) {
      if (version < 2) throw new Damage(`interface type ${type} is not known`, start);
    } else {
      const size = type === ipv4 || type === ipv4NoSpeed ? 4 : 16;
      const address = r.raw(size, 'interface address');
      const netmask = r.raw(size, 'interface netmask');
      const broadcast = r.raw(size, 'interface broadcast address');
      const linkSpeed = type === ipv4 || type === ipv6 ? r.big64('link speed') : 0n;
      list.push({ name: r.raw(nameSize, 'interface name'), address, netmask, broadcast, linkSpeed });
    }
    if (version >= 2) {
      r.at = r.end;
      r.end = blockEnd;
    }
  }
  return list;
}

const userEntry = 0;
const groupEntry = 1;

export function readUserList(r: ByteReader, version: number, budget: Budget): { users: User[]; groups: Group[] } {
  const blockEnd = r.end;
  const users: User[] = [];
  const groups: Group[] = [];
  while (blockEnd - r.at >= 4) {
    const start = r.at;
    budget.take(entryUnits, start);
    if (version >= 2) {
      const size = r.u32('length of a user entry');
      if (size < 4 || size > blockEnd - start) throw new Damage(`a user entry claims ${size} bytes`, start);
      r.end = start + size;
    }
    const kind = r.u8('kind of user entry');
    if (kind === userEntry) {
      const uid = r.u32('user id');
      const gid = r.u32('group id');
      const name = r.text(maxUserText, 'user name');
      const home = r.text(maxUserText, 'home directory');
      users.push({ uid, gid, name, home, shell: r.text(maxUserText, 'shell') });
    } else if (kind === groupEntry) {
      const gid = r.u32('group id');
      groups.push({ gid, name: r.text(maxUserText, 'group name') });
    } else if (version < 2) {
      throw new Damage(`kind ${kind} of user entry is not known`, start);
    }
    if (version >= 2) {
      r.at = r.end;
      r.end = blockEnd;
    }
  }
  return { users, groups };
}
