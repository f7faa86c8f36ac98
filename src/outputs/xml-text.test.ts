import { expect, test } from 'vitest';
import { jsonForXml, textForXml } from './xml-text.ts';

test('what XML can not have is not sent as it is, and JSON keeps its meaning', () => {
  const text = 'a\ufffeb\uffffc\ud83e\udd85\ufffd\t';
  expect(textForXml(text)).toBe('a\ufffdb\ufffdc\ud83e\udd85\ufffd\t');
  const json = jsonForXml(JSON.stringify({ text }));
  expect(json).toContain('a\\ufffeb\\uffffc');
  expect(JSON.parse(json)).toEqual({ text });
});
