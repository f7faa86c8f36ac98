import { rmSync, writeFileSync } from 'node:fs';
import { configuredCaptures } from '../../app/captures.ts';
import { containerSettings } from '../../app/config/container-engines.ts';
import { kubernetesSettings } from '../../app/config/kubernetes-metadata.ts';
import { httpOutput, queueCapacity } from '../../app/config/settings.ts';
import { DropMonitor, type DropSettings } from '../../app/drop-monitor.ts';
import { hostNameOption } from '../../app/host-names.ts';
import { type SyscallSelection, selectCalls } from '../../app/interest.ts';
import { collectLeftovers } from '../../app/memory.ts';
import type { Monitoring } from '../../app/monitoring.ts';
import type { ServiceManager } from '../../app/service-manager.ts';
import { type Session, SessionError, type SessionOptions, type SessionSummary } from '../../app/session.ts';
import { decodeBytes } from '../../base/utf8.ts';
import type { SourceHold } from '../../model/source.ts';
import { type Reload, runSession } from '../run-session.ts';
import { type FalcoContext, FalcoError, FalcoStartError } from './context.ts';
import { duration } from './duration.ts';
import type { FalcoRules } from './rules.ts';

const largestSnapLength = 4095;
const dropCheckMs = 1000;
/** What timers can wait, in milliseconds; beyond, they would not wait at all. */
const longestTimeout = 2 ** 31 - 1;

function source({ config, io }: FalcoContext): SessionOptions['source'] {
  switch (config['engine.kind']) {
    case 'replay':
      return { id: 'replay', config: { path: config['engine.replay.capture_file'] } };
    case 'nodriver':
      throw new FalcoError('engine.kind is nodriver, which leaves event sources of plugins only: there are none yet');
    case 'kmod':
    case 'modern_ebpf': {
      const preset = config[`engine.${config['engine.kind']}.buf_size_preset`];
      const hostRoot = io.environment['HOST_ROOT'] ?? '';
      return {
        id: 'ebpf',
        config: { bufferBytes: 2 ** (preset - 1) * 1048576, snapLength: snapLength(config), hostRoot },
      };
    }
  }
}

function dropsFailed(config: FalcoContext['config']): boolean {
  const kind = config['engine.kind'];
  return (kind === 'kmod' || kind === 'modern_ebpf') && config[`engine.${kind}.drop_failed_exit`];
}

/** How container engines are asked; what is wrong with that is logged. */
function containers({ config, io, log }: FalcoContext): SessionOptions['containers'] {
  const { options, problems } = containerSettings(config, io.environment['HOST_ROOT'] ?? '');
  for (const problem of problems)
    log.log('warning', 'settings of the container plugin are not as expected', { problem });
  return options;
}

/** How the cluster is asked what pods belong to; undefined: it is not. */
function kubernetes({ config, io, log }: FalcoContext): SessionOptions['kubernetes'] {
  const { options, problems, collector } = kubernetesSettings(config, io.environment);
  for (const problem of problems) log.log('warning', 'settings of the k8smeta plugin are not as expected', { problem });
  if (collector.length > 0)
    log.log('notice', 'the API server is asked itself, no collector is needed', { unused: collector.join(', ') });
  return options;
}

/** Bytes kept of the data of reads and writes; the configuration's 0 stands for the usual 80. */
function snapLength(config: FalcoContext['config']): number {
  const wanted = config['falco_libs.snaplen'];
  return wanted === 0 ? 80 : Math.min(wanted, largestSnapLength);
}

/** In the order in which each alert goes to them. */
function outputs({ config }: FalcoContext): SessionOptions['outputs'] {
  const enabled: SessionOptions['outputs'][number][] = [];
  if (config['file_output.enabled']) {
    const keepAlive = config['file_output.keep_alive'];
    enabled.push({ id: 'file', config: { filename: config['file_output.filename'], keepAlive } });
  }
  if (config['stdout_output.enabled']) enabled.push({ id: 'stdout', config: {} });
  if (config['syslog_output.enabled']) enabled.push({ id: 'syslog', config: { ident: 'falco' } });
  if (config['program_output.enabled']) {
    const keepAlive = config['program_output.keep_alive'];
    enabled.push({ id: 'program', config: { program: config['program_output.program'], keepAlive } });
  }
  if (config['http_output.enabled']) enabled.push({ id: 'http', config: httpOutput(config) });
  if (enabled.length === 0) throw new FalcoError('No output enabled: set e.g. stdout_output.enabled to true');
  return enabled;
}

