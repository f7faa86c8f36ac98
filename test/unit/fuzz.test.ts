import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Runner } from '../../fuzz/runner.ts';
import { Finding, type Target } from '../../fuzz/target.ts';
import { targets } from '../../fuzz/targets/index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'saker-fuzz-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The target that measures time is left out here. */
const runsOf: Readonly<Record<string, number>> = {
  capture: 120,
  rules: 250,
  condition: 500,
  output: 250,
  config: 500,
  event: 2000,
  pattern: 300,
  evaluator: 20,
  alert: 500,
  template: 500,
  queue: 300,
};

describe('hostile inputs', () => {
  test.each(Object.entries(runsOf))('%s', async (name, runs) => {
    const lines: string[] = [];
    const runner = new Runner(targets[name]!(), { seed: 1, folder, log: (line) => lines.push(line) });
    await runner.run({ runs });
    expect(lines).toEqual([]);
    expect(runner.behaviours).toBeGreaterThan(5);
  });

  test('every target is here or measures time', () => {
    expect(Object.keys(targets).filter((name) => runsOf[name] === undefined)).toEqual(['growth']);
  });
});

describe('Runner', () => {
  function counting(seen: string[]): Target {
    return {
      name: 'counting',
      summary: '',
      seeds: () => [Buffer.from('a')],
      make: (random, corpus) => Buffer.from(`${random.pick(corpus).toString()}${random.below(10)}`.slice(-3)),
      run(input) {
        seen.push(input.toString());
        if (/7/.test(seen.at(-1)!)) throw new Finding('a seven');
        return seen.at(-1)!;
      },
    };
  }

  async function inputs(seed: number): Promise<{ seen: string[]; lines: string[]; runner: Runner }> {
    const seen: string[] = [];
    const lines: string[] = [];
    const runner = new Runner(counting(seen), { seed, folder, log: (line) => lines.push(line) });
    await runner.run({ runs: 200 });
    return { seen, lines, runner };
  }

  test('the same seed gives the same inputs, another one others', async () => {
    const { seen } = await inputs(3);
    expect((await inputs(3)).seen).toEqual(seen);
    expect((await inputs(4)).seen).not.toEqual(seen);
  });

  test('a failure is told once, with its input in a file', async () => {
    const { lines, runner } = await inputs(3);
    expect(runner.failures).toBeGreaterThan(10);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('FAILED counting, run');
    const file = /--target counting --input (.*)$/.exec(lines[1]!)![1]!;
    expect(readFileSync(file, 'utf8')).toContain('7');
    expect(readdirSync(folder)).toContain(path.basename(file));
  });
});
