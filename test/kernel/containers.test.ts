import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiServer } from '../kit/api-server.ts';
import { missing } from '../kit/requirements.ts';
import { containerRules } from './container-rules.ts';
import { type PodName, PodRunner } from './cri-pod.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'saker-engines-'));
const sockets = {
  podman: path.join(folder, 'podman.sock'),
  docker: path.join(folder, 'docker.sock'),
  cri: path.join(folder, 'containerd.sock'),
  containerd: path.join(folder, 'containerd.sock'),
};
const image = 'registry.local/busybox:1.35';
/** Fresh containers of each engine, one after the other. */
const starts = Number(process.env['SAKER_CONTAINER_STARTS'] ?? 25);
const startsMs = 60_000 + starts * 4000;
/** CI's machines may be slower than alerts wait by themselves. */
const longWait = process.env['SAKER_CONTAINER_WAIT'] !== 'usual';
const cluster = new ApiServer();
const started: ChildProcess[] = [];
let printed = '';
let log = '';

interface JsonAlert {
  readonly rule: string;
  readonly output_fields: Readonly<Record<string, unknown>>;
}

function install(command: string, packages: readonly string[]): void {
  if (spawnSync('sh', ['-c', `command -v ${command}`]).status === 0) return;
  spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore' });
  execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { stdio: 'ignore' });
}

