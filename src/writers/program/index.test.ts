import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { missing } from '../../../test/kit/requirements.ts';
import type { LogFields } from '../../base/log.ts';
import type { Alert } from '../../model/alert.ts';
import type { OpenWriter } from '../../model/writer.ts';
import { parse } from '../../model/schema.ts';
import program from './index.ts';

const lacksAddon = missing('descriptors');

function alert(line: string): Alert {
  const rest = { hostname: 'h', rule: 'r', priority: 'Notice', source: 'syscall', tags: [], message: line } as const;
  return { time: 0n, fields: new Map(), line, ...rest };
}

let folder = '';
let got = '';
let logged: [string, LogFields | undefined][] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-program-'));
  got = path.join(folder, 'got');
  logged = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  expect(children()).toEqual([]);
});

interface Settings {
  keepAlive?: boolean;
  timeoutMs?: number;
  closeMs?: number;
}

async function open(command: string, settings: Settings = {}): Promise<OpenWriter> {
  const config = { program: command, keepAlive: true, timeoutMs: 60_000, closeMs: 10_000, ...settings };
  const logger = { log: (_: string, message: string, fields?: LogFields) => void logged.push([message, fields]) };
  return program.open(config, { logger });
}

/** Living children of this process, and zombies: `pid state name`. */
function children(): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
    try {
      const [, name, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))!;
      if (Number(parent) === process.pid && !/^(esbuild|node)/.test(name!)) found.push(`${pid} ${state} ${name}`);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

function lines(): string[] {
  return existsSync(got) ? readFileSync(got, 'utf8').split('\n').slice(0, -1) : [];
}

test.each(program.examples)('example: $title', ({ config }) => {
  expect(parse(program.config, config).success).toBe(true);
});

describe.skipIf(lacksAddon).each([true, false])('keepAlive %s', (keepAlive) => {
  test('the program gets each alert as a line, in order', async () => {
    const output = await open(`cat >> ${got}`, { keepAlive });
    const texts = ['one', 'zwei ü', 'it\'s $HOME `date` "%s"', 'x'.repeat(200_000)];
    for (const text of texts) await output.write(alert(text));
    await output.close();
    expect(lines()).toEqual(texts);
    expect(logged).toEqual([]);
  });

  test('its input is a pipe, which it can open by name', async () => {
    const output = await open(`cat /dev/stdin > ${got}`, { keepAlive });
    await output.write(alert('x'));
    await output.close();
    expect(lines()).toEqual(['x']);
  });

  test('a command that is not there is reported', async () => {
    const output = await open('/no/such/program', { keepAlive });
    const failed = (async () => {
      for (;;) await output.write(alert('x'));
    })();
    await expect(failed).rejects.toThrow(
      /can't write to the program: it ended with status 127 \(the shell did not find/,
    );
    await Promise.resolve(output.close()).catch(() => undefined);
  });

  test('one that hangs is killed after the time limit, with what it has started', async () => {
    const output = await open(`sleep 1000 & echo $! > ${got}; sleep 1000`, { keepAlive, timeoutMs: 100, closeMs: 100 });
    // More than the pipe holds: a program that is kept need not read at once.
    await expect(output.write(alert('x'.repeat(100_000)))).rejects.toThrow(/it (took longer than 100 ms|did not read)/);
    await output.close();
    await vi.waitFor(() => expect(existsSync(`/proc/${lines()[0]}/fd/0`)).toBe(false), 10_000);
  });

  test('what it prints comes out', async () => {
    const script = path.join(folder, 'script.mjs');
    const config = { program: 'read a; echo "out $a"; echo "err $a" >&2', keepAlive, timeoutMs: 0, closeMs: 10_000 };
    const module = pathToFileURL(path.join(import.meta.dirname, 'index.ts')).href;
    writeFileSync(
      script,
      `const { default: program } = await import(${JSON.stringify(module)});
       const output = await program.open(${JSON.stringify(config)}, { logger: { log() {} } });
       await output.write({ line: 'hello' });
       await output.close();`,
    );
    const result = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    expect(result).toMatchObject({ status: 0, stdout: 'out hello\n', stderr: 'err hello\n' });
  });
});

describe.skipIf(lacksAddon)('a program per alert', () => {
  test.each([
    ['false', 'it ended with status 1'],
    ['cat > /dev/null; exit 3', 'it ended with status 3'],
    ['kill -KILL $$', 'it was killed by SIGKILL'],
    ['kill -SEGV $$', 'it was killed by SIGSEGV'],
    ['/dev/null', 'status 126 (the shell could not run the command)'],
  ])('that fails is reported: %s', async (command, message) => {
    const output = await open(command, { keepAlive: false });
    await expect(output.write(alert('x'))).rejects.toThrow(message);
    await output.close();
  });

  test.each(['true', 'exec < /dev/null', 'read -r line'])('need not read: %s', async (command) => {
    const output = await open(command, { keepAlive: false });
    await output.write(alert('x'.repeat(300_000)));
    await output.close();
  });

  test('the next one waits for it', async () => {
    const output = await open(`cat > /dev/null; echo begin >> ${got}; sleep 0.05; echo end >> ${got}`, {
      keepAlive: false,
    });
    for (let i = 0; i < 3; i++) await output.write(alert('x'));
    expect(lines()).toEqual(['begin', 'end', 'begin', 'end', 'begin', 'end']);
    await output.close();
  });
});

