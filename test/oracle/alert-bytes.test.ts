import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/dispatch.ts';
import { missing, sharedFolder } from '../kit/requirements.ts';
import { captures, modes } from './alerts-replay.ts';

const shared = sharedFolder ?? '';
const ruleFiles = ['falco_rules.yaml', 'falco-incubating_rules.yaml', 'falco-sandbox_rules.yaml'];
const modeOptions = {
  first: [],
  all: ['rule_matching=all'],
  enabled: ['rule_matching=all', 'rules[].enable.rule=*'],
} as const;

let folder = '';
let zone: string | undefined;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-alerts-'));
  zone = process.env['TZ'];
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** The lines that `saker falco` writes for a capture, and the statistics it prints. */
async function falcoLines(capture: string, mode: (typeof modes)[number]): Promise<{ lines: string[]; stats: string }> {
  const filename = path.join(folder, `${capture}.${mode}`);
  const settings = [
    'engine.kind=replay',
    `engine.replay.capture_file=${path.join(shared, 'oracle', 'captures', `${capture}.scap`)}`,
    'json_output=true',
    'log_stderr=false',
    'stdout_output.enabled=false',
    'syslog_output.enabled=false',
    'file_output.enabled=true',
    'file_output.keep_alive=true',
    `file_output.filename=${filename}`,
    ...modeOptions[mode],
  ];
  const rules = ruleFiles.flatMap((name) => ['-r', path.join(shared, 'rules', name)]);
  let stats = '';
  const code = await main(['falco', ...rules, ...settings.flatMap((setting) => ['-o', setting])], {
    out: (text) => void (stats += text),
    err: () => undefined,
    environment: { FALCO_HOSTNAME: 'oracle' },
  });
  expect(code).toBe(0);
  const text = existsSync(filename) ? readFileSync(filename, 'utf8') : '';
  return { lines: linesOf(text), stats };
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

describe.skipIf(missing('shared'))('alerts are those of Falco, byte for byte', () => {
  for (const capture of captures()) {
    test.each(modes)(`${capture} %s`, async (mode) => {
      const expected = linesOf(
        readFileSync(path.join(shared, 'oracle', 'expected', `${capture}.alerts.${mode}.jsonl`), 'utf8'),
      );
      const { lines, stats } = await falcoLines(capture, mode);
      // The order of several alerts for one event is Falco's memory's where many rules were enabled at once.
      if (mode === 'first') expect(lines).toEqual(expected);
      else expect(lines.toSorted()).toEqual(expected.toSorted());
      expect(stats.split('\n')[0]).toBe(`Events detected: ${expected.length}`);
    });
  }
});
