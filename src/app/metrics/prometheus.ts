import { decodeBytes } from '../../base/utf8.ts';
import { priorities } from '../../model/alert.ts';
import { events } from '../../model/event-table.ts';
import { countKinds } from './drop-kinds.ts';
import { Exposition, type Kind, type Labels } from './exposition.ts';
import { type Measures, metricName, type MetricsSettings, sum } from './measures.ts';
import { stateCounters } from './state-counters.ts';

/** Processes whose losses are shown. */
const mostCulprits = 10;

function labelName(text: string): string {
  return metricName(text).replaceAll(':', '_');
}

/** All metrics, by Falco's names; what only Saker has begins with `saker_`. */
export function prometheusText(measures: Measures, settings: MetricsSettings): string {
  const text = new Exposition();
  addFacts(text, measures);
  if (settings.rules) addRules(text, measures);
  if (settings.resources) addResources(text, measures);
  if (settings.state) addState(text, measures);
  if (settings.kernel) addKernel(text, measures);
  if (settings.perCpu) addCpus(text, measures);
  if (settings.iterators) addIterators(text, measures);
  if (settings.programs) addPrograms(text, measures);
  addOwn(text, measures);
  return text.toString();
}

function addFacts(text: Exposition, { facts, counts, time }: Measures): void {
  const info = (name: string, about: string, labels: Labels): void =>
    text.add(`falcosecurity_${name}_info`, 'gauge', about, 1, labels);
  info('falco_version', 'The Falco that this is compatible with.', { version: facts.version });
  for (const { name, sha256 } of facts.rulesFiles)
    info('falco_sha256_rules_files', 'Rules files that were loaded.', { file_name: name, sha256 });
  for (const { name, sha256 } of facts.configFiles)
    info('falco_sha256_config_files', 'Configuration files that were read.', { file_name: name, sha256 });
  info('falco_kernel_release', 'The running kernel.', { kernel_release: facts.kernelRelease });
  info('evt_hostname', 'The name that alerts carry.', { hostname: facts.hostname });
  if (facts.engine !== undefined) {
    info('scap_engine_name', 'Where events come from.', { engine_name: facts.engine, evt_source: 'syscall' });
  }
  const falco = (name: string, kind: Kind, about: string, value: number | bigint | undefined): void =>
    text.add(`falcosecurity_falco_${name}`, kind, about, value);
  falco('outputs_queue_num_drops_total', 'counter', 'Alerts lost because outputs were too slow.', counts.alertsLost);
  falco('reload_timestamp_nanoseconds', 'gauge', 'When configuration and rules were read.', facts.reloadTime);
  falco('start_timestamp_nanoseconds', 'gauge', 'Start of the program.', facts.startTime);
  falco('host_boot_timestamp_nanoseconds', 'gauge', 'Start of the machine.', facts.bootTime);
  const seconds = Number((time - facts.startTime) / 1_000_000_000n);
  falco('duration_seconds_total', 'counter', 'Time since the start of the program.', seconds);
  falco('host_num_cpus_total', 'gauge', 'CPUs of the machine.', facts.cpus);
}

function addRules(text: Exposition, { counts }: Measures): void {
  for (const [rule, count] of counts.matches) {
    const tags = rule.tags.map((tag): [string, string] => [`tag_${labelName(decodeBytes(tag))}`, 'true']);
    text.add('falcosecurity_falco_rules_matches_total', 'counter', 'Events that match a rule.', count, {
      rule_name: decodeBytes(rule.name),
      priority: String(priorities.indexOf(rule.priority)),
      source: decodeBytes(rule.source),
      ...Object.fromEntries(tags),
    });
  }
}

