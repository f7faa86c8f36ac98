import { expect, test } from 'vitest';
import { rule } from '../../../test/kit/random-rules.ts';
import { fdType } from '../../model/fd.ts';
import { emptyFd } from '../../model/fd-snapshot.ts';
import { eventByCode } from '../../model/event-table.ts';
import { Losses } from '../../pipeline/losses.ts';
import { countScanned } from './scanned.ts';
import { dropReasons } from '../../sources/ebpf/drops.ts';
import type { SessionCounts } from '../session-types.ts';
import { type Measures, metricName, type MetricsSettings } from './measures.ts';
import { escapeLabel } from './exposition.ts';
import { prometheusText } from './prometheus.ts';
import { Snapshots } from './snapshot.ts';

const all: MetricsSettings = {
  rules: true,
  resources: true,
  state: true,
  kernel: true,
  perCpu: true,
  iterators: true,
  programs: true,
  inMegabytes: true,
  includeEmpty: false,
};
const off = {
  rules: false,
  resources: false,
  state: false,
  kernel: false,
  perCpu: false,
  iterators: false,
  programs: false,
};
const none: MetricsSettings = { ...all, ...off };

const shell = {
  ...rule('Shell "x" in\\a container\n', 0, { kind: 'and', items: [] }, new Set([1])),
  tags: ['T1059.004', 'mitre'],
};

const openExit = eventByCode('SYSCALL_OPENAT_2_X').id;

/** All lost ones were opens of one process on CPU 1. */
function losses(lost: number): Losses {
  const all = new Losses();
  if (lost === 0) return all;
  const culprits = [{ pid: 42, name: 'flood', cgroup: 1, drops: lost }];
  all.add(lost, dropReasons.common, { byEvent: new Map([[openExit, lost]]), byCpu: new Map([[1, lost]]), culprits });
  return all;
}

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
    eventsByCpu: new Float64Array([600, 400, 0, 0]),
    losses: losses(lost),
    programs: [
      { name: 'sys_exit_all', runs: 4, nanoseconds: 1000 },
      { name: 'process_exit', runs: 0, nanoseconds: 0 },
    ],
    scanned: countScanned({
      threads: [],
      fds: [{ tid: 1, entries: [emptyFd(3, 0, fdType.file), emptyFd(4, 0, fdType.event)] }],
    }),
    captures: { begun: 3, failed: 1, eventsLost: 0, cut: 0, removed: 2, withoutPast: 0 },
    containers: { found: 9, unknown: 1, alertsWithout: 2, alertsWithoutPod: 3 },
    kubernetes: {
      objects: { pods: 4, services: 5 },
      refused: 6,
      unknownPods: 7,
      lists: 8,
      watches: 9,
      expired: 10,
      failures: 11,
    },
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
      threadsAdded: 12,
      threadsRemoved: 2,
      fdsAdded: 25,
      fdsRemoved: 5,
      threadLookups: 100,
      threadLookupsCached: 900,
      fdLookups: 500,
      fdLookupsFailed: 7,
      entersStored: 0,
      entersRetrieved: 0,
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
    'falco.n_noncached_fd_lookups': 500,
    'falco.n_failed_fd_lookups': 7,
    'falco.n_added_fds': 25,
    'falco.n_removed_fds': 5,
    'falco.n_noncached_thread_lookups': 100,
    'falco.n_cached_thread_lookups': 900,
    'falco.n_added_threads': 12,
    'falco.n_removed_threads': 2,
    'scap.sys_exit_all.run_cnt': 4,
    'scap.sys_exit_all.run_time_ns': 1000,
    'scap.sys_exit_all.avg_time_ns': 250,
    'scap.n_evts_task_file_regular': 1,
    'scap.n_evts_task_file_anon_inode': 1,
    'scap.n_evts_cpu_0': 600,
    'scap.n_evts_cpu_1': 400,
    'scap.n_evts_cpu_2': 0,
    'scap.n_evts_cpu_3': 0,
    'scap.n_drops_cpu_0': 0,
    'scap.n_drops_cpu_1': 0,
    'scap.n_drops_cpu_2': 0,
    'scap.n_drops_cpu_3': 0,
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
    'falcosecurity_scap_n_drops_buffer_total{drop="open",dir="exit"} 10',
    'falcosecurity_scap_n_drops_buffer_total{drop="execve",dir="exit"} 0',
    'falcosecurity_scap_n_evts_cpu_total{cpu="1"} 410',
    'falcosecurity_scap_n_drops_cpu_total{cpu="1"} 10',
    'falcosecurity_scap_n_added_fds_total 25',
    'falcosecurity_scap_n_evts_task_file_regular_total 1',
    'saker_events_lost_by_type_total{type="openat"} 10',
    'saker_events_lost_by_process{pid="42",process="flood"} 10',
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

