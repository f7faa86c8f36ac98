import { appendOutputs, includes, pluginList, ruleSelections } from './structures.ts';
import {
  bool,
  choice,
  count,
  decimal,
  integer,
  listOf,
  text,
  textList,
  textMap,
  u32,
  type ValueType,
} from './value-types.ts';

/** One key of falco.yaml. */
export interface ConfigKey<T> {
  readonly type: ValueType<T>;
  /** The value in the falco.yaml that Falco ships; what holds where there is no configuration file at all. */
  readonly inFile: T;
  /** The value where a configuration file lacks the key. */
  readonly inCode: T;
  readonly about: string;
  /** Whether Saker acts on it; other keys are accepted and checked, so that a falco.yaml works as it is. */
  readonly acts: boolean;
}

interface Defaults<T> {
  readonly inFile: T;
  readonly inCode: T;
}

function both<T>(value: NoInfer<T>): Defaults<T> {
  return { inFile: value, inCode: value };
}

function acts<T>(type: ValueType<T>, defaults: Defaults<NoInfer<T>>, about: string): ConfigKey<T> {
  return { type, ...defaults, about, acts: true };
}

function accepted<T>(type: ValueType<T>, defaults: Defaults<NoInfer<T>>, about: string): ConfigKey<T> {
  return { type, ...defaults, about, acts: false };
}

function optional<T>(type: ValueType<T>): ValueType<T | undefined> {
  return type;
}

const priorityWords = [
  'emergency',
  'alert',
  'critical',
  'error',
  'warning',
  'notice',
  'info',
  'informational',
  'debug',
] as const;
const logWords = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'] as const;
export const libsWords = ['fatal', 'critical', 'error', 'warning', 'notice', 'info', 'debug', 'trace'] as const;
const dropActions = ['ignore', 'log', 'alert', 'exit'] as const;
const preset = integer(1, 10, true);
const infinity = Number.POSITIVE_INFINITY;

