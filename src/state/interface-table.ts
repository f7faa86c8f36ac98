import type { InterfaceAddress } from '../model/machine.ts';

const loopback = '\x7f\0\0\x01';
const noIp4 = '\0\0\0\0';

function isSameNet(a: string, b: string, netmask: string): boolean {
  for (let i = 0; i < a.length; i++) {
    const mask = netmask.charCodeAt(i);
    if ((a.charCodeAt(i) & mask) !== (b.charCodeAt(i) & mask)) return false;
  }
  return true;
}

/** Addresses of this machine. */
export class InterfaceTable {
  list: readonly InterfaceAddress[] = [];
  readonly #addresses = new Set<string>();

  set(list: readonly InterfaceAddress[]): void {
    this.list = list;
    this.#addresses.clear();
    for (const entry of list) this.#addresses.add(entry.address);
  }

  has(address: string): boolean {
    return this.#addresses.has(address);
  }

  /**
   * The address from which this machine most likely talks with `peer`, for sockets whose own end is not bound: the same
   * one, else one of the same net, else the first that is not loopback; all zero when there is none.
   */
  guessLocal(peer: string): string {
    if (this.#addresses.has(peer)) return peer;
    const size = peer.length;
    let first = '';
    for (const { address, netmask } of this.list) {
      if (address.length !== size) continue;
      if (netmask.length === size && isSameNet(address, peer, netmask)) return address;
      if (first === '' && address !== loopback) first = address;
    }
    if (first !== '') return first;
    return size === 4 ? noIp4 : '\0'.repeat(16);
  }
}
