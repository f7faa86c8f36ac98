import { toJson } from '../../base/json.ts';
import { parseDuration } from '../../app/config/duration.ts';
import type { Config } from '../../app/config/settings.ts';
import { Monitoring, type ServerSettings, type SnapshotSettings } from '../../app/monitoring.ts';
import { versions, versionsJson } from '../versions.ts';
import type { FalcoContext } from './context.ts';
import type { FalcoRules } from './rules.ts';

function server(config: Config): ServerSettings {
  return {
    address: config['webserver.listen_address'],
    port: config['webserver.listen_port'],
    healthPath: config['webserver.k8s_healthz_endpoint'],
    certificateFile: config['webserver.ssl_enabled'] ? config['webserver.ssl_certificate'] : undefined,
    showsMetrics: config['metrics.enabled'] && config['webserver.prometheus_metrics_enabled'],
  };
}

function snapshots(config: Config): SnapshotSettings | undefined {
  const asAlert = config['metrics.output_rule'];
  const file = config['metrics.output_file'] === '' ? undefined : config['metrics.output_file'];
  if (!config['metrics.enabled'] || (!asAlert && file === undefined)) return undefined;
  return { intervalMs: parseDuration(config['metrics.interval'])!, asAlert, file };
}

/** Begins what `webserver` and `metrics` of the configuration ask for. @throws SessionError */
export async function startMonitoring(
  { config, alerts, loaded, log, io }: FalcoContext,
  rules: FalcoRules,
  isReplay: boolean,
): Promise<Monitoring> {
  return Monitoring.start({
    server: config['webserver.enabled'] && !isReplay ? server(config) : undefined,
    snapshots: snapshots(config),
    metrics: {
      rules: config['metrics.rules_counters_enabled'],
      resources: config['metrics.resource_utilization_enabled'],
      state: config['metrics.state_counters_enabled'],
      kernel: config['metrics.kernel_event_counters_enabled'] && !isReplay,
      perCpu: config['metrics.kernel_event_counters_per_cpu_enabled'] && !isReplay,
      programs: config['metrics.libbpf_stats_enabled'] && !isReplay,
      iterators: config['metrics.kernel_iter_event_counters_enabled'] && !isReplay,
      inMegabytes: config['metrics.convert_memory_to_mb'],
      includeEmpty: config['metrics.include_empty_values'],
    },
    material: {
      version: versions().falco,
      hostname: alerts.hostname,
      hostRoot: io.environment['HOST_ROOT'] ?? '',
      // Both kinds of engine that watch a live kernel are the same here: eBPF with a ring buffer.
      engine: isReplay ? undefined : 'modern_bpf',
      configFiles: loaded.files,
      rulesFiles: rules.files,
    },
    cgroupMemory: io.environment['FALCO_CGROUP_MEM_PATH'],
    versions: toJson(versionsJson()),
    logger: log,
  });
}
