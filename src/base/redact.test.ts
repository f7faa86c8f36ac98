import { expect, test } from 'vitest';
import { redact, secretsOfTexts, secretsOfUrl } from './redact.ts';

test.each([
  ['https://hooks.example.com/services/T0/abcdefgh', 'no abcdefgh at /services/T0/abcdefgh', 'no ... at ...'],
  ['https://u:pw@example.com/', 'u:pw', 'u:...'],
  ['https://example.com/?key=sesame%2Dopen', 'sesame-open sesame%2Dopen', '... ...'],
  ['https://example.com/', 'https://example.com/', 'https://example.com/'],
])('of the URL %s', (url, text, expected) => {
  expect(redact(text, secretsOfUrl(new URL(url)))).toBe(expected);
});

test.each([
  [['12345678', '1234567890'], 'a 1234567890 b 12345678', 'a ... b ...'],
  [['pass"word'], 'pass"word pass\\"word pass%22word', '... ... ...'],
  [['http://host:9200/'], 'http://host:9200/', 'http://host:9200/'],
  [['short'], 'in short', 'in short'],
  [['https://example.com/hook/abcdefgh'], 'abcdefgh', '...'],
  [['\ud800 a lone half'], 'x', 'x'],
])('of the texts %j', (texts, text, expected) => {
  expect(redact(text, secretsOfTexts(texts))).toBe(expected);
});
