import { expect, it } from 'vitest';
import { scenario } from '../../../test/kit/events.ts';
import { shown } from '../../../test/kit/fields.ts';
import type { PodContext } from '../../model/kubernetes.ts';

const uid = '11111111-2222-3333-4444-555555555555';
const fullId = `0123456789ab${'c'.repeat(52)}`;
const threads = [{ tid: 100, cgroups: [`cpu=/kubepods/besteffort/pod${uid}/${fullId}`] }];
const web: PodContext = {
  pod: { name: 'web-1', uid, labels: { app: 'web', tier: 'front' } },
  ip: '',
  namespace: { name: 'shop', uid: 'uid-ns', labels: { team: 'blue' } },
  deployment: { name: 'web', uid: 'uid-d', labels: {} },
  replicaSet: { name: 'web-rs', uid: 'uid-rs', labels: { app: 'web' } },
  replicationController: undefined,
  node: { name: 'node-1', uid: 'uid-n', labels: { zone: 'a' } },
  services: [
    { name: 'a', uid: 'uid-a', labels: { x: '1' } },
    { name: 'b', uid: 'uid-b', labels: { x: '2', y: '' } },
  ],
};
const kubernetes = { pod: (asked: string) => (asked === uid ? web : undefined) };

function fields(run: ReturnType<typeof scenario>, names: readonly string[], json = true) {
  return shown(run, names, { json, base64: false, kubernetes });
}

it('shows what the pod belongs to', () => {
  const expected = {
    'k8smeta.pod.name': 'web-1',
    'k8smeta.pod.uid': uid,
    'k8smeta.pod.label[app]': 'web',
    'k8smeta.pod.label[tier]': 'front',
    'k8smeta.pod.label[none]': null,
    'k8smeta.pod.labels': ['app:web', 'tier:front'],
    'k8smeta.pod.ip': null,
    'k8smeta.ns.name': 'shop',
    'k8smeta.ns.uid': 'uid-ns',
    'k8smeta.ns.label[team]': 'blue',
    'k8smeta.ns.labels': ['team:blue'],
    'k8smeta.deployment.name': 'web',
    'k8smeta.deployment.uid': 'uid-d',
    'k8smeta.deployment.label[a]': null,
    'k8smeta.deployment.labels': null,
    'k8smeta.svc.name': ['a', 'b'],
    'k8smeta.svc.uid': ['uid-a', 'uid-b'],
    'k8smeta.svc.label[x]': ['1', '2'],
    'k8smeta.svc.label[y]': [''],
    'k8smeta.svc.label[z]': null,
    'k8smeta.svc.labels': ['x:1', 'x:2', 'y:'],
    'k8smeta.rs.name': 'web-rs',
    'k8smeta.rs.uid': 'uid-rs',
    'k8smeta.rs.label[app]': 'web',
    'k8smeta.rs.labels': ['app:web'],
    'k8smeta.rc.name': null,
    'k8smeta.rc.uid': null,
    'k8smeta.rc.label[app]': null,
    'k8smeta.rc.labels': null,
    'k8smeta.node.name': 'node-1',
    'k8smeta.node.uid': 'uid-n',
    'k8smeta.node.label[zone]': 'a',
    'k8smeta.node.labels': ['zone:a'],
  };
  expect(fields(scenario({ threads }).openat('/a'), Object.keys(expected))).toEqual(expected);
});

it('writes lists as the plugin does', () => {
  const names = ['k8smeta.svc.name', 'k8smeta.pod.labels'];
  expect(fields(scenario({ threads }).openat('/a'), names, false)).toEqual({
    'k8smeta.svc.name': '(a,b)',
    'k8smeta.pod.labels': '(app:web,tier:front)',
  });
});

it('finds the pod by the label that the kubelet gives containers, where cgroups do not tell', () => {
  const own = [{ tid: 100, cgroups: [`cpu=/elsewhere/${fullId}`] }];
  const labels = { 'io.kubernetes.pod.uid': uid };
  const sandboxId = `fedcba987654${'d'.repeat(52)}`;
  const sandbox = { id: sandboxId.slice(0, 12), full_id: sandboxId, type: 7, ip: '10.1.0.9', is_pod_sandbox: true };
  const container = { id: fullId.slice(0, 12), full_id: fullId, type: 7, labels, pod_sandbox_id: sandboxId };
  const run = scenario({ threads: own }).container(sandbox).container(container).openat('/a');
  // The address is the engine's, as long as Kubernetes has none.
  const expected = { 'k8smeta.pod.name': 'web-1', 'k8smeta.pod.ip': '10.1.0.9' };
  expect(fields(run, Object.keys(expected))).toEqual(expected);
});

it('has no value outside of pods, for unknown pods, and where nobody is asked', () => {
  const names = ['k8smeta.pod.name', 'k8smeta.svc.name', 'k8smeta.pod.labels', 'k8smeta.pod.ip'];
  const none = Object.fromEntries(names.map((name) => [name, null]));
  const other = [{ tid: 100, cgroups: [`cpu=/kubepods/pod${uid.replace('1', '9')}/${fullId}`] }];
  expect(fields(scenario().openat('/a'), names)).toEqual(none);
  expect(fields(scenario({ threads: other }).openat('/a'), names)).toEqual(none);
  expect(shown(scenario({ threads }).openat('/a'), names)).toEqual(none);
});
