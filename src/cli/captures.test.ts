import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scenario } from '../../test/kit/events.ts';
import { main } from './dispatch.ts';

const rulesText = `
- rule: Secret read
  desc: A file was read that holds a secret.
  condition: evt.type = openat and fd.name = /etc/shadow and proc.pname = bash
  output: "%proc.cmdline of %proc.pname in %proc.cwd as %user.uid read %fd.name, last exec %proc.exepath, %fd.num"
  priority: WARNING
  capture: true
  capture_duration: 4
- rule: Other file
  desc: Another file.
  condition: evt.type = openat
  output: "%fd.name"
  priority: NOTICE
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-captures-'));
  writeFileSync(path.join(folder, 'rules.yaml'), rulesText);
  const run = scenario().clone({ child: 200 });
  run.as(200).execve('/usr/bin/cat', { args: ['/etc/shadow'] });
  for (let i = 0; i < 30; i++) run.openat(`/tmp/${i}`, { fd: 3 });
  run.openat('/etc/shadow', { fd: 4 });
  for (let i = 0; i < 30; i++) run.openat(`/tmp/${i}`, { fd: 3 });
  writeFileSync(path.join(folder, 'input.scap'), run.toCapture());
});
afterEach(() => rmSync(folder, { recursive: true }));

async function saker(...args: string[]): Promise<{ code: number; err: string; alerts: string[] }> {
  let err = '';
  const io = {
    out: () => undefined,
    err: (text: string) => void (err += text),
    environment: { FALCO_HOSTNAME: 'here' },
  };
  const alerts = path.join(folder, 'alerts');
  rmSync(alerts, { force: true });
  const code = await main([...args], io);
  return { code, err, alerts: readFileSync(alerts, 'utf8').split('\n').slice(0, -1) };
}

const replay = (...args: string[]) =>
  saker('replay', '-r', path.join(folder, 'rules.yaml'), '--json', '-o', path.join(folder, 'alerts'), ...args);

function captures(): string[] {
  return readdirSync(folder)
    .filter((name) => /^alert_[0-9]{20}_[0-9]{20}\.scap$/.test(name))
    .map((name) => path.join(folder, name));
}

test.each([['0s'], ['0.01s'], ['10s']])(
  'the capture of an alert gives that alert again, with %s before it',
  async (before) => {
    const input = path.join(folder, 'input.scap');
    const first = await replay('--capture', path.join(folder, 'alert'), '--capture-before', before, input);
    expect(first.err).toContain('saker: 1 capture recorded');
    const [capture, ...more] = captures();
    expect(more).toEqual([]);
    const again = await replay(capture!);
    expect(again.code).toBe(0);
    const secrets = (lines: readonly string[]): string[] => lines.filter((line) => line.includes('Secret read'));
    expect(secrets(first.alerts)).toHaveLength(1);
    expect(secrets(again.alerts)).toEqual(secrets(first.alerts));
    // 4 ms after it, and all that it holds is as it was.
    expect(again.alerts.length).toBeGreaterThanOrEqual(4);
    for (const line of again.alerts) expect(first.alerts).toContain(line);
  },
);

test('falco.yaml: the same by its keys', async () => {
  const config = path.join(folder, 'falco.yaml');
  writeFileSync(
    config,
    `engine: {kind: replay, replay: {capture_file: ${folder}/input.scap}}
rules_files: [${folder}/rules.yaml]
log_syslog: false
file_output: {enabled: true, filename: ${folder}/alerts}
capture: {enabled: true, path_prefix: ${folder}/alert, mode: all_rules, default_duration: 2}
saker: {capture: {before_seconds: 0, max_files: 3}}
`,
  );
  const { code } = await saker('falco', '-c', config);
  expect(code).toBe(0);
  // Every event matches, so that the first capture lasts.
  expect(captures()).toHaveLength(1);
});

test.each([
  [['--capture-all'], 'where are captures to be written?'],
  [['--capture', '/tmp/x', '--capture-keep', '0'], "--capture-keep is '0'"],
  [['--capture', '/nonexistent/x'], "captures can't be written: ENOENT"],
])('%j is refused', async (options, message) => {
  let err = '';
  const io = { out: () => undefined, err: (text: string) => void (err += text), environment: {} };
  expect(await main(['replay', ...options, path.join(folder, 'input.scap')], io)).not.toBe(0);
  expect(err).toContain(message);
});