describe.skipIf(lacksAddon)('a program that is kept', () => {
  test('is one for all alerts', async () => {
    const output = await open(`echo $$ >> ${got}; cat > /dev/null`);
    for (let i = 0; i < 50; i++) await output.write(alert('x'));
    await output.close();
    expect(lines()).toHaveLength(1);
  });

  test('that ends after one line loses none', async () => {
    const output = await open(`IFS= read -r line; printf '%s\\n' "$line" >> ${got}`);
    const texts = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    for (const text of texts) await output.write(alert(text));
    await vi.waitFor(() => expect(logged.length).toBeGreaterThan(0), 10_000);
    await output.close();
    expect(lines()).toEqual(texts);
    expect(logged[0]).toEqual([
      'the program that gets the alerts has ended',
      { how: 'ended with status 0', unread: expect.any(Number) as number, times: 1 },
    ]);
  });

  test('is started again when it was killed', async () => {
    const output = await open(`echo $$ >> ${got}.pids; cat >> ${got}`);
    await output.write(alert('one'));
    await vi.waitFor(() => expect(lines()).toEqual(['one']), 10_000);
    process.kill(-Number(readFileSync(`${got}.pids`, 'utf8')), 'SIGKILL');
    await vi.waitFor(() => expect(logged).toHaveLength(1), 10_000);
    expect(logged[0]![1]).toEqual({ how: 'was killed by SIGKILL', unread: 0, times: 1 });
    await output.write(alert('two'));
    await output.close();
    expect(lines()).toEqual(['one', 'two']);
  });

  test('is started again on request', async () => {
    const output = await open(`echo $$ >> ${got}.pids; cat >> ${got}`);
    await output.write(alert('one'));
    await output.reopen?.();
    await output.write(alert('two'));
    await output.close();
    expect(lines()).toEqual(['one', 'two']);
    expect(readFileSync(`${got}.pids`, 'utf8').split('\n')).toHaveLength(3);
    expect(logged).toEqual([]);
  });

  test('that reads nothing loses alerts, and that is counted', async () => {
    const output = await open('false');
    let lost = 0;
    function note(error: Error): void {
      expect(error.message).toMatch(
        /can't write to the program: it ended with status 1 without reading; alerts lost: /,
      );
      lost += Number(/\d+$/.exec(error.message)![0]);
    }
    for (let i = 0; i < 10; i++) await Promise.resolve(output.write(alert('x'))).catch(note);
    await Promise.resolve(output.close()).catch(note);
    expect(lost).toBe(10);
    expect(logged[0]![1]).toMatchObject({ how: 'ended with status 1', times: 1 });
  });

  test('that closes its input is replaced', async () => {
    const output = await open(`if [ -e ${got} ]; then cat >> ${got}; else exec 0<&-; : > ${got}; sleep 1000; fi`, {
      closeMs: 1000,
    });
    await vi.waitFor(() => expect(existsSync(got)).toBe(true), 10_000);
    for (let i = 0; i < 100; i++) await output.write(alert(`${i}`));
    await output.close();
    expect(lines()).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
  });

  test('that does not read holds up the writer', async () => {
    const output = await open(`while ! [ -e ${got}.go ]; do sleep 0.01; done; cat > ${got}`);
    let written = 0;
    const all = (async () => {
      for (; written < 100; written++) await output.write(alert('x'.repeat(1000)));
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(written).toBeLessThan(70);
    writeFileSync(`${got}.go`, '');
    await all;
    await output.close();
    expect(lines()).toHaveLength(100);
  });

  test('that does not end is killed at the end, and what it has not read is lost and counted', async () => {
    const output = await open('sleep 1000', { closeMs: 100 });
    for (let i = 0; i < 3; i++) await output.write(alert('x'));
    await expect(output.close()).rejects.toThrow(/was killed by SIGTERM.*; alerts lost: 3/);
  });

  test('that ignores SIGTERM is killed all the same', async () => {
    const output = await open(`trap '' TERM; touch ${got}; while :; do sleep 1; done`, { closeMs: 100 });
    await vi.waitFor(() => expect(existsSync(got)).toBe(true), 10_000);
    await expect(output.close()).rejects.toThrow(/was killed by SIGKILL/);
  });

  test('that fails at the end is reported', async () => {
    const output = await open('cat > /dev/null; exit 5');
    await output.write(alert('x'));
    await expect(output.close()).rejects.toThrow("can't write to the program: it ended with status 5");
  });
});
