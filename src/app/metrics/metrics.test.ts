import { expect, test } from 'vitest';
import { rule } from '../../../test/kit/random-rules.ts';
import { dropReasons } from '../../sources/ebpf/drops.ts';
import type { SessionCounts } from '../session.ts';
import { type Measures, metricName, type MetricsSettings } from './measures.ts';
import { escapeLabel } from './exposition.ts';
import { prometheusText } from './prometheus.ts';
import { Snapshots } from './snapshot.ts';

const all: MetricsSettings = {
  rules: true,
  resources: true,
  state: true,
  kernel: true,
  inMegabytes: true,
  includeEmpty: false,
};
const none: MetricsSettings = { ...all, rules: false, resources: false, state: false, kernel: false };

const shell = {
  ...rule('Shell "x" in\\a container\n', 0, { kind: 'and', items: [] }, new Set([1])),
  tags: ['T1059.004', 'mitre'],
};

function counts(events: number, lost: number): SessionCounts {
  return {
    events,
    malformed: 1,
    eventsLost: new Map(lost === 0 ? [] : [[dropReasons.common, lost]]),
    matches: new Map([[shell, 7]]),
    alertsWaiting: 2,
    alertsDelivered: 5,
    alertsLost: 4,
    outputFailures: new Map([['http', 3]]),
    captures: { begun: 3, failed: 1, eventsLost: 0, cut: 0, removed: 2, withoutPast: 0 },
    state: {
      threads: 10,
      fds: 20,
      names: 30,
      containers: 1,
      unknownThreads: 0,
      placeholders: 0,
      threadsDropped: 0,
      threadsPurged: 0,
      fdsDropped: 6,
      nameGenerations: 0,
      containersEvicted: 0,
      accountsDropped: 0,
      dropEvents: 0,
    },
  };
}

function measures(seconds: number, events: number, lost: number): Measures {
  return {
    time: BigInt(seconds) * 1_000_000_000n,
    facts: {
      version: '0.44.0',
      hostname: 'host',
      kernelRelease: '6.1',
      cpus: 4,
      startTime: 1_000_000_000n,
      reloadTime: 2_000_000_000n,
      bootTime: undefined,
      engine: 'modern_bpf',
      configFiles: [{ name: 'falco.yaml', sha256: 'c0' }],
      rulesFiles: [{ name: 'falco_rules.local.yaml', sha256: 'ab' }],
    },
    counts: counts(events, lost),
    resources: {
      cpuPercent: 12.5,
      rssKb: 2048,
      vszKb: 3000,
      pssKb: undefined,
      containerBytes: 1_572_864,
      hostCpuPercent: 0,
      hostMemoryKb: 1024,
      hostRunning: 2,
      hostOpenFds: 100,
    },
    interfaces: [{ name: 'eth0', ipv4: ['192.0.2.1', '192.0.2.2'], ipv6: [] }],
  };
}

test.each([
  ['falco_rules.local.yaml', 'falco_rules_local_yaml'],
  ['Shell in a container (x)', 'Shell_in_a_container_x'],
  ['a::b  _c', 'a::b_c'],
])('the name of %s', (text, name) => {
  expect(metricName(text)).toBe(name);
});

const base = {
  'evt.time': 11_000_000_000n,
  'evt.source': 'syscall',
  'evt.hostname': 'host',
  'falco.version': '0.44.0',
  'falco.start_ts': 1_000_000_000n,
  'falco.reload_ts': 2_000_000_000n,
  'falco.duration_sec': 10,
  'falco.kernel_release': '6.1',
  'falco.host_num_cpus': 4,
  'falco.outputs_queue_num_drops': 4,
  'falco.num_evts': 1000,
  'falco.num_evts_prev': 0,
  'falco.sha256_rules_file.falco_rules_local_yaml': 'ab',
  'falco.sha256_config_file.falco_yaml': 'c0',
  'falco.host_netinfo.interfaces.eth0.protocols.ipv4.addresses': '192.0.2.1,192.0.2.2',
  'scap.engine_name': 'modern_bpf',
};

test('what is always in a snapshot', () => {
  expect(new Snapshots(none).take(measures(11, 1000, 0))).toEqual(base);
});

test('a whole snapshot; zero and what is not known are left out', () => {
  expect(new Snapshots(all).take(measures(11, 1000, 0))).toEqual({
    ...base,
    'falco.rules.matches_total': 7,
    'falco.rules.Shell_x_in_a_container': 7,
    'falco.cpu_usage_perc': 12.5,
    'falco.memory_rss_mb': 2,
    'falco.memory_vsz_mb': 2.9,
    'falco.container_memory_used_mb': 1.5,
    'falco.host_memory_used_mb': 1,
    'falco.host_procs_running': 2,
    'falco.host_open_fds': 100,
    'falco.n_threads': 10,
    'falco.n_fds': 20,
    'scap.n_evts': 1000,
    'scap.n_evts_prev': 0,
    'scap.n_drops': 0,
    'scap.n_drops_prev': 0,
    'scap.n_drops_perc': 0,
    'scap.n_drops_buffer_total': 0,
  });
});

