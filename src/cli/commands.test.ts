import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { events, x86Syscalls } from '../model/event-table.ts';
import { commands } from './commands.ts';
import { main } from './dispatch.ts';
import { falcoOptions } from './falco/options.ts';
import { commandHelp } from './help.ts';
import { parseArguments } from './options.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function saker(...args: string[]): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await main(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    environment: { FALCO_HOSTNAME: 'here' },
  });
  return { code, out, err };
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const full = path.join(folder, name);
  writeFileSync(full, content);
  return full;
}

const goodRules = `
- macro: shell
  condition: proc.name in (bash, sh)
- rule: Program started
  desc: A program was started.
  condition: evt.type = execve and shell
  output: "%proc.name as %user.uid"
  priority: NOTICE
  tags: [process]
- rule: Program started again
  desc: The same.
  condition: evt.type = execve and shell
  output: "again %proc.name"
  priority: WARNING
- rule: Off
  desc: Disabled.
  condition: evt.type = execve
  output: off
  priority: DEBUG
  enabled: false
`;
const badRules = `
- rule: One
  desc: A field that there is none of.
  condition: evt.type = execve and proc.nmae = cat
  output: x
  priority: NOTICE
- rule: Two
  desc: An output that there is none of.
  condition: evt.type = execve
  output: "%proc.cmdlin"
  priority: NOTICE
`;

