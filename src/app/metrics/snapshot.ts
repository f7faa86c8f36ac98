import { decodeBytes } from '../../base/utf8.ts';
import type { InternalFields } from '../../pipeline/alerts.ts';
import type { Scalar } from '../../model/field.ts';
import { countKinds } from './drop-kinds.ts';
import { dropReasons } from '../../sources/ebpf/drops.ts';
import { type Measures, metricName, type MetricsSettings, sum } from './measures.ts';
import { oneDecimal } from './resources.ts';
import { stateCounters } from './state-counters.ts';

type Fields = Record<string, Scalar>;

/** What a snapshot needs of the one before it. */
interface Before {
  readonly time: bigint;
  readonly events: number;
  readonly seen: number;
  readonly lost: number;
}

/**
 * Makes the fields of Falco's metrics snapshots, by Falco's names; what Saker does not measure is left out. Zero is left
 * out too, but for what is always there.
 */
export class Snapshots {
  readonly #settings: MetricsSettings;
  #before: Before | undefined;

  constructor(settings: MetricsSettings) {
    this.#settings = settings;
  }

  take(measures: Measures): InternalFields {
    const { counts, time } = measures;
    const lost = sum(counts.eventsLost);
    const now: Before = { time, events: counts.events, seen: counts.events + lost, lost };
    const before = this.#before;
    const seconds = before === undefined ? 0 : Number(time - before.time) / 1e9;
    this.#before = now;
    const rate = (grown: number): number => oneDecimal(grown / seconds);
    const fields: Fields = always(measures);
    fields['falco.num_evts_prev'] = before?.events ?? 0;
    if (before !== undefined && seconds > 0) fields['falco.evts_rate_sec'] = rate(now.events - before.events);
    if (this.#settings.kernel) {
      Object.assign(fields, kernel(measures, now, before));
      if (before !== undefined && seconds > 0) {
        fields['scap.evts_rate_sec'] = rate(now.seen - before.seen);
        fields['scap.evts_drop_rate_sec'] = rate(now.lost - before.lost);
      }
    }
    if (this.#settings.perCpu) Object.assign(fields, cpuFields(measures));
    const { rules, resources, state, iterators, inMegabytes, includeEmpty } = this.#settings;
    const optional: Record<string, number | undefined> = {
      ...(rules ? ruleFields(measures) : {}),
      ...(resources ? resourceFields(measures, inMegabytes) : {}),
      ...(state ? stateFields(measures) : {}),
      ...(this.#settings.kernel ? lossFields(measures) : {}),
      ...(iterators ? iteratorFields(measures) : {}),
      ...(this.#settings.programs ? programFields(measures) : {}),
    };
    for (const [name, value] of Object.entries(optional)) {
      if (value !== undefined && (value !== 0 || includeEmpty)) fields[name] = value;
    }
    return fields;
  }
}

function always({ time, facts, counts, interfaces }: Measures): Fields {
  const fields: Fields = {
    'evt.time': time,
    'evt.source': 'syscall',
    'evt.hostname': facts.hostname,
    'falco.version': facts.version,
    'falco.start_ts': facts.startTime,
    'falco.reload_ts': facts.reloadTime,
    'falco.duration_sec': Number((time - facts.startTime) / 1_000_000_000n),
    'falco.kernel_release': facts.kernelRelease,
    'falco.host_num_cpus': facts.cpus,
    'falco.outputs_queue_num_drops': counts.alertsLost,
    'falco.num_evts': counts.events,
  };
  if (facts.bootTime !== undefined) fields['falco.host_boot_ts'] = facts.bootTime;
  if (facts.engine !== undefined) fields['scap.engine_name'] = facts.engine;
  for (const file of facts.rulesFiles) fields[`falco.sha256_rules_file.${metricName(file.name)}`] = file.sha256;
  for (const file of facts.configFiles) fields[`falco.sha256_config_file.${metricName(file.name)}`] = file.sha256;
  for (const { name, ipv4, ipv6 } of interfaces) {
    const prefix = `falco.host_netinfo.interfaces.${name}.protocols`;
    if (ipv4.length > 0) fields[`${prefix}.ipv4.addresses`] = ipv4.join(',');
    if (ipv6.length > 0) fields[`${prefix}.ipv6.addresses`] = ipv6.join(',');
  }
  return fields;
}

/** Events as the kernel made them: those that arrived and those that were lost. */
function kernel({ counts }: Measures, now: Before, before: Before | undefined): Fields {
  const grown = now.seen - (before?.seen ?? 0);
  const lost = now.lost - (before?.lost ?? 0);
  const { common, critical } = dropReasons;
  return {
    'scap.n_evts': now.seen,
    'scap.n_evts_prev': before?.seen ?? 0,
    'scap.n_drops': now.lost,
    'scap.n_drops_prev': before?.lost ?? 0,
    'scap.n_drops_perc': grown > 0 ? (lost / grown) * 100 : 0,
    'scap.n_drops_buffer_total': (counts.eventsLost.get(common) ?? 0) + (counts.eventsLost.get(critical) ?? 0),
  };
}

function ruleFields({ counts }: Measures): Record<string, number> {
  const fields: Record<string, number> = { 'falco.rules.matches_total': sum(counts.matches) };
  for (const [rule, count] of counts.matches) fields[`falco.rules.${metricName(decodeBytes(rule.name))}`] = count;
  return fields;
}

function resourceFields({ resources }: Measures, inMegabytes: boolean): Record<string, number | undefined> {
  function memory(name: string, kilobytes: number | undefined): Record<string, number | undefined> {
    if (!inMegabytes) return { [`${name}_kb`]: kilobytes };
    return { [`${name}_mb`]: kilobytes === undefined ? undefined : oneDecimal(kilobytes / 1024) };
  }
  const { containerBytes } = resources;
  return {
    'falco.cpu_usage_perc': resources.cpuPercent,
    ...memory('falco.memory_rss', resources.rssKb),
    ...memory('falco.memory_vsz', resources.vszKb),
    ...memory('falco.memory_pss', resources.pssKb),
    ...(inMegabytes
      ? memory('falco.container_memory_used', containerBytes === undefined ? undefined : containerBytes / 1024)
      : { 'falco.container_memory_used_bytes': containerBytes }),
    'falco.host_cpu_usage_perc': resources.hostCpuPercent,
    ...memory('falco.host_memory_used', resources.hostMemoryKb),
    'falco.host_procs_running': resources.hostRunning,
    'falco.host_open_fds': resources.hostOpenFds,
  };
}

function stateFields({ counts }: Measures): Record<string, number> {
  const { state } = counts;
  const fields = { n_threads: state.threads, n_fds: state.fds, ...stateCounters(state) };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`falco.${name}`, value]));
}

