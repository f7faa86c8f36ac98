import { type KubernetesOptions, nodeNameOf } from '../kubernetes.ts';
import type { Config } from './keys.ts';
import { initConfigOf, loadsPlugin } from './plugin-init.ts';

export const kubernetesPlugin = 'k8smeta';
/** Keys that describe the collector that the plugin asks; Saker asks the API server itself. */
const ofCollector = new Set(['collectorHostname', 'collectorPort', 'caPEMBundle']);
/** Keys that are of no use here: metadata has its own log level, and processes are found by HOST_ROOT. */
const unused = new Set(['verbosity', 'hostProc']);
const own = new Set(['nodeName', 'kubeconfig']);

interface KubernetesSettings {
  /** undefined: the configuration does not load the plugin. */
  readonly options: KubernetesOptions | undefined;
  /** What is wrong with the settings, for people; defaults stand in. */
  readonly problems: readonly string[];
  /** Keys that say where a collector is. */
  readonly collector: readonly string[];
}

/**
 * How the `init_config` of the plugin `k8smeta` wants the cluster to be asked. Beyond the plugin's keys there is `kubeconfig`:
 * the path of a file to sign in by; without it the pod's service account does.
 */
export function kubernetesSettings(config: Config, environment: KubernetesOptions['environment']): KubernetesSettings {
  const problems: string[] = [];
  if (!loadsPlugin(config, kubernetesPlugin)) return { options: undefined, problems, collector: [] };
  const section = initConfigOf(config, kubernetesPlugin, problems);
  const keys = Object.keys(section);
  for (const key of keys)
    if (!ofCollector.has(key) && !unused.has(key) && !own.has(key)) problems.push(`unknown key '${key}'`);
  function text(key: string): string {
    const value = section[key] ?? '';
    if (typeof value === 'string') return value;
    problems.push(`'${key}' has to be a text`);
    return '';
  }
  const given = text('nodeName');
  const nodeName = given === '' ? nodeNameOf(environment) : given;
  const kubeconfig = text('kubeconfig');
  return {
    options: { kubeconfig, nodeName, environment },
    problems,
    collector: keys.filter((key) => ofCollector.has(key)),
  };
}