function addResources(text: Exposition, { resources }: Measures): void {
  const gauge = (name: string, about: string, value: number | undefined, factor = 1): void =>
    text.add(`falcosecurity_falco_${name}`, 'gauge', about, value === undefined ? undefined : value * factor);
  gauge('cpu_usage_ratio', 'CPU time of the program since its start, of one CPU.', resources.cpuPercent, 0.01);
  gauge('memory_rss_bytes', 'Memory of the program that is in use.', resources.rssKb, 1024);
  gauge('memory_vsz_bytes', 'Address space of the program.', resources.vszKb, 1024);
  gauge('memory_pss_bytes', 'Memory of the program, its part of what it shares.', resources.pssKb, 1024);
  gauge('container_memory_used_bytes', 'Memory of the container around the program.', resources.containerBytes);
  gauge('host_cpu_usage_ratio', 'CPU time of the machine since its start.', resources.hostCpuPercent, 0.01);
  gauge('host_memory_used_bytes', 'Memory of the machine that is in use.', resources.hostMemoryKb, 1024);
  gauge('host_procs_running_total', 'Threads of the machine that run or could.', resources.hostRunning);
  gauge('host_open_fds_total', 'Open files of the machine.', resources.hostOpenFds);
}

function addState(text: Exposition, { counts: { state } }: Measures): void {
  text.add('falcosecurity_scap_n_threads_total', 'gauge', 'Threads that are known.', state.threads);
  text.add('falcosecurity_scap_n_fds_total', 'gauge', 'Descriptors that are known.', state.fds);
  for (const [name, count] of Object.entries(stateCounters(state)))
    text.add(
      `falcosecurity_scap_${name}_total`,
      'counter',
      'A counter of the tables of threads and descriptors.',
      count,
    );
  const sizes = { threads: state.threads, fds: state.fds, names: state.names, containers: state.containers };
  for (const [table, size] of Object.entries(sizes))
    text.add('saker_state_entries', 'gauge', 'Entries of a table.', size, { table });
  const evictions = {
    threads: state.threadsDropped,
    fds: state.fdsDropped,
    containers: state.containersEvicted,
    accounts: state.accountsDropped,
  };
  for (const [table, count] of Object.entries(evictions))
    text.add('saker_state_evictions_total', 'counter', 'Entries that found a table full.', count, { table });
}

function addKernel(text: Exposition, { counts }: Measures): void {
  const lost = sum(counts.eventsLost);
  text.add('falcosecurity_scap_n_evts_total', 'counter', 'Events of the kernel, lost ones too.', counts.events + lost);
  text.add('falcosecurity_scap_n_drops_total', 'counter', 'Events that were lost.', lost);
  text.add('falcosecurity_scap_n_drops_scratch_map_total', 'counter', 'Working memory that ran out.', 0);
  for (const [drop, count] of Object.entries(countKinds(counts.losses.byEvent)))
    text.add('falcosecurity_scap_n_drops_buffer_total', 'counter', 'Events lost by kind.', count, {
      drop,
      dir: 'exit',
    });
  for (const [reason, count] of counts.eventsLost)
    text.add('saker_events_lost_total', 'counter', 'Events that were lost.', count, { reason });
  for (const [code, count] of counts.losses.byEvent)
    text.add('saker_events_lost_by_type_total', 'counter', 'Events lost by type.', count, {
      type: events[code]?.name ?? '',
    });
  const culprits = [...counts.losses.culprits.values()].toSorted((a, b) => b.drops - a.drops).slice(0, mostCulprits);
  for (const { pid, name, drops } of culprits) {
    const labels = { pid: String(pid), process: decodeBytes(name) };
    text.add('saker_events_lost_by_process', 'gauge', 'Events lost, of the processes that lost most.', drops, labels);
  }
}

function addCpus(text: Exposition, { counts, facts }: Measures): void {
  const add = (name: string, about: string, value: number, cpu: number): void =>
    text.add(`falcosecurity_scap_n_${name}_cpu_total`, 'counter', about, value, { cpu: String(cpu) });
  for (let cpu = 0; cpu < facts.cpus; cpu++) {
    const lost = counts.losses.byCpu.get(cpu) ?? 0;
    add('evts', 'Events by CPU, lost ones too.', (counts.eventsByCpu[cpu] ?? 0) + lost, cpu);
    add('drops', 'Events lost by CPU.', lost, cpu);
  }
}

