/** Block numbers of the capture format. Several kinds of block have been renumbered as their layout grew. */
export const blockType = {
  section: 0x0a0d0d0a,
  machine: 0x201,
  interfaceListV2: 0x219,
  userListV2: 0x220,
  processListV9: 0x215,
  /** Saker's own, `sakr` in the file, which other readers pass over: when the processes of the lists began. */
  startTimes: 0x726b6173,
  fdListV2: 0x218,
  eventV1: 0x204,
  eventV1Flags: 0x208,
  event: 0x216,
  eventFlags: 0x217,
  eventLarge: 0x221,
  eventLargeFlags: 0x222,
} as const;

/** What a block holds, and which version of its layout. */
export interface BlockKind {
  readonly kind: 'section' | 'machine' | 'processes' | 'starts' | 'fds' | 'interfaces' | 'users' | 'event';
  readonly version: number;
}

/** Every block number that was ever written, the ones of the first years included. */
export const blockKinds: ReadonlyMap<number, BlockKind> = new Map<number, BlockKind>([
  [0x0a0d0d0a, { kind: 'section', version: 1 }],
  [0x201, { kind: 'machine', version: 1 }],
  [0x8002abcd, { kind: 'machine', version: 1 }],
  [0x202, { kind: 'processes', version: 1 }],
  [0x8000abcd, { kind: 'processes', version: 1 }],
  [0x207, { kind: 'processes', version: 2 }],
  [0x8013abcd, { kind: 'processes', version: 2 }],
  [0x209, { kind: 'processes', version: 3 }],
  [0x8014abcd, { kind: 'processes', version: 3 }],
  [0x210, { kind: 'processes', version: 4 }],
  [0x211, { kind: 'processes', version: 5 }],
  [0x212, { kind: 'processes', version: 6 }],
  [0x213, { kind: 'processes', version: 7 }],
  [0x214, { kind: 'processes', version: 8 }],
  [0x215, { kind: 'processes', version: 9 }],
  [0x726b6173, { kind: 'starts', version: 1 }],
  [0x203, { kind: 'fds', version: 1 }],
  [0x8001abcd, { kind: 'fds', version: 1 }],
  [0x218, { kind: 'fds', version: 2 }],
  [0x205, { kind: 'interfaces', version: 1 }],
  [0x8011abcd, { kind: 'interfaces', version: 1 }],
  [0x219, { kind: 'interfaces', version: 2 }],
  [0x206, { kind: 'users', version: 1 }],
  [0x8012abcd, { kind: 'users', version: 1 }],
  [0x220, { kind: 'users', version: 2 }],
  [0x204, { kind: 'event', version: 1 }],
  [0x8010abcd, { kind: 'event', version: 1 }],
  [0x208, { kind: 'event', version: 1 }],
  [0x216, { kind: 'event', version: 2 }],
  [0x217, { kind: 'event', version: 2 }],
  [0x221, { kind: 'event', version: 2 }],
  [0x222, { kind: 'event', version: 2 }],
]);

/** Content of a section header; read in the wrong byte order it appears as `swappedMagic`. */
export const sectionMagic = 0x1a2b3c4d;
export const swappedMagic = 0x4d3c2b1a;
export const sectionMajor = 1;
export const sectionMinor = 2;

/** Bytes of an event header with its parameter count, and of the older one without. */
export const eventHeaderSize = 26;
export const eventHeaderSizeV1 = 22;

/** Offset of the event header in an event block. */
export const headerOffset = 10;
export const headerOffsetFlags = 14;

/** Blocks larger than these are taken for damage. The first is a rule of the format, with room for the frame. */
export const maxEventBlock = 65536 + 64;
export const maxLargeEventBlock = 1 << 26;
export const maxMetadataBlock = 1 << 27;
export const maxSectionBlock = 1 << 16;
/** More parameters than any event has; the event cursor holds as many. */
export const maxEventParams = 64;
