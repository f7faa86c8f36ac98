import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { exitCodeOf } from './run.ts';
import {
  endFrame,
  failedSteps,
  FrameReader,
  goFrame,
  interestFrame,
  settingsFrame,
  signalFrame,
  type TracerMessages,
} from './protocol.ts';

function frame(type: number, ...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(8 + 4 * numbers.length);
  [type, bytes.length, ...numbers].forEach((number, index) => bytes.writeUInt32LE(number, 4 * index));
  return bytes;
}

/** An event block with a cpu, a time, and nothing else that matters here. */
function event(cpu: number, size: number): Buffer {
  const bytes = Buffer.alloc(size, 0xee);
  bytes.writeUInt32LE(0x216, 0);
  bytes.writeUInt32LE(size, 4);
  bytes.writeUInt16LE(cpu, 8);
  return bytes;
}

function reader(): { reader: FrameReader; said: unknown[] } {
  const said: unknown[] = [];
  const messages: TracerMessages = {
    event: (bytes, view, header, cpu) =>
      said.push(['event', cpu, bytes.readUInt32LE(header - 6), view.byteLength === bytes.length]),
    ready: (pids) => said.push(['ready', ...pids]),
    ended: (status) => said.push(['ended', status]),
    failed: (step, errno) => said.push(['failed', step, errno]),
  };
  return { reader: new FrameReader(messages), said };
}

const all = Buffer.concat([frame(1, 10, 20), event(1, 40), event(2, 4000), frame(2, 0x300), frame(2), frame(3, 3, 1)]);
const wanted = [
  ['ready', 10, 20],
  ['event', 1, 40, true],
  ['event', 2, 4000, true],
  ['ended', 0x300],
  ['ended', undefined],
  ['failed', 'trace', 1],
];

describe('FrameReader', () => {
  it.each([1, 3, 7, 41, 1000, all.length])('takes what comes in pieces of %i bytes', (size) => {
    const { reader: frames, said } = reader();
    for (let at = 0; at < all.length; at += size) frames.take(all.subarray(at, at + size));
    expect(said).toEqual(wanted);
  });

  it.each([
    ['of no length', frame(1).fill(0, 4)],
    ['of nearly no length', Buffer.from([1, 0, 0, 0, 7, 0, 0, 0])],
    ['of endless length', Buffer.from([1, 0, 0, 0, 255, 255, 255, 255])],
    ['of no known type', frame(77, 1)],
  ])('refuses a message %s', (_, bytes) => {
    expect(() => reader().reader.take(bytes)).toThrow(RangeError);
  });
});

describe('what the tracer is told', () => {
  const interest = { bySyscall: new Uint8Array(512).fill(1, 59, 60), exits: true, tracepoints: 1 };

  it('begins with settings, in the layout of struct settings', () => {
    const genericCodes = new Uint16Array(512).fill(9, 3, 4);
    const options = { snapLength: 80, coalesceMs: 3, enterEvents: true, useFilter: false };
    const bytes = settingsFrame({ ...options, interest, genericCodes, fillers: [[59, 'f_execve']] });
    const head = [...new Uint32Array(bytes.buffer, bytes.byteOffset, 6)];
    expect(head).toEqual([1, bytes.length, 80, 3, 1, 0]);
    expect([bytes[24 + 58], bytes[24 + 59], bytes[24 + 512], bytes[24 + 513]]).toEqual([0, 1, 1, 1]);
    expect(bytes.readUInt16LE(24 + 516 + 6)).toBe(9);
    expect(bytes.subarray(24 + 516 + 1024).toString()).toBe('59 f_execve\n');
  });

  it.each([
    ['go', goFrame(), [2, 8]],
    ['a signal', signalFrame(15), [4, 12, 15]],
    ['end', endFrame(), [5, 8]],
    ['another interest', interestFrame(interest).subarray(0, 8), [3, 8 + 516]],
  ])('%s', (_, bytes, numbers) => {
    expect(Array.from({ length: bytes.length / 4 }, (__, index) => bytes.readUInt32LE(4 * index))).toEqual(numbers);
  });

  it('is numbered as native/tracer/protocol.h has it', () => {
    const header = readFileSync(new URL('../../../native/tracer/protocol.h', import.meta.url), 'utf8');
    const steps = /enum step \{(.*)\}/
      .exec(header)?.[1]
      ?.split(',')
      .map((name) => name.trim()); // prettier-ignore
    expect(steps).toEqual(failedSteps.map((step) => `STEP_${step.toUpperCase()}`));
    const numbers = [...header.matchAll(/\b(TRACER|SAKER)_([A-Z]+) = (\d+)/g)].map(
      ([, who, name, value]) => `${who} ${name} ${value}`,
    ); // prettier-ignore
    expect(numbers).toEqual([
      'TRACER READY 1',
      'TRACER ENDED 2',
      'TRACER FAILED 3',
      'SAKER SETTINGS 1',
      'SAKER GO 2',
      'SAKER INTEREST 3',
      'SAKER SIGNAL 4',
      'SAKER END 5',
    ]);
  });
});

it.each([
  [0, 0],
  [0x300, 3],
  [15, 143],
  [0x8b, 139],
])('status %i is exit code %i', (status, code) => {
  expect(exitCodeOf(status)).toBe(code);
});
