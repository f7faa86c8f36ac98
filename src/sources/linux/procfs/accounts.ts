import os from 'node:os';
import type { Group, InterfaceAddress, User } from '../../../model/machine.ts';
import { readText } from './text.ts';

/** Users of a machine; `root` is the prefix of its file system ('' for this one's). */
export function readUsers(root: string): User[] {
  return parseUsers(readText(`${root}/etc/passwd`) ?? '');
}

/** The users of a passwd file. */
export function parseUsers(text: string): User[] {
  const users: User[] = [];
  for (const line of text.split('\n')) {
    const [name, , uid, gid, , home = '', shell = ''] = line.split(':');
    if (name === undefined || name === '' || !/^\d+$/.test(uid ?? '')) continue;
    users.push({ name, uid: Number(uid), gid: Number(gid), home, shell });
  }
  return users;
}

export function readGroups(root: string): Group[] {
  return parseGroups(readText(`${root}/etc/group`) ?? '');
}

/** The groups of a group file. */
export function parseGroups(text: string): Group[] {
  const groups: Group[] = [];
  for (const line of text.split('\n')) {
    const [name, , gid] = line.split(':');
    if (name === undefined || name === '' || !/^\d+$/.test(gid ?? '')) continue;
    groups.push({ name, gid: Number(gid) });
  }
  return groups;
}

/** An address in text as raw bytes in a byte string. */
export function addressBytes(text: string): string {
  const plain = text.replace(/%.*$/, '');
  if (!plain.includes(':')) return String.fromCharCode(...plain.split('.').map(Number));
  const [head = '', tail] = plain.split('::');
  const words = (part: string): number[] =>
    part
      .split(':')
      .filter((word) => word !== '')
      .flatMap((word) => (word.includes('.') ? ipv4Words(word) : [Number.parseInt(word, 16)]));
  const front = words(head);
  const back = tail === undefined ? [] : words(tail);
  const all = [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
  return String.fromCharCode(...all.flatMap((word) => [word >> 8, word & 0xff]));
}

function ipv4Words(text: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [(a << 8) | b, (c << 8) | d];
}

function broadcast(address: string, netmask: string): string {
  let out = '';
  for (let i = 0; i < address.length; i++) {
    out += String.fromCharCode(address.charCodeAt(i) | (~netmask.charCodeAt(i) & 0xff));
  }
  return out;
}

export function readInterfaces(): InterfaceAddress[] {
  const list: InterfaceAddress[] = [];
  for (const [name, entries] of Object.entries(os.networkInterfaces())) {
    for (const entry of entries ?? []) {
      const address = addressBytes(entry.address);
      const netmask = addressBytes(entry.netmask);
      const isV4 = address.length === 4;
      list.push({
        name,
        address,
        netmask,
        broadcast: isV4 ? broadcast(address, netmask) : '\0'.repeat(16),
        linkSpeed: 0n,
      });
    }
  }
  return list;
}