/** Those that ran: where the kernel measures nothing, none did. */
function addPrograms(text: Exposition, { counts }: Measures): void {
  for (const { name, runs, nanoseconds } of counts.programs) {
    if (runs === 0) continue;
    const prefix = `falcosecurity_scap_${metricName(name)}`;
    text.add(`${prefix}_run_cnt_total`, 'counter', 'Runs of a program in the kernel.', runs);
    text.add(`${prefix}_run_time_nanoseconds_total`, 'counter', 'Time of these runs.', nanoseconds);
    text.add(`${prefix}_avg_time_nanoseconds`, 'gauge', 'Time of one run.', Math.round(nanoseconds / runs));
  }
}

function addIterators(text: Exposition, { counts }: Measures): void {
  const add = (name: string, about: string, value: number): void =>
    text.add(`falcosecurity_scap_${name}_total`, 'counter', about, value);
  for (const [name, count] of Object.entries(counts.scanned ?? {})) {
    add(`n_evts_${name}`, 'What was there when watching began.', count);
    add(`n_drops_${name}`, 'What could not be read of that.', 0);
  }
  add('n_drops_max_event_size', 'What was too large to be read.', 0);
}

function addOwn(text: Exposition, { counts }: Measures): void {
  text.add('saker_events_total', 'counter', 'Events that arrived.', counts.events);
  text.add('saker_events_malformed_total', 'counter', 'Events that could not be read.', counts.malformed);
  text.add('saker_alerts_waiting', 'gauge', 'Alerts that wait for outputs.', counts.alertsWaiting);
  text.add('saker_alerts_delivered_total', 'counter', 'Alerts given to all outputs.', counts.alertsDelivered);
  for (const [output, count] of counts.outputFailures)
    text.add('saker_output_failures_total', 'counter', 'Alerts that an output could not write.', count, { output });
  addContainers(text, counts);
  const { captures } = counts;
  if (captures === undefined) return;
  const capture = (name: string, about: string, count: number): void =>
    text.add(`saker_captures_${name}_total`, 'counter', about, count);
  capture('begun', 'Captures begun because a rule matched.', captures.begun);
  capture('failed', 'Captures that could not be written.', captures.failed);
  capture('cut', 'Captures that ended because they were too large.', captures.cut);
  capture('removed', 'Old captures removed to keep the limits.', captures.removed);
  capture('events_lost', 'Events missing in captures.', captures.eventsLost);
}

/** What container engines and Kubernetes were asked for. */
function addContainers(text: Exposition, { containers, kubernetes }: Measures['counts']): void {
  const count = (name: string, about: string, value: number): void =>
    text.add(`saker_${name}_total`, 'counter', about, value);
  if (containers !== undefined) {
    count('containers_found', 'Containers that an engine described.', containers.found);
    count('containers_unknown', 'Containers that no engine described.', containers.unknown);
    count('alerts_without_container', 'Alerts without name and image of their container.', containers.alertsWithout);
  }
  if (kubernetes === undefined) return;
  const { objects, refused, unknownPods, lists, watches, expired, failures } = kubernetes;
  for (const [kind, size] of Object.entries(objects))
    text.add('saker_kubernetes_objects', 'gauge', 'Objects of Kubernetes that are known.', size, { kind });
  count('alerts_without_pod', 'Alerts without what Kubernetes knows.', containers?.alertsWithoutPod ?? 0);
  count('kubernetes_unknown_pods', 'Questions of rules for pods that nothing was known of.', unknownPods);
  count('kubernetes_refused', 'Objects of Kubernetes left out because there were too many.', refused);
  count('kubernetes_lists', 'Lists that Kubernetes gave.', lists);
  count('kubernetes_watches', 'Watches of Kubernetes that ended as they should.', watches);
  count('kubernetes_expired', 'Watches of Kubernetes that had fallen behind, so that all was listed anew.', expired);
  count('kubernetes_failures', 'Questions that Kubernetes did not answer.', failures);
}
