import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { missing } from '../kit/requirements.ts';

const program = path.resolve(import.meta.dirname, '../../bin/saker');

interface Frame {
  readonly events: number;
  readonly saker: { readonly cpu_percent: number; readonly memory_bytes: number };
  readonly processes: readonly { readonly pid: number; readonly command: string; readonly cpu?: number }[];
  readonly syscalls: readonly { readonly syscall: string; readonly events: number }[];
}

/** Runs in a terminal of its own; the keys are given one by one, each when what is awaited has been seen. */
async function inTerminal(command: string, steps: readonly (readonly [RegExp, string])[]): Promise<string> {
  const child = spawn('script', ['-qefc', command, '/dev/null'], { env: { ...process.env, TERM: 'xterm' } });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let from = 0;
  for (const [wanted, key] of steps) {
    for (let i = 0; i < 400 && !wanted.test(screen.slice(from)); i++)
      await new Promise((resolve) => setTimeout(resolve, 25));
    if (!wanted.test(screen.slice(from))) throw new Error(`no ${wanted} in ${JSON.stringify(screen.slice(-3000))}`);
    from = screen.length;
    child.stdin.write(key);
  }
  await ended;
  return screen;
}

const folder = mkdtempSync(path.join(tmpdir(), 'saker-top-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(missing('kernel'))('saker top, live', () => {
  it('counts what a program does', async () => {
    const top = spawn(program, ['top', '--once', '--json', '--interval', '2s', '--filter', 'proc.name = saker-busy']);
    let out = '';
    top.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    let isOver = false;
    const ended = new Promise((resolve) => top.once('close', resolve)).then((code) => {
      isOver = true;
      return code;
    });
    const busy = path.join(folder, 'saker-busy');
    copyFileSync('/bin/bash', busy);
    while (!isOver) {
      spawnSync(busy, ['-c', 'for i in {1..2000}; do cd /; done']);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await ended).toBe(0);
    const frame = JSON.parse(out) as Frame;
    expect(frame.syscalls[0]).toMatchObject({ syscall: 'chdir' });
    expect(frame.syscalls[0]!.events).toBeGreaterThan(100);
    expect(frame.processes[0]!.command).toMatch(/saker-busy -c/);
    expect(frame.saker.cpu_percent).toBeGreaterThan(0);
    expect(frame.saker.memory_bytes).toBeGreaterThan(20 << 20);
  });

  it('has a screen of its own in a terminal, follows keys and gives the terminal back', async () => {
    const screen = await inTerminal(`${program} top --interval 0.3s`, [
      [/COMMAND/, '3'],
      [/saker top: syscalls[\s\S]*SYSCALL/, 's'],
      [/\*FAILED\/s/, '\t'],
      [/saker top: containers[\s\S]*NAME/, 'p'],
      [/PAUSED/, 'q'],
    ]);
    expect(screen.startsWith('\x1b[?1049h')).toBe(true);
    expect(screen.trimEnd().endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
  });
});
