import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage, type MessageShape } from './protobuf.ts';

const inner: MessageShape = { 1: ['id', 'text'], 3: ['state', 'integer'] };
const shape: MessageShape = { 1: ['items', [inner]], 2: ['one', inner], 4: ['labels', 'map'], 300: ['name', 'text'] };

function label(key: string, value: string): Buffer {
  return encodeMessage({ 1: key, 2: value });
}

describe('protobuf', () => {
  it('reads back what it writes', () => {
    const item = encodeMessage({ 1: 'ä', 3: 2 ** 40 });
    const bytes = Buffer.concat([
      encodeMessage({ 1: item }),
      encodeMessage({ 1: encodeMessage({}) }),
      encodeMessage({ 2: item, 300: 'name', 7: 'unknown', 8: 9 }),
      encodeMessage({ 4: label('a', 'b') }),
      encodeMessage({ 4: label('c', '') }),
    ]);
    expect(decodeMessage(bytes, shape)).toEqual({
      items: [{ id: 'ä', state: 2 ** 40 }, {}],
      one: { id: 'ä', state: 2 ** 40 },
      labels: new Map([
        ['a', 'b'],
        ['c', ''],
      ]),
      name: 'name',
    });
  });

  it('leaves out what is zero or empty, but not a message', () => {
    expect(encodeMessage({ 1: '', 2: 0, 3: Buffer.alloc(0) })).toEqual(Buffer.from([0x1a, 0]));
  });

  it('passes over fields of other wire types', () => {
    // Field 1 as an integer, as 8 and as 4 bytes; field 3 of an item as text.
    expect(decodeMessage(Buffer.from('0805' + '09' + '00'.repeat(8) + '0d00000000', 'hex'), shape)).toEqual({});
    expect(decodeMessage(Buffer.from('1a0161', 'hex'), inner)).toEqual({});
  });

  it.each([
    ['an endless number', 'ff'.repeat(11)],
    ['a number that breaks off', '0a80'],
    ['a text that breaks off', '0a0561'],
    ['a length beyond all', '0affffffffffffffff7f'],
    ['a group', '0b'],
    ['an item that breaks off', '0a020a05'],
  ])('refuses %s', (_, hex) => {
    expect(() => decodeMessage(Buffer.from(hex, 'hex'), shape)).toThrow(/a message ends|a number is|wire type/);
  });

  it('survives any bytes', () => {
    let seed = 1;
    for (let run = 0; run < 2000; run++) {
      const bytes = Buffer.alloc(run % 40);
      for (let i = 0; i < bytes.length; i++) {
        seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
        bytes[i] = seed >> 8;
      }
      try {
        decodeMessage(bytes, shape);
      } catch (error) {
        expect(String(error)).toMatch(/a message ends|a number is|wire type/);
      }
    }
  });
});
