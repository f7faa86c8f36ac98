import { existsSync, linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scenario } from '../../test/kit/events.ts';
import { main } from './dispatch.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const environment = { FALCO_HOSTNAME: 'here' };

async function saker(...args: string[]): Promise<Ran> {
  let out = '';
  let err = '';
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text), environment };
  const code = await main(args, io);
  return { code, out, err };
}

let folder = '';
let rules = '';
let capture = '';
let alerts = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-replay-'));
  rules = file('rules.yaml', rulesText);
  capture = file(
    'capture.scap',
    scenario()
      .as(100)
      .execve('/usr/bin/sh', { args: ['-c', 'id'] })
      .execve('/usr/bin/id')
      .toCapture(),
  );
  alerts = path.join(folder, 'alerts');
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const full = path.join(folder, name);
  writeFileSync(full, content);
  return full;
}

const rulesText = `
- rule: Program started
  desc: A program was started, and a long explanation follows that is wider than the column in which descriptions stand.
  condition: evt.type = execve and proc.name exists
  output: "%proc.name with %proc.args"
  priority: NOTICE
  tags: [process]
- rule: Shell started
  desc: A shell.
  condition: evt.type = execve and proc.name = sh
  output: "shell %proc.name"
  priority: WARNING
- rule: Off
  desc: Disabled.
  condition: evt.type = execve and proc.name = id
  output: "id"
  priority: INFORMATIONAL
  enabled: false
`;

function messages(): string[] {
  if (!existsSync(alerts)) return [];
  const lines = readFileSync(alerts, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => line.replace(/^[0-9:.]+: /, '').replace(/ container_id=.*/, ''));
}

