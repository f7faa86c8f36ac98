import { describe, expect, it } from 'vitest';
import { digestOf, splitImage } from './describe.ts';

describe('splitImage', () => {
  it.each([
    ['busybox', 'busybox', '', ''],
    ['busybox:1.35', 'busybox', '1.35', ''],
    ['localhost:5000/a/b', 'localhost:5000/a/b', '', ''],
    ['localhost:5000/a/b:x', 'localhost:5000/a/b', 'x', ''],
    ['a/b:x@sha256:00', 'a/b', 'x', 'sha256:00'],
    ['a/b@sha256:00', 'a/b', '', 'sha256:00'],
    ['', '', '', ''],
  ])('%s', (image, repository, tag, digest) => {
    expect(splitImage(image)).toEqual({ repository, tag, digest });
  });
});

describe('digestOf', () => {
  it.each([
    [['a@1', 'b@2'], 'b', '2'],
    [['a@1', 'b@2'], 'c', '1'],
    [['a', 5], 'a', ''],
    [[], 'a', ''],
  ])('%j of %s', (names, repository, digest) => {
    expect(digestOf(names, repository)).toBe(digest);
  });
});