/** Polls until the condition gives a value; the bound is generous, since only the order of things is tested. */
async function eventually<T>(what: string, get: () => T | undefined): Promise<T> {
  for (let i = 0; i < 400; i++) {
    const value = get();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${what}; alerts: ${printed}; log: ${log}`);
}

function alerts(): JsonAlert[] {
  return printed
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as JsonAlert);
}

function shell(mark: string): Promise<Readonly<Record<string, unknown>>> {
  return eventually(`shell ${mark}`, () => {
    const found = alerts().find(({ rule, output_fields: fields }) => rule === 'shell' && endsWith(fields, mark));
    return found?.output_fields;
  });
}

function endsWith(fields: JsonAlert['output_fields'], mark: string): boolean {
  return String(fields['proc.args']).endsWith(`saker-test ${mark}`);
}

function start(name: string, command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => writeFileSync(path.join(folder, `${name}.log`), text, { flag: 'a' }));
  started.push(child);
  return child;
}

/** A container of nobody's: no engine knows of it. */
function runcRun(id: string, command: readonly string[]): void {
  const bundle = path.join(folder, 'bundle');
  mkdirSync(bundle, { recursive: true });
  if (!existsSync(path.join(bundle, 'config.json'))) execFileSync('runc', ['spec'], { cwd: bundle });
  const config = JSON.parse(readFileSync(path.join(bundle, 'config.json'), 'utf8')) as {
    process: { args: readonly string[]; terminal: boolean };
    root: { path: string };
  };
  config.process.args = command;
  config.process.terminal = false;
  config.root.path = path.join(folder, 'rootfs');
  writeFileSync(path.join(bundle, 'config.json'), JSON.stringify(config));
  execFileSync('runc', ['--root', path.join(folder, 'runc'), 'run', '-b', bundle, id], { stdio: 'ignore' });
}

/** Tells the API server of a pod before it is run, as happens in a cluster. */
function announce({ name, namespace, uid }: PodName): void {
  const owner = { kind: 'ReplicaSet', name: 'web-rs', uid: 'uid-rs', controller: true };
  cluster.put('/api/v1/pods', {
    metadata: { name, namespace, uid, labels: { app: 'web' }, ownerReferences: [owner] },
    spec: { nodeName: 'node-1' },
  });
}

/** What the pods of the cluster belong to. */
function fillCluster(): void {
  const inShop = { namespace: 'shop' };
  const owner = { kind: 'Deployment', name: 'web', uid: 'uid-d', controller: true };
  cluster.put('/api/v1/namespaces', { metadata: { name: 'shop', uid: 'uid-ns', labels: { team: 'blue' } } });
  cluster.put('/api/v1/nodes', { metadata: { name: 'node-1', uid: 'uid-n', labels: { zone: 'a' } } });
  cluster.put('/apis/apps/v1/deployments', { metadata: { ...inShop, name: 'web', uid: 'uid-d' } });
  cluster.put('/apis/apps/v1/replicasets', {
    metadata: { ...inShop, name: 'web-rs', uid: 'uid-rs', ownerReferences: [owner] },
  });
  cluster.put('/api/v1/services', {
    metadata: { ...inShop, name: 'front', uid: 'uid-s' },
    spec: { selector: { app: 'web' } },
  });
}

function podmanArgs(...args: string[]): string[] {
  const place = ['--root', path.join(folder, 'podman'), '--runroot', path.join(folder, 'podman-run')];
  const engine = [
    '--runtime',
    'runc',
    '--cgroup-manager',
    'cgroupfs',
    '--events-backend',
    'file',
    '--storage-driver',
    'vfs',
  ];
  return [...place, '--tmpdir', path.join(folder, 'podman-tmp'), ...engine, ...args];
}

function podman(...args: string[]): string {
  return execFileSync('podman', podmanArgs(...args), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function podmanRun(options: readonly string[], command: readonly string[]): void {
  const limits = ['--network', 'none', '--ulimit', 'nofile=1024:4096', '--ulimit', 'nproc=4096:4096'];
  podman('run', '--rm', ...limits, ...options, image, ...command);
}

function docker(...args: string[]): void {
  execFileSync('docker', ['-H', `unix://${sockets.docker}`, ...args], { stdio: 'ignore' });
}

/** A tar of a file system with nothing but busybox. */
function rootfs(): string {
  const place = path.join(folder, 'rootfs');
  for (const part of ['bin', 'proc', 'sys', 'dev', 'etc', 'tmp'])
    mkdirSync(path.join(place, part), { recursive: true });
  copyFileSync('/bin/busybox', path.join(place, 'bin/busybox'));
  for (const applet of ['sh', 'sleep', 'true']) symlinkSync('busybox', path.join(place, 'bin', applet));
  writeFileSync(path.join(place, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nbob:x:1234:77::/home:/bin/sh\n');
  writeFileSync(path.join(place, 'etc/group'), 'crew:x:77:\n');
  const file = path.join(folder, 'rootfs.tar');
  execFileSync('tar', ['-C', place, '-cf', file, '.']);
  return file;
}

function containerdConfig(): string {
  const file = path.join(folder, 'containerd.toml');
  writeFileSync(
    file,
    `version = 2
root = "${folder}/containerd"
state = "${folder}/containerd-state"
[grpc]
  address = "${sockets.cri}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.local/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
`,
  );
  return file;
}

async function startEngines(): Promise<void> {
  const tar = rootfs();
  podman('import', tar, image);
  podman('import', '--change', 'CMD ["/bin/sleep","1000"]', tar, 'registry.local/pause:1');
  for (const [file, name] of [
    ['image.tar', image],
    ['pause.tar', 'registry.local/pause:1'],
  ] as const) {
    podman('save', '--format', 'oci-archive', '-o', path.join(folder, file), name);
  }
  start('podman', 'podman', podmanArgs('system', 'service', '--time', '0', `unix://${sockets.podman}`));
  start('containerd', 'containerd', ['-c', containerdConfig()]);
  await eventually('containerd', () =>
    spawnSync('ctr', ['-a', sockets.cri, 'version']).status === 0 ? true : undefined,
  );
  const dockerSocket = `unix://${sockets.docker}`;
  const places = ['--data-root', `${folder}/docker`, '--exec-root', `${folder}/docker-run`];
  const parts = ['--pidfile', `${folder}/docker.pid`, '--containerd', sockets.cri, '--storage-driver', 'vfs'];
  const network = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  const cgroups = ['--exec-opt', 'native.cgroupdriver=cgroupfs'];
  start('dockerd', 'dockerd', ['-H', dockerSocket, ...places, ...parts, ...network, ...cgroups]);
  for (const file of ['image.tar', 'pause.tar']) {
    execFileSync('ctr', ['-a', sockets.cri, '-n', 'k8s.io', 'images', 'import', path.join(folder, file)], {
      stdio: 'ignore',
    });
  }
  await eventually('podman', () => (existsSync(sockets.podman) ? true : undefined));
  await eventually('dockerd', () =>
    spawnSync('docker', ['-H', `unix://${sockets.docker}`, 'info']).status === 0 ? true : undefined,
  );
  docker('import', tar, image);
}

async function startSaker(): Promise<void> {
  const file = path.join(folder, 'rules.yaml');
  writeFileSync(file, containerRules);
  await cluster.listen();
  fillCluster();
  const kubeconfig = path.join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig);
  const options = Object.entries(sockets).flatMap(([engine, socket]) => ['--container-socket', `${engine}=${socket}`]);
  const saker = spawn(
    path.join(root, 'bin/saker'),
    [
      'run',
      '--json',
      '--matching',
      'all',
      '-r',
      file,
      `--kubernetes=${kubeconfig}`,
      '--kubernetes-node',
      'node-1',
      ...(longWait ? ['--container-wait', '5s'] : []),
      ...options,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  started.push(saker);
  saker.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  saker.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  await eventually('start', () => (log.includes('watching') ? true : undefined));
}

/** What engines mounted below the folder, the innermost first. */
function unmountAll(): void {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((place) => place.startsWith(`${folder}/`));
  for (const place of mounted.reverse()) spawnSync('umount', ['-l', place]);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(killer);
}

/** An id as engines give them. */
function idOf(name: string): string {
  return createHash('sha256').update(`${process.pid} ${name}`).digest('hex');
}

const ours = { 'container.image.repository': 'registry.local/busybox', 'container.image.tag': '1.35' };

describe.skipIf(missing('kernel'))('containers of real engines', () => {
  beforeAll(async () => {
    install('podman', ['podman', 'conmon', 'runc']);
    install('containerd', ['containerd']);
    install('dockerd', ['docker.io']);
    if (!existsSync('/bin/busybox')) install('busybox', ['busybox-static']);
    await startEngines();
    docker('run', '-d', '--name', 'before', '--network', 'none', '--label', 'app=old', image, 'sleep', '1000');
    await startSaker();
  });

  afterAll(async () => {
    spawnSync('docker', ['-H', `unix://${sockets.docker}`, 'rm', '-f', 'before']);
    for (const child of started.toReversed()) await stop(child);
    await cluster.close();
    unmountAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it('knows a container that ran before', async () => {
    docker('exec', 'before', 'sh', '-c', 'true', 'saker-test', 'exec');
    expect(await shell('exec')).toMatchObject({ ...ours, 'container.name': 'before', 'container.label[app]': 'old' });
  });

  const command = (mark: string): string[] => ['/bin/sh', '-c', 'true', 'saker-test', mark];
  const none = ['--network', 'none'];
  it.each([
    {
      engine: 'podman',
      run: (name: string) => podmanRun(['--name', name, '--label', `app=${name}`], command(name)),
      wanted: (name: string) => ({ ...ours, 'container.name': name, 'container.label[app]': name }),
    },
    {
      // Not waited for: where pids come round within seconds, Docker may hear of an end half a minute late.
      engine: 'docker',
      run: (name: string) =>
        docker('run', '-d', '--rm', '--name', name, ...none, '--label', `app=${name}`, image, ...command(name)),
      wanted: (name: string) => ({ ...ours, 'container.name': name, 'container.label[app]': name }),
    },
    {
      engine: 'runc',
      run: (name: string) => runcRun(idOf(name), command(name)),
      wanted: (name: string) => ({ 'container.id': idOf(name).slice(0, 12), 'container.name': null }),
    },
  ])(
    'the first alert of each fresh container of $engine has what its engine knows',
    async ({ engine, run, wanted }) => {
      for (let i = 0; i < starts; i++) run(`${engine}${i}`);
      for (let i = 0; i < starts; i++) expect(await shell(`${engine}${i}`)).toMatchObject(wanted(`${engine}${i}`));
      if (engine === 'runc') return;
      expect((await shell(`${engine}0`))['container.type']).toBe(engine);
    },
    startsMs,
  );

  it(
    'and of each fresh pod, what the runtime and Kubernetes know',
    async () => {
      const pods = new PodRunner(sockets.cri);
      const named = Array.from({ length: starts }, (_, i): PodName => {
        const uid = idOf(`pod${i}`).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
        return { name: `web-${i}`, namespace: 'shop', uid };
      });
      try {
        for (const pod of named) {
          announce(pod);
          const id = await pods.run(pod, image, 'app', ['/bin/sh', '-c', 'sleep 1', 'saker-test', pod.name]);
          // Once it is started it may still be about to execute its program.
          try {
            await shell(pod.name);
          } finally {
            await pods.remove(id);
          }
        }
      } finally {
        pods.close();
      }
      for (const { name, namespace, uid } of named) {
        expect(await shell(name)).toMatchObject({
          ...ours,
          'container.name': 'app',
          'container.type': 'containerd',
          'k8s.pod.name': name,
          'k8s.ns.name': namespace,
          'k8s.pod.uid': uid,
          'k8s.pod.label[app]': 'web',
          'k8smeta.pod.name': name,
          'k8smeta.pod.uid': uid,
          'k8smeta.pod.label[app]': 'web',
          'k8smeta.ns.name': namespace,
          'k8smeta.ns.label[team]': 'blue',
          'k8smeta.deployment.name': 'web',
          'k8smeta.rs.name': 'web-rs',
          'k8smeta.svc.name': ['front'],
          'k8smeta.node.name': 'node-1',
          'k8smeta.node.label[zone]': 'a',
        });
      }
    },
    startsMs,
  );

  it('a privileged container is told of by its container event, and has its mounts and labels', async () => {
    const options = ['--name', 'priv', '--privileged', '-v', '/etc:/host-etc:ro', '--label', 'app=a\nb'];
    podmanRun(options, ['/bin/sh', '-c', 'sleep 0.5', 'saker-test', 'priv']);
    const fields = await shell('priv');
    expect(fields).toMatchObject({ 'container.privileged': true, 'container.label[app]': 'a\nb' });
    expect(fields['container.mounts']).toMatch(/^\/etc:\/host-etc::false:/);
    await eventually('privileged', () => alerts().find((alert) => alert.rule === 'privileged'));
  });

  it('users and groups have the names that the container gives them', async () => {
    const options = ['--rm', '--name', 'own-names', '--network', 'none', '--user', '1234:77', image];
    docker('run', ...options, '/bin/sh', '-c', 'sleep 1', 'saker-test', 'own-names');
    const names = { 'user.name': 'bob', 'user.homedir': '/home', 'group.name': 'crew' };
    expect(await shell('own-names')).toMatchObject({ ...names, 'container.name': 'own-names' });
  });

  it('a container of containerd alone has its id as its name', async () => {
    const ctr = (...args: string[]): void => {
      execFileSync('ctr', ['-a', sockets.cri, '-n', 'other', ...args], { stdio: 'ignore' });
    };
    ctr('images', 'import', '--snapshotter', 'native', path.join(folder, 'image.tar'));
    const command = ['/bin/sh', '-c', 'sleep 0.5', 'saker-test', 'ctr'];
    ctr('run', '--rm', '--snapshotter', 'native', '--label', 'app=web', image, 'my-container-1', ...command);
    const wanted = { ...ours, 'container.name': 'my-container-1', 'container.type': 'containerd' };
    expect(await shell('ctr')).toMatchObject({ ...wanted, 'container.label[app]': 'web' });
  });

  it('tells nothing of alerts without names', async () => {
    const saker = started.at(-1)!;
    await stop(saker);
    // Conditions wait as alerts do: none was judged before the engine, or Kubernetes, had answered.
    const marks = (rule: string): string[] =>
      alerts()
        .filter((alert) => alert.rule === rule)
        .map(({ output_fields: fields }) => String(fields['proc.args']).replace(/.* saker-test /, ''))
        .sort();
    const all = marks('shell');
    const unknown = all.filter((mark) => mark.startsWith('runc'));
    expect(marks('other image')).toEqual(unknown);
    expect(marks('known image')).toEqual(all.filter((mark) => !unknown.includes(mark)));
    expect(marks('named as its argument')).toEqual(
      all.filter((mark) => /^(podman|docker|priv$|own-names$)/.test(mark)),
    );
    expect(marks('deployed')).toEqual(all.filter((mark) => mark.startsWith('web-')));
    // Of those that nobody knows there are names nowhere; two rules tell of each.
    const unnamed = /(\d+) alerts? without name and image/.exec(log)?.[1];
    expect(Number(unnamed ?? 0)).toBe(2 * starts);
    expect(log).not.toMatch(/without what Kubernetes knows/);
    expect(log).not.toMatch(/container engine/);
  });
});