function dropSettings(config: FalcoContext['config']): DropSettings {
  return {
    // Simulated drops are few.
    threshold: config['syscall_event_drops.simulate_drops'] ? 0 : config['syscall_event_drops.threshold'],
    actions: config['syscall_event_drops.actions'],
    rate: config['syscall_event_drops.rate'],
    maxBurst: config['syscall_event_drops.max_burst'],
  };
}

function selection(config: FalcoContext['config']): SyscallSelection {
  return {
    customSet: config['base_syscalls.custom_set'],
    repair: config['base_syscalls.repair'],
    all: config['base_syscalls.all'],
  };
}

/** Says what is special about the system calls that will be watched. */
function sayCalls({ config, log, io }: FalcoContext, rules: FalcoRules): void {
  const { names, unknown, unwatched, repaired } = selectCalls(rules.selected, selection(config));
  log.log('debug', 'system calls that are watched', { count: names.length, names: names.join(', ') });
  if (unknown.length > 0) {
    log.log('warning', 'base_syscalls.custom_set names no system calls', { names: unknown.join(', ') });
  }
  if (repaired.length > 0) {
    log.log('info', 'base_syscalls.repair adds system calls', { count: repaired.length, names: repaired.join(', ') });
  }
  if (unwatched.length === 0) return;
  io.err(
    `Loaded rules ask for system calls that are not watched: ${unwatched.join(', ')}\n` +
      'Those that come very often are watched with base_syscalls.all; others were taken out by base_syscalls.custom_set.\n',
  );
}

function statistics(summary: SessionSummary): string {
  let text = `Events detected: ${summary.alerts}\nRule counts by severity:\n`;
  for (const [priority, count] of summary.byPriority) {
    text += `   ${priority === 'Informational' ? 'INFO' : priority.toUpperCase()}: ${count}\n`;
  }
  text += 'Triggered rules by rule name:\n';
  for (const [rule, count] of summary.byRule) text += `   ${decodeBytes(rule)}: ${count}\n`;
  return text;
}

function sayFinished({ io, flags, log }: FalcoContext, summary: SessionSummary, drops: DropMonitor): void {
  const lost = [...summary.eventsLost.values()].reduce((sum, count) => sum + count, 0);
  if (flags.v) {
    const rate = summary.cpuSeconds > 0 ? summary.events / summary.cpuSeconds : 0;
    io.err(`Driver Events:${summary.events}\nDriver Drops:${lost}\n`);
    io.err(
      `Elapsed time: ${summary.cpuSeconds.toFixed(3)}, Captured Events: ${summary.events}, ${rate.toFixed(2)} eps\n`,
    );
  }
  io.err(
    `Syscall event drop monitoring:\n   - event drop detected: ${drops.detected} occurrences\n   - num times actions taken: ${drops.acted}\n`,
  );
  if (summary.alertsLost > 0)
    log.log('error', 'alerts were lost: an output did not take them in time', { count: summary.alertsLost });
  const unnamed = summary.containers?.alertsWithout ?? 0;
  if (unnamed > 0) log.log('notice', 'alerts had no name and image of their container', { count: unnamed });
  const unknownPods = summary.containers?.alertsWithoutPod ?? 0;
  if (unknownPods > 0) log.log('notice', 'alerts had nothing of what Kubernetes knows', { count: unknownPods });
  io.out(statistics(summary));
}

/** What the session does, checked as far as can be without starting it. @throws FalcoError */
export function sessionOptions(context: FalcoContext, rules: FalcoRules) {
  const { config, flags, io, log } = context;
  const ownHostname = io.environment['FALCO_HOSTNAME'];
  return {
    source: source(context),
    rules: rules.selected,
    fieldTable: rules.fieldTable,
    matching: config.rule_matching,
    alerts: context.alerts,
    outputs: outputs(context),
    skipBrokenOutputs: true,
    queue: { capacity: queueCapacity(config), timeoutMs: Math.min(config.output_timeout, longestTimeout) },
    containers: containers(context),
    kubernetes: kubernetes(context),
    state: {
      ...(ownHostname === undefined ? {} : { hostname: ownHostname }),
      ...hostNameOption(rules.selected, config['engine.kind'] !== 'replay'),
      maxThreads: config['falco_libs.thread_table_size'] || 262144,
      purgeEveryNs: config['falco_libs.thread_table_auto_purging_interval_s'] * 1e9,
      purgeIdleNs: config['falco_libs.thread_table_auto_purging_thread_timeout_s'] * 1e9,
    },
    durationSeconds: duration(flags.M),
    dropsFailed: dropsFailed(config),
    filtersOpens: config['saker.kernel_filter'],
    syscalls: selection(config),
    captures: configuredCaptures(config),
    logger: log,
  };
}

