import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, read, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FdWriter } from './fd-writer.ts';

const readAsync = promisify(read) as unknown as (
  fd: number,
  bytes: Buffer,
  offset: number,
  length: number,
  position: null,
) => Promise<number | { bytesRead: number }>;

let folder = '';
let fifo = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-fd-'));
  fifo = path.join(folder, 'pipe');
  spawnSync('mkfifo', [fifo]);
});
afterEach(() => rmSync(folder, { recursive: true }));

test('files are written at once', () => {
  const file = path.join(folder, 'file');
  const fd = openSync(file, 'w');
  const writer = new FdWriter(fd, file);
  expect(writer.line('größe')).toBeUndefined();
  expect(readFileSync(file, 'utf8')).toBe('größe\n');
  closeSync(fd);
});

test('a line longer than the pipe waits for the reader, and nothing of it is lost', async () => {
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  const line = 'x'.repeat(300_000);
  let done = false;
  const writing = Promise.resolve(new FdWriter(fd, fifo).line(line)).then(() => {
    done = true;
  });
  let got = '';
  const bytes = Buffer.alloc(10_000);
  while (got.length < line.length + 1) {
    // A reader that is slower than the writer: the pipe is full most of the time.
    const count = await readAsync(reader, bytes, 0, bytes.length, null).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EAGAIN') throw error;
      return 0;
    });
    got += bytes.latin1Slice(0, typeof count === 'number' ? count : count.bytesRead);
    if (got.length < line.length - 70_000) expect(done).toBe(false);
  }
  await writing;
  expect(got === `${line}\n`).toBe(true);
  closeSync(fd);
  closeSync(reader);
});

test('a reader that has gone is an error with its code', async () => {
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const fd = openSync(fifo, constants.O_WRONLY);
  closeSync(reader);
  await expect(Promise.resolve().then(() => new FdWriter(fd, 'the pipe').line('x'))).rejects.toMatchObject({
    code: 'EPIPE',
    message: expect.stringContaining("can't write to the pipe: EPIPE"),
  });
  closeSync(fd);
});
