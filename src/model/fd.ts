import type { PathName } from './path-name.ts';

/** Descriptor types by the numbers of the capture format's fd list. */
export const fdType = {
  unknown: 0,
  fileOld: 1,
  directory: 2,
  ipv4Socket: 3,
  ipv6Socket: 4,
  ipv4Server: 5,
  ipv6Server: 6,
  fifo: 7,
  unixSocket: 8,
  event: 9,
  unsupported: 10,
  signalfd: 11,
  eventpoll: 12,
  inotify: 13,
  timerfd: 14,
  netlink: 15,
  file: 16,
  bpf: 17,
  userfaultfd: 18,
  ioUring: 19,
  memfd: 20,
  pidfd: 21,
} as const;
export type FdType = (typeof fdType)[keyof typeof fdType];

/** Layer 4 protocols by the numbers of the capture format. */
export const l4proto = { unknown: 0, none: 1, tcp: 2, udp: 3, icmp: 4, raw: 5 } as const;

/** Bits of {@link Fd.flags}: what the descriptor went through. */
export const fdFlags = {
  isServer: 1,
  isClient: 2,
  connected: 4,
  connectPending: 8,
  connectFailed: 16,
  /** Came by fork, not by its own call. */
  inherited: 32,
  upperLayer: 64,
  lowerLayer: 128,
  /**
   * Not a descriptor but a stand-in for one that the event should have: its call failed or its number is not known.
   * It lives for one event and has a name (that of a failed open, else '') and the type that the call would have made
   * (unknown for calls that make none); everything else of it is without value.
   */
  absent: 256,
} as const;

/**
 * What one descriptor number refers to. Treated as immutable once it is in a table: tables of forked processes share
 * these objects, so a change (connect, bind, ...) puts a changed copy in its place.
 */
export class Fd {
  type: FdType = fdType.unknown;
  /**
   * The name, for everything but IP sockets: their name is made from the addresses when asked for ('' as long as both
   * are ''), except where the call's words differ from what they mean (bind); then it is here.
   */
  path: PathName | null = null;
  /** Open flags in the capture format's encoding (flagTables.file_flags). */
  openFlags = 0;
  flags = 0;
  dev = 0;
  ino: number | bigint = 0;
  /** Sockets: addresses as raw bytes (4 or 16) in a byte string, '' while unknown; the client's side is the source. */
  sourceIp = '';
  sourcePort = 0;
  destIp = '';
  destPort = 0;
  l4proto = 0;
  /** Unix sockets: kernel addresses of the two ends, as text in hex. */
  unixSource = '';
  unixDest = '';
  /** Class of this descriptor for the loaded rules (src/engine); -1 until someone needs it. */
  ruleClass = -1;

  clone(): Fd {
    const copy = new Fd();
    copy.type = this.type;
    copy.path = this.path;
    copy.openFlags = this.openFlags;
    copy.flags = this.flags;
    copy.dev = this.dev;
    copy.ino = this.ino;
    copy.sourceIp = this.sourceIp;
    copy.sourcePort = this.sourcePort;
    copy.destIp = this.destIp;
    copy.destPort = this.destPort;
    copy.l4proto = this.l4proto;
    copy.unixSource = this.unixSource;
    copy.unixDest = this.unixDest;
    return copy;
  }
}
