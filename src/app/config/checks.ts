import { isIP } from 'node:net';
import { builtInPlugins } from '../../engine/loader/version.ts';
import { parseDuration } from './duration.ts';
import { type Config, type ConfigName, libsWords } from './keys.ts';
import type { ConfigMap, ConfigNode } from './tree.ts';
import type { Reporter } from './value-types.ts';

/** Checks what single keys can't show: values that need others. */
export function checkTogether(config: Config, root: ConfigMap, reporter: Reporter): void {
  function at(name: ConfigName): ConfigNode {
    let node: ConfigNode = root;
    for (const part of name.split('.')) {
      const next: ConfigNode | undefined = node.kind === 'map' ? node.entries.get(part)?.value : undefined;
      if (next === undefined) break;
      node = next;
    }
    return node;
  }

  function needs(enabled: ConfigName, name: ConfigName): void {
    if (config[enabled] !== true || config[name] !== '') return;
    reporter.error(at(enabled), `'${enabled}' is set, but '${name}' is not`, `set ${name}, or ${enabled} to false`);
  }

  needs('file_output.enabled', 'file_output.filename');
  needs('program_output.enabled', 'program_output.program');
  needs('http_output.enabled', 'http_output.url');
  if (config['engine.kind'] === 'replay' && config['engine.replay.capture_file'] === '') {
    reporter.error(at('engine.kind'), "engine.kind is replay, but 'engine.replay.capture_file' is not set");
  }
  if (config.rules_files.length > 0 && config.rules_file.length > 0 && root.entries.has('rules_file')) {
    reporter.error(
      at('rules_file'),
      "both 'rules_files' and 'rules_file' are set",
      "remove 'rules_file', the old name",
    );
  } else if (root.entries.has('rules_file')) {
    reporter.warning(at('rules_file'), "'rules_file' is deprecated", "use 'rules_files'");
  }
  const logger = root.entries.get('libs_logger')?.value;
  const severity = logger?.kind === 'map' ? logger.entries.get('severity')?.value : undefined;
  if (config['libs_logger.enabled'] && severity?.kind === 'scalar') {
    const word = severity.text ?? 'null';
    if (!libsWords.some((known) => known === word)) reporter.error(severity, `'${word}' is no severity of libs_logger`);
  }
  const actions = config['syscall_event_drops.actions'];
  if (actions[0] === 'ignore' && (actions.includes('log') || actions.includes('alert'))) {
    reporter.error(at('syscall_event_drops.actions'), "'ignore' can't stand beside 'log' or 'alert'");
  }
  checkServer(config, at, reporter);
  if (config['metrics.enabled']) checkMetrics(config, at, reporter);
  const names = new Set(config.plugins.map((plugin) => plugin.name));
  for (const name of config.load_plugins ?? []) {
    // What is built in needs no entry.
    if (!names.has(name) && !builtInPlugins.some((plugin) => plugin.name === name)) {
      reporter.error(at('load_plugins'), `'load_plugins' names '${name}', but 'plugins' has no entry of that name`);
    }
  }
}

type NodeOf = (name: ConfigName) => ConfigNode;

function checkServer(config: Config, at: NodeOf, reporter: Reporter): void {
  if (isIP(config['webserver.listen_address']) === 0) {
    reporter.error(
      at('webserver.listen_address'),
      `'${config['webserver.listen_address']}' is not an IPv4 or IPv6 address`,
    );
  }
  if (!/^\/[\w./~-]*$/.test(config['webserver.k8s_healthz_endpoint'])) {
    const path = config['webserver.k8s_healthz_endpoint'];
    reporter.error(
      at('webserver.k8s_healthz_endpoint'),
      `'${path}' is not a path of letters and digits`,
      'e.g. /healthz',
    );
  }
  if (config['webserver.listen_port'] > 65535) {
    reporter.error(
      at('webserver.listen_port'),
      `'${config['webserver.listen_port']}' is not a port, they end at 65535`,
    );
  }
}

function checkMetrics(config: Config, at: NodeOf, reporter: Reporter): void {
  const interval = parseDuration(config['metrics.interval']);
  if (interval === undefined || interval < 100) {
    reporter.error(
      at('metrics.interval'),
      `metrics.interval is '${config['metrics.interval']}', expected at least 100ms`,
      'e.g. 1h or 30m or 15s',
    );
  }
  const prometheus = config['webserver.enabled'] && config['webserver.prometheus_metrics_enabled'];
  if (!config['metrics.output_rule'] && config['metrics.output_file'] === '' && !prometheus) {
    reporter.error(
      at('metrics.enabled'),
      'metrics are enabled, but nothing takes them',
      'set metrics.output_rule, metrics.output_file or webserver.prometheus_metrics_enabled',
    );
  }
}