/** Every name of a snapshot as Falco's documentation has it, where memory is in megabytes and there are two CPUs. */
const documented = `
evt.time evt.source evt.hostname falco.version falco.reload_ts falco.start_ts falco.duration_sec falco.kernel_release
falco.host_boot_ts falco.host_num_cpus falco.outputs_queue_num_drops falco.sha256_rules_file.falco_rules_local_yaml
falco.sha256_config_file.falco_yaml falco.host_netinfo.interfaces.eth0.protocols.ipv4.addresses
falco.host_netinfo.interfaces.eth0.protocols.ipv6.addresses scap.engine_name falco.num_evts falco.num_evts_prev
falco.evts_rate_sec falco.rules.matches_total falco.rules.Shell_x_in_a_container falco.cpu_usage_perc falco.memory_rss_mb
falco.memory_vsz_mb falco.memory_pss_mb falco.container_memory_used_mb falco.host_cpu_usage_perc falco.host_memory_used_mb
falco.host_procs_running falco.host_open_fds falco.n_threads falco.n_fds falco.n_noncached_fd_lookups
falco.n_cached_fd_lookups falco.n_failed_fd_lookups falco.n_added_fds falco.n_removed_fds falco.n_stored_evts
falco.n_store_evts_drops falco.n_retrieved_evts falco.n_retrieve_evts_drops falco.n_noncached_thread_lookups
falco.n_cached_thread_lookups falco.n_failed_thread_lookups falco.n_added_threads falco.n_removed_threads
falco.n_drops_full_threadtable scap.n_evts scap.n_evts_prev scap.evts_rate_sec scap.n_drops scap.n_drops_prev
scap.evts_drop_rate_sec scap.n_drops_perc scap.n_drops_buffer_total scap.n_drops_buffer_clone_fork_exit
scap.n_drops_buffer_execve_exit scap.n_drops_buffer_connect_enter scap.n_drops_buffer_connect_exit
scap.n_drops_buffer_open_enter scap.n_drops_buffer_open_exit scap.n_drops_buffer_dir_file_exit
scap.n_drops_buffer_other_interest_exit scap.n_drops_buffer_close_exit scap.n_drops_buffer_proc_exit
scap.n_drops_scratch_map scap.n_evts_cpu_0 scap.n_evts_cpu_1 scap.n_drops_cpu_0 scap.n_drops_cpu_1 scap.n_evts_task
scap.n_evts_task_file_pipe scap.n_evts_task_file_memfd scap.n_evts_task_file_regular scap.n_evts_task_file_directory
scap.n_evts_task_file_socket_inet scap.n_evts_task_file_socket_inet6 scap.n_evts_task_file_socket_unix
scap.n_evts_task_file_socket_netlink scap.n_evts_task_file_anon_inode scap.n_drops_task scap.n_drops_task_file_pipe
scap.n_drops_task_file_memfd scap.n_drops_task_file_regular scap.n_drops_task_file_directory
scap.n_drops_task_file_socket_inet scap.n_drops_task_file_socket_inet6 scap.n_drops_task_file_socket_unix
scap.n_drops_task_file_socket_netlink scap.n_drops_task_file_anon_inode scap.n_drops_max_event_size
scap.sys_exit_all.run_cnt scap.sys_exit_all.run_time_ns scap.sys_exit_all.avg_time_ns scap.process_exit.run_cnt
scap.process_exit.run_time_ns scap.process_exit.avg_time_ns
`;

// Not here: what plugins measure, and the memory allocator jemalloc, which is Falco's own.
test('a snapshot has every name that Falco documents, and no other', () => {
  const snapshots = new Snapshots({ ...all, includeEmpty: true });
  const one = measures(11, 1000, 0);
  const whole: Measures = {
    ...one,
    facts: { ...one.facts, cpus: 2, bootTime: 1n },
    resources: { ...one.resources, pssKb: 1024 },
    interfaces: [{ name: 'eth0', ipv4: ['192.0.2.1'], ipv6: ['2001:db8::1'] }],
  };
  snapshots.take(whole);
  const names = Object.keys(snapshots.take({ ...whole, time: whole.time + 1_000_000_000n }));
  expect(names.sort()).toEqual(documented.trim().split(/\s+/).sort());
});

test('Prometheus has every name that Falco documents', () => {
  const text = prometheusText(
    { ...measures(11, 1000, 10), resources: { ...measures(1, 1, 0).resources, pssKb: 1 } },
    all,
  );
  const names = new Set(text.match(/^falcosecurity_[a-z0-9_]+/gm));
  const state = documented.match(/falco\.n_\w+/g)!.map((name) => `falcosecurity_scap_${name.slice(6)}_total`);
  const iterators = documented.match(/scap\.n_(evts|drops)_(task\w*|max_event_size)/g)!;
  const others = `falco_version_info falco_sha256_rules_files_info falco_sha256_config_files_info falco_kernel_release_info
    evt_hostname_info scap_engine_name_info falco_outputs_queue_num_drops_total falco_reload_timestamp_nanoseconds
    falco_start_timestamp_nanoseconds falco_duration_seconds_total falco_host_num_cpus_total falco_rules_matches_total
    falco_cpu_usage_ratio falco_host_cpu_usage_ratio falco_memory_rss_bytes falco_memory_vsz_bytes falco_memory_pss_bytes
    falco_container_memory_used_bytes falco_host_memory_used_bytes falco_host_procs_running_total falco_host_open_fds_total
    scap_n_evts_total scap_n_drops_total scap_n_drops_scratch_map_total scap_n_drops_buffer_total scap_n_evts_cpu_total
    scap_n_drops_cpu_total scap_sys_exit_all_run_cnt_total scap_sys_exit_all_run_time_nanoseconds_total
    scap_sys_exit_all_avg_time_nanoseconds`;
  const wanted = [
    ...state,
    ...iterators.map((name) => `falcosecurity_${name.replace('.', '_')}_total`),
    ...others.split(/\s+/).map((name) => `falcosecurity_${name}`),
  ];
  expect(wanted.filter((name) => !names.has(name))).toEqual([]);
});
