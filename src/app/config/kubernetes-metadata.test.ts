import { describe, expect, it } from 'vitest';
import { configuredFields } from './fields.ts';
import type { Config } from './keys.ts';
import { kubernetesSettings } from './kubernetes-metadata.ts';

const libraryPath = 'libk8smeta.so';

function config(initConfig: unknown, load?: readonly string[]): Config {
  const plugins = [{ name: 'k8smeta', libraryPath, initConfig, openParams: '' }];
  return { plugins, load_plugins: load, static_fields: {} } as unknown as Config;
}

const none = { plugins: [], load_plugins: undefined, static_fields: {} } as unknown as Config;

describe('kubernetesSettings', () => {
  it('asks only where the plugin is loaded', () => {
    expect(kubernetesSettings(none, {}).options).toBeUndefined();
    expect(kubernetesSettings(config('', ['container']), {}).options).toBeUndefined();
    expect(kubernetesSettings(config(''), {}).options).toEqual({
      kubeconfig: '',
      nodeName: undefined,
      environment: {},
    });
  });

  it.each([
    ['a map', (init: object) => init],
    ['JSON in a text', (init: object) => JSON.stringify(init)],
  ])('reads %s', (_, form) => {
    const init = form({
      collectorHostname: 'collector',
      collectorPort: '45000',
      caPEMBundle: '',
      nodeName: 'node-1',
      verbosity: 'info',
      hostProc: '/host',
      kubeconfig: '/k',
    });
    expect(kubernetesSettings(config(init), { NODE_NAME: 'other' })).toEqual({
      options: { kubeconfig: '/k', nodeName: 'node-1', environment: { NODE_NAME: 'other' } },
      problems: [],
      collector: ['collectorHostname', 'collectorPort', 'caPEMBundle'],
    });
  });

  it.each([
    [{ NODE_NAME: 'a' }, 'a'],
    [{ NODE_NAME: 'a', FALCO_K8S_NODE_NAME: 'b' }, 'b'],
    [{ NODE_NAME: '' }, undefined],
  ])('takes the name of the node from the environment %j', (environment, nodeName) => {
    expect(kubernetesSettings(config({ nodeName: '' }), environment).options?.nodeName).toBe(nodeName);
  });

  it.each([
    ['{', 'init_config is a text that is no JSON'],
    [[], "'init_config' has to be a map of keys and values"],
    [{ nodename: 'x' }, "unknown key 'nodename'"],
    [{ nodeName: ['x'] }, "'nodeName' has to be a text"],
  ])('says what is wrong with %j', (init, problem) => {
    expect(kubernetesSettings(config(init), {}).problems).toEqual([problem]);
  });
});

describe('configuredFields', () => {
  it('are known in any case, and shown by themselves where Kubernetes is asked', () => {
    const suggested = (given: Config) =>
      configuredFields(given)('syscall')!.suggested.filter((name) => name.startsWith('k8smeta.'));
    expect(suggested(config(''))).toEqual(['k8smeta.pod.name', 'k8smeta.ns.name']);
    expect(suggested(none)).toEqual([]);
    expect(configuredFields(none)('syscall')!.find('k8smeta.svc.name')).toBeDefined();
  });
});
