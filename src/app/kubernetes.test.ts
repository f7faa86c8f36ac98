import { describe, expect, it } from 'vitest';
import { scenario } from '../../test/kit/events.ts';
import { loadRules } from '../engine/loader/load-rules.ts';
import { Evaluator } from '../engine/eval/evaluator.ts';
import type { PodContext } from '../model/kubernetes.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { MachineState } from '../state/machine-state.ts';
import { asksKubernetes, nodeNameOf, openKubernetes } from './kubernetes.ts';
import { fieldTables } from './registry.ts';

function rules(condition: string, output = 'x') {
  const text = `
- required_plugin_versions: [{ name: k8smeta, version: 0.2.0 }]
- rule: r
  desc: d
  condition: evt.type = openat and ${condition}
  output: '${output}'
  priority: WARNING
`;
  const options = { fieldTable: fieldTables(), minimumPriority: 'Debug', checkOutput: () => undefined } as const;
  const loaded = loadRules([{ name: 'r.yaml', text }], options);
  expect(loaded.requirementError).toBeUndefined();
  expect(loaded.successful).toBe(true);
  return loaded.rules;
}

describe('rules that ask for what Kubernetes knows', () => {
  it.each([
    ['k8smeta.ns.name = a', 'x', true],
    ['not (proc.name = b or k8smeta.pod.label[app] in (a))', 'x', true],
    ['tolower(k8smeta.ns.name) = a', 'x', true],
    ['proc.name = val(k8smeta.pod.name)', 'x', true],
    ['proc.name = b', 'pod %k8smeta.pod.name', true],
    ['k8s.ns.name = a', '%k8s.pod.name', false],
  ])('%s, %s: %s', (condition, output, wanted) => {
    expect(rules(condition, output).map(asksKubernetes)).toEqual([wanted]);
  });

  it('are judged anew when that changes', () => {
    const uid = '11111111-2222-3333-4444-555555555555';
    const part = (name: string, labels = {}) => ({ name, uid: name, labels });
    const context = (team: string, ...services: string[]): PodContext => ({
      pod: part('p'),
      ip: '',
      namespace: part('shop', { team }),
      deployment: undefined,
      replicaSet: undefined,
      replicationController: undefined,
      node: undefined,
      services: services.map((name) => part(name)),
    });
    let known: PodContext | undefined;
    const loaded = rules('k8smeta.ns.label[team] = blue and k8smeta.svc.name intersects (web, db)');
    const state = new MachineState({ kubernetes: { pod: () => known } });
    let matched = 0;
    const judge = new Evaluator(loaded, state, { matching: 'all' });
    const pipeline = new Pipeline({ state, judge, onMatch: () => matched++ });
    const threads = [{ tid: 100, cgroups: [`cpu=/kubepods/pod${uid}/${'c'.repeat(64)}`] }];
    const run = scenario({ threads });
    const seen: number[] = [];
    for (const next of [
      undefined,
      context('blue', 'web'),
      context('red', 'web'),
      context('blue', 'a', 'db'),
      context('blue'),
    ]) {
      known = next;
      state.forgetThreadClasses();
      run.openat('/a').feed({
        snapshot: (snapshot) => pipeline.snapshot(snapshot),
        event: (bytes, view, at, cpu) => pipeline.event(bytes, view, at, cpu),
      });
      seen.push(matched);
      matched = 0;
      run.blocks.length = 0;
    }
    expect(seen).toEqual([0, 1, 0, 1, 0]);
  });
});

it("knows the node's name by what manifests call it", () => {
  expect(nodeNameOf({ NODE_NAME: 'a', FALCO_K8S_NODE_NAME: '' })).toBe('a');
  expect(nodeNameOf({})).toBeUndefined();
});

it('says why there is no login', async () => {
  const options = { kubeconfig: '', nodeName: 'n', environment: {} };
  await expect(openKubernetes(options, { log: () => undefined })).rejects.toThrow(
    /Kubernetes can't be asked: no kubeconfig is configured, and this is no pod/,
  );
});
