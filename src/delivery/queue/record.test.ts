import { expect, test } from 'vitest';
import { fileHeader, readRecord, recordBound, scanFile, writeRecord } from './record.ts';

const texts = ['{"a":1}', '{"b":"\u00d3SKR\u00ff grüße 🙂"}', `{"c":"${'x'.repeat(300)}"}`, '{}'];

/** A file, and where each record ends. */
function makeFile(): { bytes: Buffer; ends: number[] } {
  const buffer = Buffer.alloc(texts.reduce((sum, text) => sum + recordBound(text, 'slack'), 100));
  let at = fileHeader.copy(buffer);
  const ends: number[] = [];
  for (const [i, text] of texts.entries()) {
    const target = i === 2 ? 'slack' : undefined;
    at = writeRecord(buffer, at, { sequence: 2 ** 40 + i, time: 1_795_238_965_123 + i, priority: i, target }, text);
    ends.push(at);
  }
  return { bytes: buffer.subarray(0, at), ends };
}

const { bytes, ends } = makeFile();

test('what was written is read', () => {
  let at = fileHeader.length;
  for (const [i, text] of texts.entries()) {
    const scanned = readRecord(bytes, at);
    if (scanned.kind !== 'record') throw new Error(scanned.kind);
    const { json, ...record } = scanned.record;
    expect(json.toString()).toBe(text);
    expect(record).toEqual({
      sequence: 2 ** 40 + i,
      time: 1_795_238_965_123 + i,
      priority: i,
      target: i === 2 ? 'slack' : undefined,
    });
    at = scanned.end;
  }
  expect(at).toBe(bytes.length);
});

test('cut at any byte: everything before is found, and the torn rest is told', () => {
  for (let size = 0; size <= bytes.length; size++) {
    const scan = scanFile(bytes.subarray(0, size));
    const whole = ends.filter((end) => end <= size);
    expect(scan.records).toHaveLength(whole.length);
    const rest = size < fileHeader.length ? size : size - (whole.at(-1) ?? fileHeader.length);
    expect(scan).toMatchObject({ damaged: rest === 0 ? 0 : 1, damagedBytes: rest });
  }
});

test('zeros that were to be written over are no damage; behind a torn record they are none either', () => {
  const room = Buffer.alloc(100_000);
  expect(scanFile(Buffer.concat([bytes, room]))).toMatchObject({ size: bytes.length, damaged: 0, damagedBytes: 0 });
  const torn = scanFile(Buffer.concat([bytes.subarray(0, -1), room]));
  expect(torn.records).toHaveLength(texts.length - 1);
  expect(torn.damaged).toBe(1);
});

test('any flipped bit costs the record it is in, and no other', () => {
  for (let bit = fileHeader.length * 8; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const lost = ends.findIndex((end) => bit >> 3 < end);
    const found = scanFile(flipped).records.map(({ sequence }) => sequence - 2 ** 40);
    expect(found).toEqual([0, 1, 2, 3].filter((i) => i !== lost));
  }
});

test('bytes of chance are no records and end', () => {
  let seed = 7;
  for (let round = 0; round < 200; round++) {
    const noise = Buffer.from(
      Array.from({ length: 600 }, () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) >>> 24),
    );
    for (let i = 0; i < 5; i++) noise.write('\xffSKR', (seed + i * 97) % 590, 'latin1');
    expect(scanFile(noise).records).toEqual([]);
  }
});
