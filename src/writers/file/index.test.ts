import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Alert } from '../../model/alert.ts';
import type { WriterContext } from '../../model/writer.ts';
import file from './index.ts';

function alert(line: string): Alert {
  const rest = { hostname: 'h', rule: 'r', priority: 'Notice', source: 'syscall', tags: [], message: line } as const;
  return { time: 0n, fields: new Map(), line, ...rest };
}

const context: WriterContext = { logger: { log: () => undefined } };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.each([true, false])('file output, keepAlive %s', (keepAlive) => {
  test('adds lines, also after the file was moved away', async () => {
    const filename = path.join(folder, 'alerts.txt');
    const output = await file.open({ filename, keepAlive }, context);
    await output.write(alert('one'));
    await output.write(alert('zwei ü'));
    renameSync(filename, `${filename}.1`);
    await output.reopen?.();
    await output.write(alert('three'));
    await output.close();
    expect(readFileSync(`${filename}.1`, 'utf8')).toBe('one\nzwei ü\n');
    expect(readFileSync(filename, 'utf8')).toBe('three\n');
  });

  test('keeps what was there', async () => {
    const filename = path.join(folder, 'alerts.txt');
    for (const line of ['a', 'b']) {
      const output = await file.open({ filename, keepAlive }, context);
      await output.write(alert(line));
      await output.close();
    }
    expect(readFileSync(filename, 'utf8')).toBe('a\nb\n');
  });

  test('a full disk is an error that names the path, and the next alert is tried', async () => {
    const output = await file.open({ filename: '/dev/full', keepAlive }, context);
    for (let i = 0; i < 2; i++) {
      await expect(output.write(alert('x'))).rejects.toThrow(/can't write to \/dev\/full: ENOSPC/);
    }
    await output.close();
  });
});

test('a path that can not be opened fails at once', () => {
  const filename = path.join(folder, 'no', 'such', 'folder');
  expect(() => file.open({ filename, keepAlive: false }, context)).toThrow(filename);
});