test('rates since the snapshot before', () => {
  const snapshots = new Snapshots({ ...none, kernel: true });
  snapshots.take(measures(11, 1000, 0));
  expect(snapshots.take(measures(13, 1090, 10))).toMatchObject({
    'falco.num_evts_prev': 1000,
    'falco.evts_rate_sec': 45,
    'scap.n_evts': 1100,
    'scap.n_evts_prev': 1000,
    'scap.evts_rate_sec': 50,
    'scap.n_drops': 10,
    'scap.n_drops_buffer_total': 10,
    'scap.evts_drop_rate_sec': 5,
    'scap.n_drops_perc': 10,
  });
});

test('memory as it is, and zero too', () => {
  const settings = { ...none, resources: true, state: true, inMegabytes: false, includeEmpty: true };
  const fields = new Snapshots(settings).take(measures(11, 0, 0));
  expect(fields).toMatchObject({
    'falco.memory_rss_kb': 2048,
    'falco.container_memory_used_bytes': 1_572_864,
    'falco.host_memory_used_kb': 1024,
    'falco.host_cpu_usage_perc': 0,
    'falco.n_drops_full_threadtable': 0,
  });
  expect(fields).not.toHaveProperty('falco.memory_pss_kb');
});

test.each([
  ['plain', 'plain'],
  ['a "b" \\ c\nd', 'a \\"b\\" \\\\ c\\nd'],
])('label %j', (text, escaped) => {
  expect(escapeLabel(text)).toBe(escaped);
});

test('Prometheus: values, units, labels', () => {
  const lines = prometheusText(measures(11, 1000, 10), all).split('\n');
  for (const line of [
    'falcosecurity_falco_version_info{version="0.44.0"} 1',
    'falcosecurity_falco_sha256_rules_files_info{file_name="falco_rules.local.yaml",sha256="ab"} 1',
    'falcosecurity_scap_engine_name_info{engine_name="modern_bpf",evt_source="syscall"} 1',
    'falcosecurity_falco_reload_timestamp_nanoseconds 2000000000',
    'falcosecurity_falco_duration_seconds_total 10',
    'falcosecurity_falco_rules_matches_total{rule_name="Shell \\"x\\" in\\\\a container\\n",priority="5",source="syscall",tag_T1059_004="true",tag_mitre="true"} 7',
    'falcosecurity_falco_cpu_usage_ratio 0.125000',
    'falcosecurity_falco_memory_rss_bytes 2097152',
    'falcosecurity_falco_container_memory_used_bytes 1572864',
    'falcosecurity_scap_n_fds_total 20',
    'falcosecurity_scap_n_evts_total 1010',
    'falcosecurity_scap_n_drops_total 10',
    `saker_events_lost_total{reason="${dropReasons.common}"} 10`,
    'saker_state_evictions_total{table="fds"} 6',
    'saker_output_failures_total{output="http"} 3',
  ]) {
    expect(lines).toContain(line);
  }
});

test('Prometheus: every line is of the format, and each name is introduced once', () => {
  const text = prometheusText(measures(11, 1000, 10), all);
  expect(text.endsWith('\n')).toBe(true);
  const introduced = new Map<string, number>();
  let current = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) ([a-z0-9_]+) /.exec(line);
    if (comment !== null) {
      current = comment[2]!;
      introduced.set(`${comment[1]} ${current}`, (introduced.get(`${comment[1]} ${current}`) ?? 0) + 1);
      continue;
    }
    expect(line).toMatch(
      /^[a-z0-9_]+(\{[a-zA-Z_]\w*="([^"\\\n]|\\["\\n])*"(,[a-zA-Z_]\w*="([^"\\\n]|\\["\\n])*")*\})? -?[0-9.]+$/,
    );
    expect(line.replace(/[{ ].*/s, '')).toBe(current);
  }
  expect(new Set(introduced.values())).toEqual(new Set([1]));
});

test('Prometheus: groups that are off', () => {
  const text = prometheusText(measures(11, 1000, 10), none);
  expect(text).toContain('falcosecurity_falco_version_info');
  for (const name of ['rules_matches', 'memory_rss', 'n_threads', 'n_evts']) expect(text).not.toContain(name);
});