describe('saker replay', () => {
  test.each([
    [[], ['Notice sh with -c id', 'Notice id with ']],
    [
      ['--matching', 'all'],
      ['Notice sh with -c id', 'Warning shell sh', 'Notice id with '],
    ],
    [
      ['--matching=all', '--enable-all'],
      ['Notice sh with -c id', 'Warning shell sh', 'Notice id with ', 'Informational id'],
    ],
    [['--priority', 'warning'], ['Warning shell sh']],
    [['--disable', 'Program*'], ['Warning shell sh']],
    [['--disable', '*', '--enable', 'Off'], ['Informational id']],
    [
      ['--tag', 'process'],
      ['Notice sh with -c id', 'Notice id with '],
    ],
    [
      ['--print', 'pid=%proc.pid'],
      ['Notice sh with -c id', 'Notice id with '],
    ],
    [['--duration', '0.0005s'], ['Notice sh with -c id']],
  ])('%j', async (options, expected) => {
    const { code, err } = await saker('replay', '-r', rules, '-o', alerts, ...options, capture);
    expect(err).toContain('alert');
    expect(code).toBe(0);
    expect(messages()).toEqual(expected);
  });

  test('statistics of rules', async () => {
    const { err } = await saker('replay', '-r', rules, '-o', alerts, '--rule-stats', capture);
    expect(err).toMatch(/evaluated beyond their classes:\n +matches +evaluations +ms +rule\n/);
    expect(err).toMatch(/\n +2 +2 +\d+\.\d\d +Program started\n/);
  });

  test('summary', async () => {
    const { err, out } = await saker('replay', '-r', rules, '-o', alerts, capture);
    expect(out).toBe('');
    expect(err).toMatch(/^saker: reading .*capture\.scap with 2 rules\n/);
    expect(err).toMatch(/saker: 2 events in [0-9.]+ s/);
    expect(err).toMatch(/saker: 2 alerts:\n {9}2 {2}Program started\n$/);
    expect((await saker('replay', '-q', '-r', rules, '-o', alerts, capture)).err).toBe('');
  });

  test('JSON, and what --print adds', async () => {
    await saker('replay', '-q', '--json', '--iso-time', '-p', 'pid=%proc.pid', '-r', rules, '-o', alerts, capture);
    const [first] = readFileSync(alerts, 'utf8').split('\n');
    expect(JSON.parse(first!)).toMatchObject({
      hostname: 'here',
      output: expect.stringMatching(
        /^2023-11-14T22:13:20\.000000000\+0000: Notice sh with -c id container_id=host .* pid=100$/,
      ),
      output_fields: { 'proc.pid': 100 },
      rule: 'Program started',
    });
  });

  test('what container engines say: started, removed', async () => {
    const info = { id: '0123456789ab', full_id: '0123456789ab'.padEnd(64, '0'), name: 'web', image: 'nginx', type: 0 };
    const seen = scenario().as(100).execve('/bin/sh').container(info).container(info, { removed: true }).toCapture();
    const text = ['container', 'container_removed'].map(
      (type) =>
        `- {rule: ${type}, desc: d, condition: evt.type = ${type}, output: "%evt.type %container.name", priority: NOTICE}\n`,
    );
    const files = ['-r', file('engine.yaml', text.join('')), '-o', alerts];
    await saker('replay', '-q', ...files, file('engine.scap', seen));
    expect(messages()).toEqual(['Notice container web', 'Notice container_removed web']);
  });

  test('a capture is not recorded over, by whatever name', async () => {
    const before = readFileSync(capture);
    const link = path.join(folder, 'link.scap');
    linkSync(capture, link);
    for (const record of [capture, link]) {
      const { code, err } = await saker('replay', '-q', '-r', rules, '-o', alerts, '--record', record, capture);
      expect(code).toBe(1);
      expect(err).toContain('it is the capture that is read');
    }
    expect(readFileSync(capture)).toEqual(before);
  });

  test('a capture that is not there leaves nothing to sum up', async () => {
    const { err } = await saker('replay', '-r', rules, '-o', alerts, path.join(folder, 'none.scap'));
    expect(err).toMatch(/^saker replay: .*none\.scap: there is no such file\n$/);
  });

  test('a recording of the replay replays the same', async () => {
    const copy = path.join(folder, 'copy.scap');
    await saker('replay', '-q', '-r', rules, '-o', alerts, '--record', copy, capture);
    const first = messages();
    rmSync(alerts);
    await saker('replay', '-q', '-r', rules, '-o', alerts, copy);
    expect(messages()).toEqual(first);
  });

  test.each([
    ['no such file', () => path.join(folder, 'none.scap'), /none\.scap/],
    ['no capture', () => file('text.scap', 'this is a text and no capture at all, however long'), /text\.scap/],
    ['cut off', () => file('cut.scap', readFileSync(capture).subarray(0, -10)), /cut\.scap/],
  ])('%s', async (_, path_, message) => {
    const { code, err } = await saker('replay', '-q', '-r', rules, '-o', alerts, path_());
    expect(err).toMatch(message);
    expect(code).toBe(1);
  });

  test('rules with errors', async () => {
    const bad = file('bad.yaml', rulesText.replace('proc.name = sh', 'proc.nmae = sh'));
    const { code, err } = await saker('replay', '-r', bad, '-o', alerts, capture);
    expect(code).toBe(1);
    expect(err).toContain('did you mean proc.name');
    expect(err).toContain('the rules have errors, see above');
    expect(messages()).toEqual([]);
  });

  test.each([
    ['a file without rules', [], 'there are no rules in '],
    ['a priority that no rule has', ['--priority', 'emergency'], 'no rule is left to watch for: '],
    ['a tag that no rule has', ['--tag', 'nope'], 'no rule is left to watch for: '],
  ])('nothing to watch for: %s', async (_, options, message) => {
    const file_ = options.length === 0 ? file('empty.yaml', '- macro: a\n  condition: evt.num = 1\n') : rules;
    const { code, err } = await saker('replay', '-r', file_, '-o', alerts, ...options, capture);
    expect(err).toContain(`saker replay: ${message}`);
    expect(code).toBe(1);
  });

  test.each([
    ['in no folder', '/no/such/folder/x.scap', /^saker replay: can't record to \/no\/such\/folder\/x\.scap: ENOENT/],
    ['that is a folder', '/', /^saker replay: can't record to \/: it is a folder/],
  ])('a recording %s is told before anything is judged', async (_, record, message) => {
    const { code, err } = await saker('replay', '-r', rules, '-o', alerts, '--record', record, capture);
    expect(err).toMatch(message);
    expect(code).toBe(1);
    expect(messages()).toEqual([]);
  });

  test('an output that does not open', async () => {
    const { code, err } = await saker('replay', '-r', rules, '-o', '/no/such/folder/x', capture);
    expect(code).toBe(1);
    expect(err).toContain("can't write to /no/such/folder/x: ENOENT");
  });
});

function falco(...args: string[]): Promise<Ran> {
  const set = [
    'engine.kind=replay',
    `engine.replay.capture_file=${capture}`,
    'stdout_output.enabled=false',
    'syslog_output.enabled=false',
  ];
  const toFile = ['file_output.enabled=true', `file_output.filename=${alerts}`, 'log_stderr=false'];
  return saker('falco', ...[...set, ...toFile].flatMap((item) => ['-o', item]), ...args);
}

describe('saker falco', () => {
  test('alerts and statistics', async () => {
    const { code, out, err } = await falco('-r', rules, '-o', 'rule_matching=all');
    expect(messages()).toEqual(['Notice sh with -c id', 'Warning shell sh', 'Notice id with ']);
    expect(out).toBe(
      'Events detected: 3\nRule counts by severity:\n   WARNING: 1\n   NOTICE: 2\nTriggered rules by rule name:\n' +
        '   Program started: 2\n   Shell started: 1\n',
    );
    expect(err).toContain('Syscall event drop monitoring:');
    expect(code).toBe(0);
  });

  test.each([
    [['rules[].disable.rule=Program*'], ['Warning shell sh']],
    [
      ['rules[].enable.rule=Off', 'rules[].disable.tag=process'],
      ['Warning shell sh', 'Informational id'],
    ],
    [['priority=WARNING'], ['Warning shell sh']],
    [['append_output[0]={"extra_output": "uid=%user.uid"}'], ['Notice sh with -c id uid=0', 'Notice id with  uid=0']],
    [
      ['static_fields.site=ü 1', 'append_output[0]={extra_output: "at %static.site"}'],
      ['Notice sh with -c id at ü 1', 'Notice id with  at ü 1'],
    ],
  ])('-o %j', async (options, expected) => {
    expect((await falco('-r', rules, ...options.flatMap((item) => ['-o', item]))).code).toBe(0);
    expect(messages()).toEqual(expected);
  });

  test('-c, rules_files of a folder, environment', async () => {
    const config = file(
      'falco.yaml',
      `rules_files: [${folder}]\njson_output: true\nlog_stderr: true\npriority: warning\nengine: {kind: replay, replay: {capture_file: ${capture}}}\n` +
        `file_output: {enabled: true, filename: ${alerts}}\nprioritty: x\n`,
    );
    rmSync(rules);
    file('zz.yml', rulesText);
    // The configuration itself lies in the folder: a .yaml file that holds no rules.
    const { code, err } = await saker('falco', '-c', config);
    expect(code).toBe(1);
    expect(err).toContain("unknown key 'prioritty'; it is ignored");
    expect(err).toContain('falco.yaml: Invalid');
    const other = mkdtempSync(path.join(folder, 'rules'));
    writeFileSync(path.join(other, 'a.yml'), rulesText);
    writeFileSync(path.join(other, 'b.txt'), 'not rules');
    const second = await saker('falco', '-c', config, '-r', other);
    expect(second.err).toContain('   ' + path.join(other, 'a.yml') + ' | schema validation: ok');
    expect(second.code).toBe(0);
    const lines = readFileSync(alerts, 'utf8').split('\n').slice(0, -1);
    expect(lines.map((line) => (JSON.parse(line) as { rule: string }).rule)).toEqual(['Shell started']);
  });

  test('what belongs to no option is ignored, and said', async () => {
    const { code, err } = await falco('-r', rules, '--dry-run', 'extra');
    expect({ code, err }).toEqual({ code: 0, err: "WARNING: argument 'extra' belongs to no option and is ignored.\n" });
  });

  test('--dry-run does nothing but checking', async () => {
    expect(await falco('-r', rules, '--dry-run')).toEqual({ code: 0, out: '', err: '' });
    expect(existsSync(alerts)).toBe(false);
  });

  test.each([
    [['-c', '/no/such.yaml'], 'Error: Could not find configuration file at /no/such.yaml\n'],
    [['--frobnicate'], 'Error: unknown option --frobnicate\n'],
    [['-r', '/no/such.yaml'], 'Error: Could not open file /no/such.yaml for reading\n'],
    [['-r', ''], 'Error: Could not open file  for reading\n'],
    [['-V', '/no/such.yaml'], 'Error: Could not open file /no/such.yaml for reading\n'],
    [['-o', 'engine.kind=ebpf'], "'engine.kind' is 'ebpf', expected one of kmod, modern_ebpf, replay, nodriver"],
    [['-o', 'append_output[0]={"extra_output": "%no.field"}'], 'LOAD_ERR_COMPILE_OUTPUT'],
    [['-o', 'engine.replay.capture_file=/no/such.scap'], '/no/such.scap'],
    [['-l', 'No such rule'], 'Error: Rule "No such rule" is not loaded\n'],
    [['--list=k8s'], 'Error: Value for --list must be a valid source type\n'],
    [['--list', '--format', 'xml'], "Error: Invalid format 'xml'. Valid values are: text, markdown, json\n"],
    [
      ['--disable-source', 'syscall', '-o', 'engine.kind=modern_ebpf'],
      'Error: Must enable at least one event source\n',
    ],
    [
      ['--enable-source', 'x', '-o', 'engine.kind=modern_ebpf'],
      "Error: Attempted to enable unknown event source 'x'\n",
    ],
    [['-M', 'x'], "Error: Argument 'x' failed to parse"],
    [['-o', 'file_output.enabled=false'], 'Error: No output enabled'],
  ])('%j ends with exit code 1', async (args, message) => {
    const withRules = args.includes('-r') ? args : ['-r', rules, ...args];
    const { code, err } = await falco(...withRules);
    expect(err).toContain(message);
    expect(code).toBe(1);
  });

  test('-V', async () => {
    expect(await falco('-V', rules)).toEqual({ code: 0, out: `${rules}: Ok\n`, err: '' });
    const bad = file('bad.yaml', rulesText.replace('proc.name = sh', 'proc.nmae = sh'));
    const text = await falco('-V', bad);
    expect(text.out).toContain(`${bad}: Invalid\n1 Errors:\n`);
    expect(text.err).toBe(`Error: ${text.out}`);
    expect(text.code).toBe(1);
    const json = await falco('-V', bad, '-o', 'json_output=true');
    expect(JSON.parse(json.out)).toMatchObject({ falco_load_results: [{ name: bad, successful: false }] });
    const described = await falco('-V', rules, '-L', '-o', 'json_output=true');
    expect(JSON.parse(described.out).falco_describe_results.rules).toHaveLength(3);
  });

  test('-L and -l', async () => {
    const all = await falco('-r', rules, '-L');
    expect(all.out).toContain(`${'Rule'.padEnd(50)} Description\n`);
    expect(all.out).toContain(`${'Shell started'.padEnd(50)} A shell. \n`);
    expect(all.out).toMatch(/A program was started, and a long explanation follows that \n {51}is wider/);
    const one = JSON.parse((await falco('-r', rules, '-l', 'Shell started', '-o', 'json_output=true')).out);
    expect(one.rules).toMatchObject([
      {
        info: { name: 'Shell started', priority: 'Warning', enabled: true, source: 'syscall' },
        details: {
          condition_fields: ['evt.type', 'proc.name'],
          condition_operators: ['='],
          condition_compiled: '(evt.type = execve and proc.name = sh)',
          output_fields: expect.arrayContaining(['proc.name', 'container.id']),
        },
      },
    ]);
  });

  test('answers', async () => {
    expect(JSON.parse((await falco('--version', '-o', 'json_output=true')).out)).toMatchObject({
      engine_version: '63',
      engine_version_semver: '0.63.0',
    });
    expect((await falco('--version')).out).toMatch(/^Falco version: .*\nLibs version: .*\n/);
    expect((await falco('--list', '-N')).out.split('\n')).toContain('proc.name');
    expect((await falco('--list=syscall')).out).toContain('Field Class:');
    expect(JSON.parse((await falco('--list', '--format', 'json')).out).fieldclasses.length).toBeGreaterThan(5);
    expect((await falco('--list-events')).out).toContain('## Syscall events\n');
    expect(JSON.parse((await falco('--list-events', '--format', 'JSON')).out)['Syscall events'].length).toBeGreaterThan(
      300,
    );
    expect((await falco('-i')).out).toContain('- read\n');
    expect(JSON.parse((await falco('--config-schema')).out).properties.engine.properties.kind.description).toContain(
      'kmod',
    );
    expect(JSON.parse((await falco('--rule-schema')).out).items.properties.override.minProperties).toBe(1);
    expect((await falco('--page-size')).out).toMatch(/^Your system page size is: [0-9]+ bytes\n$/);
    expect(JSON.parse((await falco('-r', rules, '--support')).out)).toMatchObject({ rules_files: [{ name: rules }] });
  });
});
