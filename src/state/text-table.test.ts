import { expect, test } from 'vitest';
import { scenario } from '../../test/kit/events.ts';
import { TextTable } from './text-table.ts';

test.each([
  { title: 'short', text: 'A=1' },
  { title: 'an environment', text: `A=1\0${'B=2\0'.repeat(100)}` },
  { title: 'another one at its end', text: `A=1\0${'B=2\0'.repeat(99)}B=3\0` },
  { title: 'another one at its beginning', text: `A=2\0${'B=2\0'.repeat(100)}` },
  { title: 'another one in between', text: `A=1\0${'B=2\0'.repeat(49)}C=2\0${'B=2\0'.repeat(50)}` },
  { title: 'all bytes', text: Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('') },
  { title: 'too long to be kept', text: 'x'.repeat(5000) },
])('gives the bytes as they are: $title', ({ text }) => {
  const table = new TextTable();
  const others = [`${text}x`, text.replace(/.$/s, 'y'), `z${text.slice(1)}`, text];
  const run = scenario();
  for (const data of [text, ...others, ...others]) run.event('ASYNCEVENT_E', { plugin_id: 0, name: 'x', data });
  const read: string[] = [];
  for (const event of run.events()) read.push(table.get(event, 2));
  expect(read).toEqual([text, ...others, ...others]);
});
