import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { missing } from '../kit/requirements.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
/** What the image would have, and what else the machine's programs need. */
const programFolders = ['/usr', '/bin', '/lib', '/lib64'];
const id = `saker-deploy-${process.pid}`;

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data: Record<string, string>;
  readonly spec: { readonly template: { readonly spec: Pod } };
}

interface Pod {
  readonly containers: readonly [Container];
  readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
}

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: { readonly capabilities: { readonly add: readonly string[] } };
}

let folder = '';
let port = 0;
let saker: ChildProcess;
let printed = '';
let log = '';

function resource(kind: string, name: string): Resource {
  const text = readFileSync(path.join(root, 'deploy/kubernetes/saker.yaml'), 'utf8');
  const all = parseAllDocuments(text).map((document) => document.toJS() as Resource);
  return all.find((item) => item.kind === kind && item.metadata.name === name)!;
}

/** The capabilities that this machine can give at all. */
function available(names: readonly string[]): string[] {
  const bits: Record<string, bigint> = {
    DAC_READ_SEARCH: 2n,
    SYS_PTRACE: 19n,
    SYS_RESOURCE: 24n,
    PERFMON: 38n,
    BPF: 39n,
  };
  const own = BigInt(`0x${/^CapBnd:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'latin1'))![1]}`);
  return names.filter((name) => ((own >> bits[name]!) & 1n) === 1n).map((name) => `CAP_${name}`);
}

/** The container of the DaemonSet as runc wants it: its arguments, environment, rights and mounts. */
function bundle(): void {
  const { containers, volumes } = resource('DaemonSet', 'saker').spec.template.spec;
  const [{ args, env, volumeMounts, securityContext }] = containers;
  const capabilities = available(securityContext.capabilities.add);
  const bind = (source: string, destination: string): object => ({
    destination,
    type: 'bind',
    source,
    options: ['ro', 'rbind', 'rprivate'],
  });
  const configured = { '/etc/saker': 'config', '/etc/saker-rules': 'rules' } as Record<string, string>;
  const mounts = volumeMounts.map(({ name, mountPath }) => {
    const host = volumes.find((volume) => volume.name === name)!.hostPath?.path;
    if (host !== undefined) return bind(host, mountPath);
    const own = configured[mountPath];
    if (own !== undefined) return bind(path.join(folder, own), mountPath);
    return { destination: mountPath, type: 'tmpfs', source: 'tmpfs' };
  });
  const config = {
    ociVersion: '1.0.2',
    process: {
      user: { uid: 0, gid: 0 },
      cwd: '/',
      args: ['/opt/saker/bin/saker', ...args],
      env: [
        'PATH=/usr/bin:/bin',
        ...env.flatMap(({ name, value }) => (value === undefined ? [] : [`${name}=${value}`])),
      ],
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: true,
    },
    root: { path: path.join(folder, 'rootfs'), readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['ro', 'nosuid', 'noexec', 'nodev'] },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
      ...programFolders.map((name) => bind(name, name)),
      bind(root, '/opt/saker'),
      bind(
        execFileSync('readlink', ['-f', path.join(root, 'node_modules')], { encoding: 'utf8' }).trim(),
        '/opt/saker/node_modules',
      ),
      ...mounts,
    ],
    // Process ids as the host has them.
    linux: { namespaces: ['ipc', 'uts', 'mount'].map((type) => ({ type })), cgroupsPath: `/${id}` },
  };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
}

async function eventually<T>(what: string, get: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const value = await get();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${what}; log: ${log}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: found } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return found;
}

const hasRunc = spawnSync('runc', ['--version']).status === 0;

describe.skipIf(missing('kernel') || !hasRunc)('the DaemonSet, its container run by runc', () => {
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'saker-deploy-'));
    for (const name of ['rootfs', 'config', 'rules']) mkdirSync(path.join(folder, name));
    port = await freePort();
    const text = resource('ConfigMap', 'saker').data['saker.yaml']!;
    writeFileSync(path.join(folder, 'config/saker.yaml'), text.replace('listen_port: 8765', `listen_port: ${port}`));
    for (const [name, rules] of Object.entries(resource('ConfigMap', 'saker-rules').data))
      writeFileSync(path.join(folder, 'rules', name), rules);
    bundle();
    saker = spawn('runc', ['--root', path.join(folder, 'runc'), 'run', '-b', folder, id]);
    saker.stdout!.setEncoding('utf8').on('data', (part: string) => (printed += part));
    saker.stderr!.setEncoding('utf8').on('data', (part: string) => (log += part));
    await eventually('readiness', () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        (answer) => (answer.status === 200 ? true : undefined),
        () => undefined,
      ),
    );
  });
  afterAll(() => {
    spawnSync('runc', ['--root', path.join(folder, 'runc'), 'delete', '-f', id]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('sees what happens on the host, with the capabilities of the manifest and a root that is read only', async () => {
    const tool = path.join(folder, 'tool');
    writeFileSync(tool, '');
    spawnSync('chmod', ['u+s', tool]);
    const line = await eventually('alert', () => printed.split('\n').find((text) => text.includes(tool)));
    expect(JSON.parse(line)).toMatchObject({
      rule: 'Setuid or setgid bit set',
      output_fields: { 'proc.name': 'chmod' },
    });
    expect(log).not.toMatch(/error|critical|capabilities/i);
  });

  it('is well, has metrics, and ends when it is told to', async () => {
    const page = async (name: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}${name}`)).text();
    expect(await page('/healthz')).toBe('{"status": "ok"}');
    expect(await page('/metrics')).toMatch(/^falcosecurity_scap_n_evts_total [1-9]/m);
    const ended = once(saker, 'exit');
    spawnSync('runc', ['--root', path.join(folder, 'runc'), 'kill', id, 'TERM']);
    expect((await ended)[0]).toBe(0);
  });
});
