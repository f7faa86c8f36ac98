import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { missing } from '../kit/requirements.ts';

const program = path.resolve(import.meta.dirname, '../../bin/saker');
const needed = '+bpf,+perfmon,+sys_ptrace,+dac_read_search';
/** The same as numbers, and with SYS_RESOURCE, which not every container has, or SYS_NICE in its place. */
const masks = ['000000c000080004', '000000c001080004', '000000c000880004'];

let folder = '';
let saker: ChildProcess;
let printed = '';
let log = '';

const rule = (name: string): string => `
- rule: ${name}
  desc: d
  condition: evt.type = rmdir
  output: "%evt.arg.path"
  priority: NOTICE
`;

async function eventually<T>(what: string, get: () => T | undefined): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const value = get();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${what}; printed: ${printed}; log: ${log}`);
}

function start(command: string, args: readonly string[]): void {
  printed = '';
  log = '';
  saker = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  saker.stdout!.setEncoding('utf8').on('data', (text: string) => (printed += text));
  saker.stderr!.setEncoding('utf8').on('data', (text: string) => (log += text));
}

/** Removes folders until an alert of the rule tells of one. */
async function removedSeen(name: string): Promise<void> {
  await eventually(`alert of ${name}`, () => {
    mkdirSync(path.join(folder, 'gone'));
    rmdirSync(path.join(folder, 'gone'));
    return printed.includes(`"rule":"${name}"`) ? true : undefined;
  });
}

const entries = ['CapPrm', 'CapEff', 'CapBnd', 'NoNewPrivs'] as const;

/** What the threads of Saker may do: different answers by entry. */
function rights(): Record<(typeof entries)[number], string[]> {
  const place = `/proc/${saker.pid}/task`;
  const texts = readdirSync(place).map((tid) => readFileSync(`${place}/${tid}/status`, 'latin1'));
  const values = (name: string): string[] => [
    ...new Set(texts.map((text) => new RegExp(`^${name}:\\s*(\\w+)`, 'm').exec(text)![1]!)),
  ];
  return {
    CapPrm: values('CapPrm'),
    CapEff: values('CapEff'),
    CapBnd: values('CapBnd'),
    NoNewPrivs: values('NoNewPrivs'),
  };
}

describe.skipIf(missing('kernel'))('rights of a live session', () => {
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'saker-rights-'));
    chmodSync(folder, 0o755);
    writeFileSync(path.join(folder, 'rules.yaml'), rule('First'));
  });
  afterEach(async () => {
    if (saker.exitCode !== null) return;
    saker.kill('SIGTERM');
    await once(saker, 'exit');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('all threads have what is needed and no more; rules are read anew', async () => {
    const config = path.join(folder, 'falco.yaml');
    writeFileSync(
      config,
      `rules_files: [${folder}/rules.yaml]\njson_output: true\nlog_stderr: true\nlog_syslog: false\nstdout_output: {enabled: true}\n`,
    );
    start(program, ['falco', '-c', config]);
    await removedSeen('First');
    const { CapPrm, CapEff, CapBnd, NoNewPrivs } = rights();
    for (const set of [CapPrm, CapEff, CapBnd]) {
      expect(set).toHaveLength(1);
      expect(masks).toContain(set[0]);
    }
    expect(NoNewPrivs).toEqual(['1']);
    writeFileSync(path.join(folder, 'rules.yaml'), rule('Second'));
    await removedSeen('Second');
  });

  it('all are kept for programs that get alerts, and where the user wants that', async () => {
    start(program, ['run', '--json', '-r', path.join(folder, 'rules.yaml'), '--keep-capability', 'all']);
    await removedSeen('Second');
    const own = /^CapEff:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'latin1'))![1];
    expect(rights()).toMatchObject({ CapEff: [own], NoNewPrivs: ['0'] });
  });

  it('works with the documented capabilities and nothing else', async () => {
    const limits = ['--bounding-set', `-all,${needed}`, '--inh-caps', '-all', '--no-new-privs'];
    start('setpriv', [...limits, program, 'run', '--json', '-r', path.join(folder, 'rules.yaml')]);
    await removedSeen('Second');
    expect(log).not.toContain('capabilities are missing');
    expect(rights().CapEff).toEqual([masks[0]]);
  });

  it('tells when it may not have the realtime priority that its own priority asks for', async () => {
    const limits = ['--bounding-set', `-all,${needed}`, '--inh-caps', '-all', '--no-new-privs'];
    const rules = path.join(folder, 'rules.yaml');
    start('nice', ['-n', '-5', 'setpriv', ...limits, program, 'run', '--json', '-r', rules]);
    await eventually('note', () => (log.includes('no realtime priority: ') ? true : undefined));
    expect(log).toContain('help=SYS_NICE or SYS_RESOURCE');
  });

  it.skipIf(missing('others'))('works for a user that is not root', async () => {
    const user = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const limits = [
      '--bounding-set',
      `-all,${needed}`,
      '--inh-caps',
      `-all,${needed}`,
      '--ambient-caps',
      `-all,${needed}`,
    ];
    const file = path.join(folder, 'rules.yaml');
    start('setpriv', [...user, ...limits, program, 'run', '--json', '-r', file]);
    await removedSeen('Second');
    expect(rights().CapEff).toEqual([masks[0]]);
  });

  it("alerts go to a file in another user's folder", async () => {
    const theirs = path.join(folder, 'theirs');
    mkdirSync(theirs);
    chownSync(theirs, 65534, 65534);
    const alerts = path.join(theirs, 'alerts');
    start(program, ['run', '--json', '-r', path.join(folder, 'rules.yaml'), '-o', alerts]);
    await eventually('alert', () => {
      mkdirSync(path.join(folder, 'gone'));
      rmdirSync(path.join(folder, 'gone'));
      return existsSync(alerts) && readFileSync(alerts, 'utf8').includes('/gone') ? true : undefined;
    });
  });

  it.each([
    ['+perfmon,+sys_ptrace,+dac_read_search', 'CAP_BPF missing'],
    ['+bpf,+sys_ptrace,+dac_read_search', 'CAP_PERFMON missing'],
    ['+bpf,+perfmon', 'CAP_SYS_PTRACE missing'],
    ['+dac_read_search', 'CAP_BPF and CAP_PERFMON and CAP_SYS_PTRACE missing'],
  ])('with %s the error names what is missing', (set, message) => {
    const limits = ['--bounding-set', `-all,${set}`, '--inh-caps', '-all', '--no-new-privs'];
    const { status, stderr } = spawnSync('setpriv', [...limits, program, 'run'], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});