/** Lost events by their kinds. */
function lossFields({ counts }: Measures): Record<string, number> {
  const kinds = Object.entries(countKinds(counts.losses.byEvent));
  return {
    ...Object.fromEntries(kinds.map(([kind, drops]) => [`scap.n_drops_buffer_${kind}_exit`, drops])),
    // Starts of calls are told of apart from buffers, and working memory of the kernel side never runs out.
    'scap.n_drops_buffer_connect_enter': 0,
    'scap.n_drops_buffer_open_enter': 0,
    'scap.n_drops_scratch_map': 0,
  };
}

function cpuFields({ counts, facts }: Measures): Record<string, number> {
  const fields: Record<string, number> = {};
  for (let cpu = 0; cpu < facts.cpus; cpu++) {
    const lost = counts.losses.byCpu.get(cpu) ?? 0;
    fields[`scap.n_evts_cpu_${cpu}`] = (counts.eventsByCpu[cpu] ?? 0) + lost;
    fields[`scap.n_drops_cpu_${cpu}`] = lost;
  }
  return fields;
}

function programFields({ counts }: Measures): Record<string, number> {
  const fields: Record<string, number> = {};
  for (const { name, runs, nanoseconds } of counts.programs) {
    fields[`scap.${name}.run_cnt`] = runs;
    fields[`scap.${name}.run_time_ns`] = nanoseconds;
    fields[`scap.${name}.avg_time_ns`] = runs > 0 ? Math.round(nanoseconds / runs) : 0;
  }
  return fields;
}

function iteratorFields({ counts }: Measures): Record<string, number> {
  const fields: Record<string, number> = {};
  for (const [name, count] of Object.entries(counts.scanned ?? {})) {
    fields[`scap.n_evts_${name}`] = count;
    fields[`scap.n_drops_${name}`] = 0;
  }
  fields['scap.n_drops_max_event_size'] = 0;
  return fields;
}
