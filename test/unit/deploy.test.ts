import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { containerSettings } from '../../src/app/config/container-engines.ts';
import { loadConfig } from '../../src/app/config/load.ts';
import { neededCapabilities } from '../../src/app/rights/capabilities.ts';

const root = path.resolve(import.meta.dirname, '../..');
const deploy = path.join(root, 'deploy');
const needed = Object.keys(neededCapabilities).sort();

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Record<string, string>;
  readonly rules?: { readonly verbs: readonly string[] }[];
  readonly subjects?: { readonly name: string; readonly namespace: string }[];
  readonly spec?: {
    readonly selector: unknown;
    readonly template: { readonly metadata: unknown; readonly spec: PodSpec };
  };
}

interface PodSpec {
  readonly hostPID: boolean;
  readonly serviceAccountName: string;
  readonly containers: readonly Record<string, unknown>[];
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
}

const resources: Resource[] = readdirSync(path.join(deploy, 'kubernetes')).flatMap((name) =>
  parseAllDocuments(readFileSync(path.join(deploy, 'kubernetes', name), 'utf8')).map((document) => {
    expect(document.errors).toEqual([]);
    expect(document.warnings).toEqual([]);
    return document.toJS() as Resource;
  }),
);

function resource(kind: string, name: string = 'saker'): Resource {
  const found = resources.find((item) => item.kind === kind && item.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

/** A configuration, read as `saker falco` does. */
function load(text: string) {
  const files = { read: (file: string) => (file === '/c' ? text : undefined), list: () => undefined };
  return loadConfig({ file: '/c', overrides: [], environment: {}, files });
}

describe('Kubernetes', () => {
  const { spec } = resource('DaemonSet');
  const pod = spec!.template.spec;
  const [container] = pod.containers as [Record<string, unknown>];
  const { config, diagnostics, notActedOn } = load(resource('ConfigMap').data!['saker.yaml']!);

  test('the capabilities are those that are needed', () => {
    const security = container['securityContext'] as Record<string, unknown>;
    const { add, drop } = security['capabilities'] as { add: string[]; drop: string[] };
    expect(add.toSorted()).toEqual(needed);
    expect(drop).toEqual(['ALL']);
    expect(security).toMatchObject({
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
    });
    expect(pod.hostPID).toBe(true);
  });

  test('the configuration is right, and acted on', () => {
    expect(diagnostics).toEqual([]);
    expect(notActedOn.filter((key) => key !== 'plugins' && key !== 'load_plugins')).toEqual([]);
    const { options, problems } = containerSettings(config, '/host');
    expect(problems).toEqual([]);
    expect(options.engines.map((engine) => engine.id).sort()).toEqual(['containerd', 'cri', 'docker', 'podman']);
  });

  test('probes ask for pages that are served', () => {
    const { ports } = container as unknown as { ports: { name: string; containerPort: number }[] };
    expect(ports).toEqual([{ name: 'http', containerPort: config['webserver.listen_port'] }]);
    expect(config['webserver.enabled']).toBe(true);
    const page = (probe: string): string => (container[probe] as { httpGet: { path: string } }).httpGet.path;
    expect(page('livenessProbe')).toBe(config['webserver.k8s_healthz_endpoint']);
    expect(page('readinessProbe')).toBe('/readyz');
    expect(page('startupProbe')).toBe('/readyz');
  });

  test('every mount has its volume, and what is written to can be', () => {
    const mounts = container['volumeMounts'] as Mount[];
    expect(mounts.map((mount) => mount.name).sort()).toEqual(pod.volumes.map((volume) => volume.name).sort());
    const folderOf = (file: string): Mount =>
      mounts
        .filter((mount) => file.startsWith(mount.mountPath))
        .toSorted((a, b) => b.mountPath.length - a.mountPath.length)[0]!;
    expect(folderOf(config['capture.path_prefix']).readOnly).not.toBe(true);
    for (const file of [...config.rules_files.filter((name) => !name.startsWith('/opt/')), '/etc/saker/saker.yaml'])
      expect(folderOf(file).readOnly).toBe(true);
    for (const mount of mounts) if (mount.mountPath.startsWith('/host')) expect(mount.readOnly).toBe(true);
    // A mount within another that is read only could not be made.
    for (const { mountPath } of mounts)
      expect(mounts.filter((other) => mountPath.startsWith(`${other.mountPath}/`))).toEqual([]);
    for (const { configMap } of pod.volumes) if (configMap !== undefined) resource('ConfigMap', configMap.name);
  });

  test('names fit together; the account can only read', () => {
    expect(pod.serviceAccountName).toBe(resource('ServiceAccount').metadata.name);
    const { name, namespace } = resource('Namespace').metadata;
    expect(namespace).toBeUndefined();
    for (const item of resources.filter(
      ({ kind }) => !['Namespace', 'ClusterRole', 'ClusterRoleBinding'].includes(kind),
    ))
      expect(item.metadata.namespace).toBe(name);
    expect(resource('ClusterRoleBinding').subjects).toMatchObject([{ name: 'saker', namespace: name }]);
    for (const { verbs } of resource('ClusterRole').rules!) expect(verbs).toEqual(['list', 'watch']);
    const { selector, template } = spec!;
    expect((template.metadata as { labels: object }).labels).toEqual((selector as { matchLabels: object }).matchLabels);
  });
});

describe('systemd', () => {
  const unit = readFileSync(path.join(deploy, 'systemd/saker.service'), 'utf8');
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '';

  test('the capabilities are those that are needed', () => {
    const names = value('CapabilityBoundingSet').split(' ');
    expect(names.map((name) => name.replace('CAP_', '')).sort()).toEqual(needed);
    expect(value('Type')).toBe('notify');
  });

  test('the configuration is right, and acted on', () => {
    const { diagnostics, notActedOn, config } = load(readFileSync(path.join(deploy, 'saker.yaml'), 'utf8'));
    expect(diagnostics).toEqual([]);
    expect(notActedOn).toEqual([]);
    expect(config['capture.path_prefix']).toContain(`/var/lib/${value('StateDirectory')}/`);
  });

  test.skipIf(spawnSync('systemd-analyze', ['--version']).status !== 0)('systemd finds nothing wrong', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'saker-unit-'));
    const file = path.join(folder, 'saker.service');
    writeFileSync(file, unit.replaceAll('/opt/saker', root));
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });
});

test('the image has what the program needs', () => {
  const text = readFileSync(path.join(deploy, 'Dockerfile'), 'utf8');
  for (const folder of ['node_modules', 'bin', 'build', 'src', 'rules'])
    expect(text).toContain(`/opt/saker/${folder} ${folder}`);
});
