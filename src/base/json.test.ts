import { describe, expect, test } from 'vitest';
import { toJson, toPrettyJson } from './json.ts';
import { decodeBytes, encodeBytes } from './utf8.ts';

describe('JSON', () => {
  test.each([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [18446744073709551615n, '18446744073709551615'],
    [9007199254740993n, '9007199254740993'],
    ['a"b\\c\u0001\n\t\x7f€', '"a\\"b\\\\c\\u0001\\n\\t\x7f€"'],
    [{ a: undefined, b: {} }, '{"b":{}}'],
    [Number.NaN, 'null'],
  ] as const)('case %#', (value, text) => {
    expect(toJson(value)).toBe(text);
  });

  test('for people', () => {
    expect(toPrettyJson({ b: [1, []], a: {} })).toBe('{\n  "b": [\n    1,\n    []\n  ],\n  "a": {}\n}');
  });
});

describe('byte strings', () => {
  test.each([
    ['plain', 'plain'],
    ['\xc3\xbc', 'ü'],
    ['\xf0\x9f\x98\x80', '😀'],
    ['a\xffb', 'a\ufffdb'],
    ['\xe2\x82 ', '\ufffd '],
  ])('%j', (bytes, text) => {
    expect(decodeBytes(bytes)).toBe(text);
    if (!text.includes('\ufffd')) expect(encodeBytes(text)).toBe(bytes);
  });
});
