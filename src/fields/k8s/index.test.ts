import { expect, it } from 'vitest';
import { scenario } from '../../../test/kit/events.ts';
import { shownLike } from '../../../test/kit/fields.ts';

const fullId = `0123456789ab${'c'.repeat(52)}`;
const sandboxId = `fedcba987654${'d'.repeat(52)}`;
const threads = [{ tid: 100, cgroups: [`cpu=/kubepods/besteffort/pod1/${fullId}`] }];
const container = {
  id: fullId.slice(0, 12),
  full_id: fullId,
  type: 7,
  labels: {
    'io.kubernetes.pod.name': 'web-0',
    'io.kubernetes.pod.namespace': 'shop',
    'io.kubernetes.pod.uid': 'uid-1',
  },
  pod_sandbox_id: sandboxId,
  pod_sandbox_labels: { app: 'web' },
};

it('shows the pod of a container', () => {
  const expected = {
    'k8s.pod.name': 'web-0',
    'k8s.ns.name': 'shop',
    'k8s.pod.uid': 'uid-1',
    'k8s.pod.id': 'uid-1',
    'k8s.pod.sandbox_id': 'fedcba987654',
    'k8s.pod.full_sandbox_id': sandboxId,
    'k8s.pod.label[app]': 'web',
    'k8s.pod.labels': 'app:web',
    'k8s.pod.ip': null,
    'k8s.ns.id': null,
    'k8s.deployment.name': null,
    'k8s.rs.label[app]': null,
  };
  expect(shownLike(scenario({ threads }).container(container).openat('/a'), expected)).toEqual(expected);
});

it('takes the address from the sandbox', () => {
  const sandbox = { id: sandboxId.slice(0, 12), full_id: sandboxId, type: 7, ip: '10.1.0.9', is_pod_sandbox: true };
  const expected = { 'k8s.pod.ip': '10.1.0.9' };
  const run = scenario({ threads }).container(sandbox).container(container).openat('/a');
  expect(shownLike(run, expected)).toEqual(expected);
});

it('has no pod for other containers', () => {
  const expected = { 'k8s.pod.name': null, 'k8s.ns.name': null, 'k8s.pod.sandbox_id': '', 'k8s.pod.ip': '' };
  expect(shownLike(scenario().openat('/a'), expected)).toEqual(expected);
});
