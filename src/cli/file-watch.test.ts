import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchFiles } from './file-watch.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-watch-'));
  writeFileSync(path.join(folder, 'a.yaml'), 'one');
});
afterEach(() => rmSync(folder, { recursive: true }));

function yamlFiles(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => path.join(folder, name));
}

/** Resolves with the next change after `act`. */
async function changeAfter(act: () => void): Promise<void> {
  const changed = Promise.withResolvers<void>();
  const end = watchFiles(yamlFiles, [folder], changed.resolve, changed.reject);
  act();
  await changed.promise;
  end();
}

test.each([
  ['written', () => writeFileSync(path.join(folder, 'a.yaml'), 'two')],
  [
    'replaced',
    () => {
      writeFileSync(path.join(folder, 'new'), 'two');
      renameSync(path.join(folder, 'new'), path.join(folder, 'a.yaml'));
    },
  ],
  ['removed', () => rmSync(path.join(folder, 'a.yaml'))],
  ['added', () => writeFileSync(path.join(folder, 'b.yaml'), 'x')],
])('a file that is %s', async (_, act) => {
  await changeAfter(act);
});

test('a link that leads elsewhere, as in mounted configuration', async () => {
  for (const name of ['1', '2']) {
    mkdirSync(path.join(folder, name));
    writeFileSync(path.join(folder, name, 'c.yaml'), name);
  }
  symlinkSync('1', path.join(folder, 'data'));
  symlinkSync('data/c.yaml', path.join(folder, 'c.yaml'));
  await changeAfter(() => {
    symlinkSync('2', path.join(folder, 'data.new'));
    renameSync(path.join(folder, 'data.new'), path.join(folder, 'data'));
  });
});

test('the same content again is no change', async () => {
  let changes = 0;
  const end = watchFiles(
    yamlFiles,
    [folder],
    () => changes++,
    () => undefined,
  );
  writeFileSync(path.join(folder, 'a.yaml'), 'one');
  writeFileSync(path.join(folder, 'other.txt'), 'x');
  await changeAfter(() => writeFileSync(path.join(folder, 'a.yaml'), 'two'));
  end();
  expect(changes).toBeLessThanOrEqual(1);
});

test('a change is seen though others never cease', async () => {
  const noise = setInterval(() => writeFileSync(path.join(folder, 'other.txt'), String(performance.now())), 20);
  await changeAfter(() => writeFileSync(path.join(folder, 'a.yaml'), 'two'));
  clearInterval(noise);
});

test('files that the kernel does not tell of are looked at now and then', () => {
  vi.useFakeTimers();
  try {
    const file = path.join(folder, 'later', 'a.yaml');
    const problems: string[] = [];
    let changes = 0;
    const end = watchFiles(
      () => [file, path.join(folder, 'never', 'b.yaml')],
      [],
      () => changes++,
      (reason) => problems.push(reason),
    );
    expect(problems).toEqual([expect.stringContaining('later')]);
    vi.advanceTimersByTime(60_000);
    expect(changes).toBe(0);
    mkdirSync(path.dirname(file));
    writeFileSync(file, 'one');
    vi.advanceTimersByTime(60_000);
    expect(changes).toBe(1);
    end();
    writeFileSync(file, 'two');
    vi.advanceTimersByTime(60_000);
    expect(changes).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});