/** Follows a session's losses, simulated ones too. */
class DropWatch {
  readonly monitor: DropMonitor;
  isExit = false;
  readonly #context: FalcoContext;
  #session: Session | undefined;
  #simulation: NodeJS.Timeout | undefined;

  constructor(context: FalcoContext) {
    this.#context = context;
    this.monitor = new DropMonitor(dropSettings(context.config), {
      log: (level, message) => context.log.log(level, message),
      alert: (...alert) => this.#session?.tell(...alert),
      exit: () => {
        this.isExit = true;
        this.#session?.stop();
      },
    });
  }

  lost(...[count, events, session, details]: Parameters<NonNullable<SessionOptions['onLost']>>): void {
    this.#session = session;
    this.monitor.lost(count, events, performance.now(), details?.byEvent);
  }

  begin(session: Session): void {
    const { config, log } = this.#context;
    if (!config['syscall_event_drops.simulate_drops']) return;
    this.#simulation = setInterval(() => {
      log.log('info', 'Simulating syscall event drop');
      this.lost(1, session.events, session, undefined);
    }, dropCheckMs);
  }

  end(): void {
    clearInterval(this.#simulation);
  }
}

/** What is in force. */
export interface Setting {
  readonly context: FalcoContext;
  readonly rules: FalcoRules;
}

/** What is there for one session after the other. */
interface Run {
  readonly reload: Reload;
  readonly service: ServiceManager;
  readonly hold: SourceHold;
  /** Events can come. */
  readonly onReady: (session: Session) => void;
}

/**
 * Watches or replays until the end, or until it is to begin anew.
 * @returns the exit code; undefined: begin anew. @throws FalcoError
 */
export async function runFalco({ context, rules }: Setting, run: Run): Promise<number | undefined> {
  const { config, flags, log } = context;
  const options = sessionOptions(context, rules);
  const isReplay = options.source.id === 'replay';
  if (!isReplay) sayCalls(context, rules);
  if (flags['dry-run']) return 0;
  log.log('info', 'Loaded event sources: syscall');
  log.log('info', 'Enabled event sources: syscall');
  log.log(
    'info',
    isReplay
      ? `Replaying events from the capture file: ${config['engine.replay.capture_file']}`
      : "Opening 'syscall' source with the eBPF sensor.",
  );
  if (flags.pidfile !== undefined) writePid(flags.pidfile);
  const drops = new DropWatch(context);
  let monitoring: Monitoring | undefined;
  function begun(session: Session): void {
    drops.begin(session);
    monitoring?.follow(session);
    run.onReady(session);
  }
  try {
    if (config['webserver.enabled'] || config['metrics.enabled']) {
      const { startMonitoring } = await import('./monitoring.ts');
      monitoring = await startMonitoring(context, rules, isReplay);
    }
    collectLeftovers();
    const { summary, isReload } = await runSession(
      { ...options, hold: run.hold, onLost: (...loss) => drops.lost(...loss), onReady: begun },
      run.reload,
      run.service,
    );
    // What could not even be opened leaves nothing to sum up.
    if (summary.error === undefined || summary.events > 0) sayFinished(context, summary, drops.monitor);
    if (drops.isExit) throw new FalcoError('events were dropped, and syscall_event_drops.actions has exit');
    if (summary.error !== undefined)
      throw new (summary.events === 0 ? FalcoStartError : FalcoError)(summary.error.message);
    return isReload ? undefined : 0;
  } catch (error) {
    if (error instanceof SessionError) throw new FalcoStartError(error.reasons.join('\n'));
    throw error;
  } finally {
    drops.end();
    await monitoring?.close();
    if (flags.pidfile !== undefined) rmSync(flags.pidfile, { force: true });
  }
}

function writePid(file: string): void {
  try {
    writeFileSync(file, String(process.pid));
  } catch (error) {
    throw new FalcoError(`Could not write pid to pidfile ${file}: ${(error as Error).message}`, 255);
  }
}
