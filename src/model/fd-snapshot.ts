import type { FdSnapshot } from './machine.ts';

/** A descriptor's snapshot while it is put together. */
export type FdDraft = { -readonly [K in keyof FdSnapshot]: FdSnapshot[K] };

/** A descriptor of which only this is known yet. */
export function emptyFd(fd: number, ino: number | bigint, type: number, name = ''): FdDraft {
  return {
    fd,
    type,
    ino,
    name,
    openFlags: 0,
    dev: 0,
    sourceIp: '',
    sourcePort: 0,
    destIp: '',
    destPort: 0,
    l4proto: 0,
    unixSource: '',
    unixDest: '',
  };
}