/** The configuration: every key of falco.yaml by its full name. Help, checks and defaults come from here. */
export const configKeys = {
  config_files: acts(
    includes,
    { inFile: [{ path: '/etc/falco/config.d', strategy: 'append' }], inCode: [] },
    'More configuration files, or folders of them, read after this one; each may say how it is merged (strategy).',
  ),
  watch_config_files: acts(
    bool,
    both(true),
    'Begin anew when a configuration or rules file changes, if all is right with it.',
  ),
  rules_files: acts(
    textList,
    {
      inFile: ['/etc/falco/falco_rules.yaml', '/etc/falco/falco_rules.local.yaml', '/etc/falco/rules.d'],
      inCode: [],
    },
    'Rules files, and folders whose .yaml and .yml files are read by name. What does not exist is left out.',
  ),
  rules_file: acts(textList, both([]), 'Old name of rules_files.'),
  rules: acts(
    ruleSelections,
    both([]),
    'Rules to enable and disable after loading, one after the other, by name or tag.',
  ),

  'engine.kind': acts(
    choice(['kmod', 'modern_ebpf', 'replay', 'nodriver'], { strict: true }),
    { inFile: 'modern_ebpf', inCode: 'kmod' },
    'Where events come from. kmod and modern_ebpf both mean the live kernel: Saker watches it by eBPF.',
  ),
  'engine.kmod.buf_size_preset': acts(preset, both(4), 'Size of the event buffer: 2^(n-1) MiB per CPU.'),
  'engine.kmod.drop_failed_exit': acts(bool, both(false), 'Leave out failed system calls.'),
  'engine.modern_ebpf.cpus_for_each_buffer': accepted(
    integer(0, 65535),
    both(2),
    'CPUs that share one event buffer; 0: all of them.',
  ),
  'engine.modern_ebpf.buf_size_preset': acts(preset, both(4), 'Size of an event buffer: 2^(n-1) MiB.'),
  'engine.modern_ebpf.drop_failed_exit': acts(bool, both(false), 'Leave out failed system calls.'),
  'engine.modern_ebpf.disable_iterators': accepted(
    bool,
    both(false),
    'Read running processes from /proc instead of by BPF iterators.',
  ),
  'engine.replay.capture_file': acts(text, both(''), 'The capture to read with engine.kind: replay.'),

  'capture.enabled': acts(bool, both(false), 'Record a capture when a rule matches.'),
  'capture.path_prefix': acts(text, both('/tmp/falco'), 'First part of the names of recorded captures.'),
  'capture.mode': acts(
    choice(['rules', 'all_rules'], { strict: true }),
    both('rules'),
    'Record for rules with `capture: true` only, or for all.',
  ),
  'capture.default_duration': acts(u32, both(5000), 'How long to record, in milliseconds.'),
  'capture.max_file_size_mb': acts(count, both(0), 'Most megabytes of one capture; 0: no limit.'),

  'saker.capture.before_seconds': acts(
    decimal(0, 3600, true),
    both(5),
    'Seconds before the alert that a capture holds at least; 0: it begins with the alert, as those of Falco.',
  ),
  'saker.capture.before_mb': acts(integer(0, 1024, true), both(16), 'Megabytes of events kept for that.'),
  'saker.capture.max_files': acts(count, both(1000), 'Captures that are kept, the oldest go; 0: no limit.'),
  'saker.capture.max_total_mb': acts(count, both(1024), 'Megabytes of all captures together; 0: no limit.'),
  'saker.capture.max_age_hours': acts(count, both(0), 'Hours after which a capture is removed; 0: never.'),

  'saker.kernel_filter': acts(
    bool,
    both(true),
    'Leave opens (and their closes) out in the kernel of which no rule can tell. Alerts stay the same; counters of events do not.',
  ),

  'saker.nice': acts(
    integer(-20, 19),
    both(-10),
    'Priority of Saker; lower ones come first. So a busy machine has no events lost; 0: as other programs.',
  ),
  'saker.keep_capabilities': acts(
    textList,
    both([]),
    'Capabilities to keep beside those that watching needs; all: give up none. With program_output none are given up either.',
  ),

  load_plugins: accepted(
    optional(textList),
    { inFile: ['container'], inCode: undefined },
    'Plugins to load, by name; absent: all under plugins. What the plugins container and k8smeta do is built in.',
  ),
  plugins: accepted(pluginList, both([]), 'Plugins that can be loaded: name, library and its settings.'),
  plugins_hostinfo: accepted(bool, both(true), 'Tell source plugins about this host.'),

  time_format_iso_8601: acts(bool, both(false), 'Times in alerts and logs by ISO 8601 in UTC, not local time of day.'),
  buffer_format_base64: acts(bool, both(false), 'Print the data of reads and writes in base64.'),
  priority: acts(
    choice(priorityWords, { strict: true, anyCase: true }),
    both('debug'),
    'Least severe priority of rules that are loaded.',
  ),
  json_output: acts(bool, both(false), 'Alerts, and the answers of -L, -l, -V and --version, as JSON.'),
  json_include_output_property: acts(bool, both(true), 'JSON alerts have `output`: the whole line of text.'),
  json_include_message_property: acts(
    bool,
    both(false),
    'JSON alerts have `message`: the output without time and priority.',
  ),
  json_include_output_fields_property: acts(
    bool,
    both(true),
    'JSON alerts have `output_fields`: each field with its value.',
  ),
  json_include_tags_property: acts(bool, both(true), 'JSON alerts have `tags`.'),
  buffered_outputs: accepted(
    bool,
    both(false),
    'Collect alerts before writing. Saker writes each at once: nothing is lost when it ends.',
  ),
  rule_matching: acts(
    choice(['first', 'all'], { strict: true, anyCase: true }),
    both('first'),
    'Stop at the first rule that matches an event, or alert for all.',
  ),
  'outputs_queue.capacity': acts(
    count,
    { inFile: 0, inCode: 0 },
    'Most alerts that wait for slow outputs; 0: no limit set by the user. What is lost is counted.',
  ),
  append_output: acts(
    appendOutputs,
    {
      inFile: [
        {
          source: undefined,
          rule: undefined,
          tags: [],
          extraOutput: undefined,
          extraFields: [],
          suggestedOutput: true,
        },
      ],
      inCode: [],
    },
    'What is added to the outputs of rules: text, fields, or the fields that say which container it was.',
  ),
  static_fields: acts(textMap, both({}), 'Fixed fields `static.<name>` for every rule.'),

  'stdout_output.enabled': acts(bool, { inFile: true, inCode: false }, 'Alerts to standard output.'),
  'syslog_output.enabled': acts(bool, { inFile: true, inCode: false }, 'Alerts to the system log.'),
  'file_output.enabled': acts(bool, both(false), 'Alerts to a file.'),
  'file_output.keep_alive': acts(bool, both(false), 'Keep the file open between alerts.'),
  'file_output.filename': acts(text, { inFile: './events.txt', inCode: '' }, 'The file that alerts are added to.'),
  'program_output.enabled': acts(bool, both(false), 'Alerts to the standard input of a program.'),
  'program_output.keep_alive': acts(bool, both(false), 'One program for all alerts instead of one each.'),
  'program_output.program': acts(text, both(''), 'The program, as a shell command.'),
  'http_output.enabled': acts(bool, both(false), 'Alerts by HTTP POST.'),
  'http_output.url': acts(text, both(''), 'Where to post them.'),
  'http_output.user_agent': acts(text, both('falcosecurity/falco'), 'User-Agent of the requests.'),
  'http_output.insecure': acts(bool, both(false), "Don't check the server's certificate."),
  'http_output.ca_cert': acts(text, both(''), 'Certificate authority of the server.'),
  'http_output.ca_bundle': acts(text, both(''), 'File of certificate authorities.'),
  'http_output.ca_path': acts(text, both('/etc/ssl/certs'), 'Folder of certificate authorities.'),
  'http_output.mtls': acts(bool, both(false), 'Show a certificate to the server.'),
  'http_output.client_cert': acts(text, both('/etc/ssl/certs/client.crt'), 'That certificate.'),
  'http_output.client_key': acts(text, both('/etc/ssl/certs/client.key'), 'Its key.'),
  'http_output.echo': acts(bool, both(false), "Print the server's answers."),
  'http_output.compress_uploads': acts(bool, both(false), 'Compress the requests (Content-Encoding: gzip).'),
  'http_output.keep_alive': acts(bool, both(false), 'Probe idle connections; they are used again in any case.'),
  'http_output.max_consecutive_timeouts': acts(
    integer(0, 255),
    both(5),
    'How often an alert is sent again after a timeout.',
  ),

  // Falco's file has true; Saker opens no port to the network that nobody asked for.
  'webserver.enabled': acts(bool, both(false), 'Serve health, versions and metrics by HTTP.'),
  'webserver.threadiness': accepted(u32, both(0), 'Threads of the server.'),
  'webserver.listen_port': acts(u32, both(8765), 'Its port.'),
  'webserver.listen_address': acts(text, both('0.0.0.0'), 'Its address.'),
  'webserver.k8s_healthz_endpoint': acts(text, both('/healthz'), 'Path of the health check.'),
  'webserver.prometheus_metrics_enabled': acts(bool, both(false), 'Serve /metrics.'),
  'webserver.ssl_enabled': acts(bool, both(false), 'Serve by TLS.'),
  'webserver.ssl_certificate': acts(text, both('/etc/falco/falco.pem'), 'Certificate and key in one file.'),

  log_stderr: acts(bool, { inFile: true, inCode: false }, 'Log to standard error.'),
  log_syslog: acts(bool, both(true), 'Log to the system log.'),
  log_level: acts(choice(logWords, { strict: true }), both('info'), 'Least severe level that is logged.'),
  'libs_logger.enabled': accepted(bool, both(true), 'Log what the capturing part says.'),
  'libs_logger.severity': accepted(choice(libsWords, { strict: false }), both('info'), 'Least severe level of it.'),

  output_timeout: acts(
    u32,
    both(2000),
    'How long an output may take before the log says so, in milliseconds; also at the end.',
  ),
  'syscall_event_timeouts.max_consecutives': accepted(
    integer(1, 0xffffffff, true),
    both(1000),
    'Empty reads in a row before an internal alert.',
  ),
  'syscall_event_drops.threshold': acts(
    decimal(0, 1, true),
    both(0.1),
    'Part of the events of a second that may be lost unsaid.',
  ),
  'syscall_event_drops.actions': acts(
    listOf(dropActions, true),
    { inFile: ['log', 'alert'], inCode: [] },
    'What to do when more are lost.',
  ),
  'syscall_event_drops.rate': acts(decimal(0, infinity, false), both(0.03333), 'How often to do it, per second.'),
  'syscall_event_drops.max_burst': acts(decimal(0, infinity, false), both(1), 'How often at once.'),
  'syscall_event_drops.simulate_drops': acts(
    bool,
    both(false),
    'Act once a second as if an event was lost, whatever the threshold, for a test.',
  ),

  'metrics.enabled': acts(bool, both(false), 'Measure rules, events and resources.'),
  'metrics.interval': acts(text, { inFile: '1h', inCode: '5000' }, 'Time between two measurements, e.g. 1h or 30m.'),
  'metrics.output_rule': acts(bool, { inFile: true, inCode: false }, 'Measurements as alerts.'),
  'metrics.output_file': acts(text, both(''), 'File for measurements.'),
  'metrics.rules_counters_enabled': acts(bool, both(true), 'Matches per rule.'),
  'metrics.resource_utilization_enabled': acts(bool, both(true), 'CPU and memory.'),
  'metrics.state_counters_enabled': acts(bool, both(true), 'Tables of processes and descriptors.'),
  'metrics.kernel_event_counters_enabled': acts(bool, both(true), 'Events and losses in the kernel.'),
  'metrics.kernel_event_counters_per_cpu_enabled': acts(bool, { inFile: false, inCode: true }, 'The same per CPU.'),
  'metrics.kernel_iter_event_counters_enabled': acts(
    bool,
    both(true),
    'Threads and descriptors that were there at the start (with Falco: events of the BPF iterators).',
  ),
  'metrics.libbpf_stats_enabled': acts(
    bool,
    both(true),
    'Run time of the BPF programs, as far as the kernel measures it (sysctl kernel.bpf_stats_enabled=1).',
  ),
  'metrics.plugins_metrics_enabled': accepted(bool, both(true), 'What plugins measure.'),
  'metrics.jemalloc_stats_enabled': accepted(
    bool,
    { inFile: false, inCode: true },
    'Statistics of the memory allocator.',
  ),
  'metrics.convert_memory_to_mb': acts(bool, both(true), 'Memory in megabytes.'),
  'metrics.include_empty_values': acts(bool, both(false), 'Also what is zero.'),

  'base_syscalls.custom_set': acts(
    textList,
    both([]),
    'System calls to watch besides those of the rules, in place of those that change the state; !name: never that one.',
  ),
  'base_syscalls.repair': acts(
    bool,
    both(false),
    'Watch for the state as few calls as the rules allow; with custom_set: add to it what the state needs.',
  ),
  'base_syscalls.all': acts(
    bool,
    both(false),
    'Watch also the system calls that come most often (`saker falco -i` lists them), where rules or custom_set name them.',
  ),
  'falco_libs.thread_table_size': acts(u32, both(262144), 'Most threads that are known at a time.'),
  'falco_libs.thread_table_auto_purging_interval_s': acts(
    u32,
    both(300),
    'Seconds between two searches for threads that are gone.',
  ),
  'falco_libs.thread_table_auto_purging_thread_timeout_s': acts(
    u32,
    both(300),
    'Seconds without an event after which a thread is looked for.',
  ),
  'falco_libs.snaplen': acts(count, { inFile: 80, inCode: 0 }, 'Bytes kept of the data of a read or write.'),
} as const;

type Keys = typeof configKeys;
/** The full name of a key, its parts joined by dots. */
export type ConfigName = keyof Keys;

/** A whole configuration: the value of each key by its full name. */
export type Config = { readonly [K in ConfigName]: Keys[K] extends ConfigKey<infer T> ? T : never };

/** Keys that older versions of Falco had, and what took their place. */
export const goneKeys: Readonly<Record<string, string>> = {
  grpc: 'the gRPC server is gone from Falco; use http_output',
  grpc_output: 'the gRPC output is gone from Falco; use http_output',
  container_engines: "moved to the container plugin's init_config",
  syscall_buf_size_preset: 'use engine.modern_ebpf.buf_size_preset',
  syscall_drop_failed_exit: 'use engine.modern_ebpf.drop_failed_exit',
  modern_bpf: 'use engine.modern_ebpf',
  'engine.ebpf': 'use engine.kind: modern_ebpf',
  'engine.gvisor': 'gVisor is gone from Falco',
};