describe('help', () => {
  test.each(Object.keys(commands))('%s: every option, and examples that parse', async (name) => {
    const command = await commands[name]!.load();
    expect(command.name).toBe(name);
    const viaHelp = await saker('help', ...name.split(' '));
    if (name !== 'falco') expect(viaHelp).toEqual({ code: 0, out: commandHelp(command), err: '' });
    for (const option of Object.keys(command.options)) expect(viaHelp.out).toContain(`--${option}`);
    for (const [, spec] of Object.entries(command.options)) expect(spec.about).toMatch(/^[A-Z`-].*\.$/);
    for (const { command: line, about } of command.examples) {
      expect(about).not.toBe('');
      const own = line.split(' | ').findLast((part) => part.startsWith(`saker ${name}`));
      expect(own, line).toBeDefined();
      expect(() => parseArguments(command.options, own!.split(' ').slice(1 + name.split(' ').length))).not.toThrow();
    }
    expect(await saker(...name.split(' '), '--help')).toEqual(viaHelp);
    expect(await saker(...name.split(' '), '-h')).toEqual(viaHelp);
  });

  test('falco shows its flags', async () => {
    const { code, out } = await saker('falco', '--help');
    expect(code).toBe(0);
    for (const spec of Object.values(falcoOptions)) expect(spec.about).toMatch(/^[A-Z].*/);
    for (const flag of [
      '-c <path>',
      '-L ',
      '-l <rule>',
      '--list[=<source>]',
      '-M <num_seconds>',
      '-o, --option',
      '-V, --validate',
      '--version',
    ]) {
      expect(out).toContain(flag);
    }
  });

  test.each([[], ['help'], ['--help'], ['-h']])('overview by %j', async (...args) => {
    const { code, out } = await saker(...args);
    expect(code).toBe(0);
    for (const name of Object.keys(commands)) expect(out).toContain(name);
  });
});

test.each([
  [['rnu'], "saker: unknown command 'rnu'; did you mean 'run'?"],
  [['help', 'foo'], "saker: unknown command 'foo'; the commands are run, replay, "],
  [['rules'], "saker: 'rules' needs one more word; there is 'saker rules check'"],
  [['list', 'things'], "saker: unknown command 'list things'; there is 'saker list fields' or 'saker list events'"],
  [['replay', '--jsn', 'x'], "saker replay: unknown option --jsn; did you mean '--json'?"],
  [['replay'], 'saker replay: which capture file?; e.g. saker replay incident.scap'],
  [['replay', 'a', 'b'], "saker replay: one capture file at a time, not also 'b'"],
  [['run', 'x.scap'], "saker run: unexpected 'x.scap'; to read a capture file: saker replay FILE"],
  [['record'], 'saker record: where to?; e.g. saker record -w incident.scap'],
  [['replay', '--priority', 'loud', 'x'], "saker replay: --priority is 'loud', expected one of emergency"],
  [['replay', '--matching', 'some', 'x'], "saker replay: --matching is 'some', expected one of first, all"],
  [
    ['replay', '--duration', 'long', 'x'],
    "saker replay: --duration is 'long', expected a time; e.g. 90, 90s, 5m or 2h",
  ],
  [
    ['replay', '--disable', 'No such rule', 'x'],
    "saker replay: no rule matches 'No such rule'; see `saker list rules`",
  ],
  [['list', 'fields', '--format', 'xml'], "saker list fields: --format is 'xml', expected one of text, json, markdown"],
])('%j is a mistake of use', async (args, message) => {
  const { code, out, err } = await saker(...args);
  expect(out).toBe('');
  expect(err).toContain(message);
  expect(err).toContain("Try 'saker help");
  expect(code).toBe(2);
});

describe('rules check', () => {
  test('rules that are right', async () => {
    const { code, out } = await saker('rules', 'check', file('good.yaml', goodRules));
    expect(out).toBe('1 file, 3 rules: ok, 0 errors, 0 warnings\n');
    expect(code).toBe(0);
  });

  test('all problems in one go, with place, line, caret and help', async () => {
    const bad = file('bad.yaml', badRules);
    const { code, out } = await saker('rules', 'check', bad);
    expect(code).toBe(1);
    expect(out).toContain(`${bad}:4:`);
    expect(out).toContain('proc.nmae');
    expect(out).toMatch(/evt\.type = execve and proc\.nmae = cat\n {4} *\^\n/);
    expect(out).toContain('did you mean proc.name');
    expect(out).toContain(`${bad}:10:`);
    expect(out).toContain('unknown field in output: %proc.cmdlin');
    expect(out).toContain('1 file, 0 rules: not ok, 2 errors, 0 warnings');
  });

  test('the caret is exact behind a list in the condition', async () => {
    const rule =
      '- rule: R\n  desc: d\n  condition: proc.name in (l) and proc.nme = a\n  output: x\n  priority: INFO\n';
    const { out } = await saker('rules', 'check', file('list.yaml', `- list: l\n  items: [bash, sh]\n${rule}`));
    expect(out).toMatch(/\n( *)proc\.name in \( bash, sh \) and proc\.nme = a\n\1 {30}\^\n/);
  });

  test('as JSON', async () => {
    const { code, out } = await saker('rules', 'check', '--json', file('bad.yaml', badRules));
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ falco_load_results: [{ successful: false }] });
  });

  test('warnings as errors', async () => {
    const unused = file('unused.yaml', `${goodRules}\n- list: unused\n  items: [a]\n`);
    expect((await saker('rules', 'check', unused)).code).toBe(0);
    expect((await saker('rules', 'check', '--strict', unused)).code).toBe(1);
    expect((await saker('rules', 'check', '-q', unused)).out).toBe('1 file, 3 rules: ok, 0 errors, 1 warning\n');
  });

  test('a file that is not there', async () => {
    const { code, err } = await saker('rules', 'check', '/no/such.yaml');
    expect(err).toBe('saker rules check: no such rules file or folder: /no/such.yaml\n');
    expect(code).toBe(1);
  });

  test('what would never end, or is waited for', async () => {
    const { err } = await saker('rules', 'check', '/dev/zero');
    expect(err).toBe('saker rules check: /dev/zero is a device, not a rules file\n');
    file('good.yaml', goodRules);
    expect(spawnSync('mkfifo', [path.join(folder, 'pipe.yaml')]).status).toBe(0);
    symlinkSync('/dev/zero', path.join(folder, 'zero.yaml'));
    expect((await saker('rules', 'check', '-q', folder)).out).toBe('1 file, 3 rules: ok, 0 errors, 0 warnings\n');
  });

  test('all requirements that are not met', async () => {
    const file = path.join(folder, 'requirements.yaml');
    writeFileSync(
      file,
      '- required_plugin_versions: [{name: json, version: 0.9.0}, {name: container, version: 1.0.0}]\n',
    );
    const { code, out } = await saker('rules', 'check', file);
    expect(out).toContain('error: Plugin requirement not satisfied, must load one of: json (>= 0.9.0)\n');
    expect(out).toContain(
      "error: Plugin 'container' version '0.7.1' is not compatible with required plugin version '1.0.0'",
    );
    expect(out).toContain('not ok, 2 errors');
    expect(code).toBe(1);
  });

  test('binary data instead of rules: nothing of it reaches the terminal', async () => {
    const file = path.join(folder, 'binary.yaml');
    writeFileSync(file, Buffer.from('- rule: \x1b[2J\0', 'latin1'));
    const { code, out, err } = await saker('rules', 'check', file);
    expect([code, out, err]).toEqual([1, '', `saker rules check: ${file} is no text: a rules file is YAML in UTF-8\n`]);
    writeFileSync(file, '- rule: "\u001b[2J" : x\u0007');
    const shown = await saker('rules', 'check', file);
    expect(shown.out).toContain('- rule: ".[2J" : x.');
  });

  test.each([
    ['section header', Buffer.from('0a0d0d0a1c000000', 'hex')],
    ['gzip', Buffer.from('1f8b0800', 'hex')],
  ])('a capture instead of rules: %s', async (_, start) => {
    const file = path.join(folder, 'events.scap');
    writeFileSync(file, start);
    const { code, err } = await saker('rules', 'check', file);
    expect(err).toContain(`saker rules check: ${file} is a capture or a packed file, not a rules file`);
    expect(code).toBe(1);
  });

  test('the rules that come with Saker', async () => {
    expect(await saker('rules', 'check', '--strict')).toMatchObject({ code: 0 });
  });
});

describe('lists', () => {
  test('fields', async () => {
    const text = await saker('list', 'fields', 'proc.na');
    expect(text.out).toContain('proc.name');
    expect(text.out).not.toContain('fd.name');
    const json = JSON.parse((await saker('list', 'fields', '--format', 'json')).out) as { fields: object[] }[];
    expect(json.flatMap((one) => one.fields).length).toBeGreaterThan(200);
    expect((await saker('list', 'fields', '--format', 'markdown')).out).toContain('| `fd.name` | CHARBUF |');
    expect((await saker('list', 'fields', 'ANCESTOR')).out).toContain('proc.aname[x]');
    expect((await saker('list', 'fields', 'fd.types')).out).toMatch(/fd\.types\[x\] +LIST\(CHARBUF\) /);
    expect((await saker('list', 'fields', 'nothing.')).code).toBe(1);
    expect((await saker('list', 'fields', '--source', 'x')).err).toContain("there is no event source 'x'");
  });

  test('events', async () => {
    const { out } = await saker('list', 'events', 'unlink');
    expect(out).toContain('unlinkat  [file]\n  res    ERRNO\n');
    expect(out).toContain('flags  FLAGS32 unlinkat_flags\n');
    expect(out).toContain('AT_REMOVEDIR=0x200');
    expect(out).toContain('  mq_unlink\n');
    expect(out).not.toContain('openat');
    expect((await saker('list', 'events', 'pread64')).out).toContain('(caused by pread64; not watched by default)');
    expect((await saker('list', 'events', '--category', 'IPC', '--format', 'markdown')).out).toContain(
      '| `pipe` | IPC |',
    );
    expect((await saker('list', 'events', 'execveat')).out).toContain('one that succeeds is an execve');
    expect((await saker('list', 'events', 'nothing.')).code).toBe(1);
    expect((await saker('list', 'events', '--category', 'x')).err).toContain("there is no category 'x'; there is IPC,");
  });

  test('every event code, by its name', async () => {
    type Listed = { name: string; id: number; old: boolean; syscalls: string[]; generic: boolean; origin: string };
    const all = JSON.parse((await saker('list', 'events', '-a', '--format', 'json')).out) as Listed[];
    const ids = new Set(all.map((one) => one.id));
    for (const { id, name } of events) expect(ids.has(id) || name === 'NA' || id === 0, `${id} ${name}`).toBe(true);
    const current = JSON.parse((await saker('list', 'events', '--format', 'json')).out) as Listed[];
    expect(current).toEqual(all.filter((one) => !one.old));
    const named = new Set(current.flatMap((one) => one.syscalls));
    for (const { name } of x86Syscalls) expect(named, name).toContain(name);
    for (const one of current)
      if (one.origin === 'system call') expect(one.syscalls.length, one.name).toBeGreaterThan(0);
  });

  test('macros and lists', async () => {
    const rules = `${goodRules}\n- list: shells\n  items: [bash, sh]\n- macro: x\n  condition: shell or proc.name in (shells)\n`;
    const good = file('good.yaml', rules);
    const macros = JSON.parse((await saker('list', 'macros', '-r', good, '--format', 'json')).out) as object[];
    expect(macros).toEqual([
      {
        name: 'shell',
        condition: 'proc.name in (bash, sh)',
        file: good,
        usedBy: ['Program started', 'Program started again', 'x'],
      },
      { name: 'x', condition: 'shell or proc.name in (shells)', file: good, usedBy: [] },
    ]);
    expect((await saker('list', 'macros', '-r', good, 'shells')).out).toMatch(/^x\n.*\n +used by +nothing\n/);
    expect((await saker('list', 'lists', '-r', good)).out).toMatch(/^shells\n {2}bash, sh\n +used by +x\n/);
    expect((await saker('list', 'lists', '-r', good, '--format', 'markdown')).out).toContain('| `bash`, `sh` | x |');
    expect((await saker('list', 'lists', '-r', good, 'zsh')).code).toBe(1);
    const nested = `- {list: inner, items: [a]}\n- {list: outer, items: [inner]}\n- rule: R\n  desc: d\n  condition: evt.type = open\n  output: x\n  priority: INFO\n  exceptions: [{name: e, fields: proc.name, comps: in, values: [outer]}]\n`;
    const lists = JSON.parse(
      (await saker('list', 'lists', '-r', file('nested.yaml', nested), '--format', 'json')).out,
    ) as object[];
    expect(lists).toMatchObject([
      { name: 'inner', usedBy: ['outer'] },
      { name: 'outer', items: ['a'], usedBy: ['R'] },
    ]);
    expect((await saker('list', 'macros', '-r', file('bad.yaml', badRules))).err).toContain('the rules have errors');
  });

  test('rules', async () => {
    const good = file('good.yaml', goodRules);
    expect((await saker('list', 'rules', '-r', good, 'AGAIN')).out).toMatch(/^Program started again\n/);
    expect((await saker('list', 'rules', '-r', good, '--source', 'other')).code).toBe(1);
    const text = await saker('list', 'rules', '-r', good);
    expect(text.out).toContain('Program started\n  A program was started.\n');
    expect(text.out).toContain('Off  (disabled)');
    const json = JSON.parse(
      (await saker('list', 'rules', '-r', good, '--tag', 'process', '--format', 'json')).out,
    ) as object[];
    expect(json).toMatchObject([{ name: 'Program started', priority: 'Notice', enabled: true, tags: ['process'] }]);
    expect((await saker('list', 'rules', '-r', good, '--format', 'markdown')).out).toContain('| Off | Debug | no |');
  });
});

test('version', async () => {
  const { out } = await saker('version', '--json');
  expect(JSON.parse(out)).toMatchObject({ saker: expect.stringMatching(/^\d+\.\d+\.\d+$/), engine: '0.63.0' });
  expect((await saker('version')).out).toMatch(/^Saker \d+\.\d+\.\d+\n/);
  expect((await saker('--version')).out).toBe((await saker('version')).out);
});
