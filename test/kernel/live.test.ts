import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing } from '../kit/requirements.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'saker-live-'));
const capture = path.join(folder, 'live.scap');

interface JsonAlert {
  rule: string;
  time: string;
  output: string;
  output_fields: Record<string, unknown>;
}

let saker: ChildProcess;
let log = '';
let printed = '';

function alerts(): JsonAlert[] {
  return printed
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as JsonAlert);
}

/** Polls until the condition gives a value; the bound is generous, since only the order of things is tested. */
async function eventually<T>(what: string, get: () => T | undefined): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const value = get();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    `no ${what}; alerts: ${alerts()
      .map((alert) => alert.rule)
      .join(', ')}; log: ${log}`,
  );
}

function alertWith(rule: RegExp, text: string): Promise<JsonAlert> {
  return eventually(`alert ${rule} about ${text}`, () =>
    alerts().find((alert) => rule.test(alert.rule) && alert.output.includes(text)),
  );
}

function install(command: string, packages: readonly string[]): void {
  if (spawnSync('sh', ['-c', `command -v ${command}`]).status === 0) return;
  spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore' });
  execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { stdio: 'ignore' });
}

/** A runc bundle around a static busybox; the cgroup's name is that of a container engine, so that the id is recognised. */
function bundle(id: string, command: readonly string[]): string {
  const place = path.join(folder, `bundle-${id.slice(0, 6)}`);
  const rootfs = path.join(place, 'rootfs');
  for (const part of ['bin', 'etc', 'proc', 'dev', 'sys', 'tmp'])
    mkdirSync(path.join(rootfs, part), { recursive: true });
  copyFileSync('/bin/busybox', path.join(rootfs, 'bin/busybox'));
  for (const applet of ['sh', 'cat', 'id', 'sleep']) symlinkSync('busybox', path.join(rootfs, 'bin', applet));
  const config = {
    ociVersion: '1.0.2',
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: command,
      env: ['PATH=/bin'],
      cwd: '/',
      capabilities: { bounding: ['CAP_KILL'], effective: ['CAP_KILL'], permitted: ['CAP_KILL'] },
    },
    root: { path: rootfs },
    hostname: 'box',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['newinstance', 'ptmxmode=0666', 'mode=0620'],
      },
    ],
    linux: {
      cgroupsPath: `/docker/${id}`,
      namespaces: ['pid', 'ipc', 'uts', 'mount', 'network'].map((type) => ({ type })),
    },
  };
  writeFileSync(path.join(place, 'config.json'), JSON.stringify(config));
  return place;
}

describe.skipIf(missing('kernel'))('saker run on the live kernel with the default rules', () => {
  beforeAll(async () => {
    install('runc', ['runc']);
    if (!existsSync('/bin/busybox')) install('busybox', ['busybox-static']);
    saker = spawn(path.join(root, 'bin/saker'), ['run', '--json', '--record', capture], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    saker.stdout!.setEncoding('utf8').on('data', (text: string) => (printed += text));
    saker.stderr!.setEncoding('utf8').on('data', (text: string) => (log += text));
    await eventually('start', () => (log.includes('watching') ? true : undefined));
  });

  afterAll(() => {
    saker?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('sees a sensitive file read', async () => {
    spawnSync('cat', ['/etc/shadow']);
    const alert = await alertWith(/^Account secrets read/, '/etc/shadow');
    expect(alert.output_fields['proc.name']).toBe('cat');
  });

  it('sees a file written below /etc', async () => {
    const file = `/etc/saker-test-${process.pid}`;
    writeFileSync(file, '');
    unlinkSync(file);
    await alertWith(/^System configuration written$/, file);
  });

  it('sees a setuid bit set', async () => {
    const file = path.join(folder, 'tool');
    writeFileSync(file, '');
    spawnSync('chmod', ['u+s', file]);
    await alertWith(/^Setuid or setgid bit set$/, file);
  });

  it('sees a shell started by a server process', async () => {
    const server = path.join(folder, 'nginx');
    copyFileSync('/usr/bin/env', server);
    spawnSync(server, ['sh', '-c', 'true']);
    copyFileSync('/bin/dash', server);
    spawnSync(server, ['-c', 'sh -c "echo served"; true']);
    await alertWith(/^Shell started by a server$/, 'nginx');
  });

  it('makes nothing of another Saker beside it', async () => {
    expect(spawnSync(path.join(root, 'bin/saker'), ['top', '--once'], { stdio: 'ignore' }).status).toBe(0);
    // What comes after it is seen after it.
    spawnSync('cat', ['/etc/gshadow']);
    await alertWith(/^Account secrets read/, '/etc/gshadow');
    expect(alerts().filter((alert) => alert.rule.startsWith('BPF program'))).toEqual([]);
  });

  it('sees a shell in a container, with the id of the container', async () => {
    const id = 'abcdef012345'.padEnd(64, '0');
    const place = bundle(id, ['/bin/sh', '-c', 'cat /proc/self/cgroup; sleep 1']);
    const run = spawnSync('script', ['-qec', `runc run -b ${place} ${id}`, '/dev/null'], { encoding: 'utf8' });
    expect(run.stdout).toContain(`/docker/${id}`);
    const alert = await alertWith(/^Interactive shell in a container$/, 'abcdef012345');
    expect(alert.output_fields['container.id']).toBe('abcdef012345');
  });

  it('ends clean at SIGTERM, with a summary, and its recording gives the alerts of the run', async () => {
    const ended = new Promise<number | null>((resolve) => saker.once('exit', resolve));
    saker.kill('SIGTERM');
    expect(await ended).toBe(0);
    const live = alerts();
    expect(log).toMatch(new RegExp(`alerts:? *${live.length}|${live.length} alerts`, 'i'));
    const replay = execFileSync(path.join(root, 'bin/saker'), ['replay', '--json', capture], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 28,
    });
    const key = (alert: JsonAlert): string => `${alert.time} ${alert.rule} ${alert.output}`;
    const replayed = replay
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as JsonAlert);
    expect(replayed.map(key)).toEqual(live.map(key));
  });
});
