import { gzipSync } from 'node:zlib';
import { blockKinds } from '../src/capture/block-types.ts';
import { encodeEvent, type ParamValue } from '../src/capture/encode.ts';
import { events, type ParamInfo } from '../src/model/event-table.ts';
import type { Random } from '../test/kit/random-rules.ts';
import { headerAt, isEvent, splitBlocks, unpacked } from './capture-blocks.ts';

const maxLength = 1 << 18;
const kinds = [...blockKinds.keys(), 0, 0x223, 0xffffffff];
const integers = [0, 1, 2, 3, 4, 5, 7, 8, 10, 100, 1000, 4095, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const texts: readonly string[] = [
  '/etc/shadow',
  '/etc/../root/.ssh/id_rsa',
  '../../../x',
  '',
  '<NA>',
  '.',
  '/',
  '//',
  'a\0b\0c',
  '/proc/self/mem',
  'bash',
  'cpu=/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  'cpu=/kubepods/besteffort/pod01234567-0123-0123-0123-0123456789ab/crio-0123456789ab',
  'container',
  '{"container":{"id":"0123456789ab","name":"x","image":"a:b@c","type":0,"Mounts":[{}],"labels":{"a":null}}}',
  '{"container":{"id":7,"Mounts":{"a":[[]]},"env":"x","port_mappings":[{"HostIp":1}],"created_time":"9"}}',
  `${'{"a":'.repeat(3000)}1`,
  '['.repeat(5000),
  '\xff\xfe\xc3\x28',
  '\r\n\x1b[31m',
  '10.0.0.1:1->10.0.0.2:2',
  'constructor=/docker/x\0toString=/y\0__proto__=z',
  '__proto__',
  'constructor',
  '/x'.repeat(3000),
];
const tids = [0, 1, 2, 3, 4, 5, 10, 100, 4294967295];

function integer(random: Random): number {
  return random.chance(60) ? random.pick(integers) : random.below(2 ** 31);
}

function socket(random: Random): Buffer {
  const value = Buffer.alloc(random.pick([0, 1, 2, 3, 7, 9, 13, 17, 18, 19, 37, 40, 128]));
  for (let i = 0; i < value.length; i++) value[i] = random.chance(50) ? 0 : random.below(256);
  if (value.length > 0) value[0] = random.pick([0, 1, 2, 10, 16, 17, 255]);
  return value;
}

/** Some value for a parameter, of its own kind mostly. */
function paramValue(random: Random, param: ParamInfo): ParamValue {
  const { type } = param;
  if (random.chance(10)) return null;
  if (random.chance(5)) return Buffer.alloc(random.below(20), random.below(256));
  if (/SOCK/.test(type)) return socket(random);
  if (/64|FD$|PID$|ERRNO|TIME|DOUBLE/.test(type)) {
    const value = Buffer.alloc(8);
    const small = BigInt(integer(random));
    value.writeBigInt64LE(random.chance(20) ? -small : random.chance(10) ? small << 31n : small);
    return value;
  }
  if (/32|UID|GID|MODE|BOOL|SIGSET/.test(type)) {
    const value = Buffer.alloc(4);
    value.writeUInt32LE(integer(random));
    return value;
  }
  if (/16|PORT|SYSCALLID/.test(type)) return Buffer.from([random.below(256), random.below(4)]);
  if (/8|SIGTYPE|L4PROTO|FAMILY/.test(type)) return Buffer.from([random.below(random.chance(70) ? 20 : 256)]);
  if (type === 'FDLIST') {
    return Buffer.concat([Buffer.from([random.below(4), 0]), Buffer.alloc(random.below(40), random.below(9))]);
  }
  const text = random.pick(texts);
  return Buffer.from(random.chance(80) ? `${text}\0` : text, 'latin1');
}

/** Any event of the table, current or given up long ago, with values of its parameters' kinds. */
export function randomEvent(random: Random): Buffer {
  const info = random.pick(events);
  const count = random.chance(85) ? info.params.length : random.below(info.params.length + 1);
  const values = Object.fromEntries(
    info.params.slice(0, count).map((param) => [param.name, paramValue(random, param)]),
  );
  return encodeEvent(info, {
    tid: random.pick(tids),
    time: 1_700_000_000_000_000_000n + BigInt(random.below(1_000_000)) * 1000n,
    values,
    count,
    ...(random.chance(10) ? { flags: integer(random) } : {}),
  });
}

/** The same event as version 1 wrote it: no parameter count. */
function asVersion1(block: Buffer): Buffer {
  const at = headerAt(block);
  const made = Buffer.concat([block.subarray(0, at + 22), block.subarray(at + 26, -4), Buffer.alloc(4)]);
  made.writeUInt32LE(at === 14 ? 0x208 : 0x204, 0);
  made.writeUInt32LE(made.length, 4);
  made.writeUInt32LE(Math.max(made.readUInt32LE(at + 16) - 4, 0), at + 16);
  return made;
}

/** Changes one field of an event block's header, of the lengths of its parameters, or bytes of a value. */
function changeEvent(random: Random, block: Buffer): Buffer {
  const at = headerAt(block);
  const made = Buffer.from(block);
  switch (random.below(7)) {
    case 0:
      made.writeUInt32LE(integer(random), at + 16);
      break;
    case 1:
      made.writeUInt16LE(random.below(events.length + 4), at + 20);
      break;
    case 2:
      made.writeUInt32LE(integer(random), Math.min(at + 22, made.length - 4));
      break;
    case 3:
      made.writeUInt32LE(random.chance(70) ? random.pick(tids) : integer(random), at + 8);
      break;
    case 4:
      made.writeUInt32LE(integer(random), at + random.pick([0, 4, 12]));
      break;
    case 5: {
      const lengths = Math.min(at + 26 + 2 * random.below(30), made.length - 2);
      made.writeUInt16LE(random.pick([0, 1, 2, 4, 8, 9, 255, 65535]), lengths);
      break;
    }
    default: {
      const from = at + 26 + random.below(Math.max(made.length - at - 26, 1));
      for (let i = from; i < Math.min(from + 1 + random.below(8), made.length); i++) made[i] = random.below(256);
    }
  }
  return random.chance(15) ? asVersion1(made) : made;
}

/** Changes bytes, a length or the kind of any block. */
function changeBlock(random: Random, block: Buffer): Buffer {
  if (isEvent(block) && random.chance(80)) return changeEvent(random, block);
  const made = Buffer.from(block);
  if (made.length < 12) return made;
  switch (random.below(5)) {
    case 0:
      made.writeUInt32LE(random.pick(kinds) >>> 0, 0);
      break;
    case 1:
      made.writeUInt32LE(integer(random), random.chance(50) ? 4 : made.length - 4);
      break;
    case 2: {
      const at = 8 + random.below(made.length - 11);
      made.writeUInt32LE(integer(random), Math.min(at, made.length - 4));
      break;
    }
    case 3: {
      const at = 8 + random.below(made.length - 9);
      made.writeUInt16LE(random.pick([0, 1, 255, 1024, 4096, 65535]), Math.min(at, made.length - 2));
      break;
    }
    default:
      for (let n = 1 + random.below(6); n > 0; n--) made[8 + random.below(made.length - 8)] = random.below(256);
  }
  return made;
}

function changeList(random: Random, blocks: Buffer[], others: readonly Buffer[]): void {
  // Most blocks at the beginning are the state; the events behind it are to be changed as often.
  const at = random.below(blocks.length + 1);
  const count = 1 + random.below(4);
  const from = random.below(Math.max(others.length, 1));
  switch (random.below(9)) {
    case 0:
      blocks.splice(at, count);
      break;
    case 1:
      blocks.splice(at, 0, ...blocks.slice(at, at + count));
      break;
    case 2:
      blocks.splice(at, 0, ...others.slice(from, from + 1 + random.below(30)));
      break;
    case 3:
      blocks.splice(random.below(blocks.length + 1), 0, ...blocks.splice(at, count));
      break;
    case 4:
    case 5:
      blocks.splice(at, 0, ...Array.from({ length: 1 + random.below(12) }, () => randomEvent(random)));
      break;
    default:
      if (at < blocks.length) blocks[at] = changeBlock(random, blocks[at]!);
  }
}

/** Compresses, and damages what is compressed at times. */
function packed(random: Random, capture: Buffer): Buffer {
  const half = random.below(capture.length + 1);
  const members = random.chance(30) ? [capture.subarray(0, half), capture.subarray(half)] : [capture];
  const made = Buffer.concat(members.map((member) => gzipSync(member, { level: random.pick([0, 1, 6]) })));
  switch (random.below(5)) {
    case 0:
      return made.subarray(0, random.below(made.length + 1));
    case 1:
      for (let n = 1 + random.below(3); n > 0; n--) made[random.below(made.length)] = random.below(256);
      return made;
    case 2:
      return Buffer.concat([made, Buffer.alloc(random.below(64), random.below(256))]);
    default:
      return made;
  }
}

/** A capture made from others by changes of its blocks, events, values or compression. */
export function mutateCapture(random: Random, captures: readonly Buffer[]): Buffer {
  const blocks = splitBlocks(unpacked(random.pick(captures)));
  const others = splitBlocks(unpacked(random.pick(captures)));
  for (let n = random.below(8); n >= 0; n--) changeList(random, blocks, others);
  let made: Buffer = Buffer.concat(blocks).subarray(0, maxLength);
  if (random.chance(8)) made = made.subarray(0, random.below(made.length + 1));
  if (random.chance(5)) made = Buffer.concat([made, made]).subarray(0, maxLength);
  return random.chance(4) ? packed(random, made) : made;
}
