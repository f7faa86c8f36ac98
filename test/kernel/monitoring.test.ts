import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing } from '../kit/requirements.ts';

const root = path.resolve(import.meta.dirname, '..', '..');

/** Every name of a snapshot, as Falco's documentation has it, of what Saker measures. */
const names = [
  /^evt\.(time|source|hostname)$/,
  /^falco\.(version|reload_ts|start_ts|duration_sec|kernel_release|host_boot_ts|host_num_cpus)$/,
  /^falco\.(outputs_queue_num_drops|num_evts|num_evts_prev|evts_rate_sec)$/,
  /^falco\.sha256_(rules|config)_file\.[a-zA-Z0-9_:]+$/,
  /^falco\.host_netinfo\.interfaces\.[^.]+\.protocols\.ipv[46]\.addresses$/,
  /^falco\.rules\.[a-zA-Z0-9_:]+$/,
  /^falco\.(cpu_usage_perc|memory_(rss|vsz|pss)_mb|container_memory_used_mb)$/,
  /^falco\.host_(cpu_usage_perc|memory_used_mb|procs_running|open_fds)$/,
  /^falco\.(n_threads|n_fds|n_drops_full_threadtable)$/,
  /^falco\.n_(cached|noncached|failed)_(fd|thread)_lookups$/,
  /^falco\.n_(added|removed)_(fds|threads)$/,
  /^falco\.n_(stored|retrieved)_evts$/,
  /^scap\.\w+\.(run_cnt|run_time_ns|avg_time_ns)$/,
  /^scap\.n_(evts|drops)_cpu_\d+$/,
  /^scap\.n_evts_task(_file_(pipe|memfd|regular|directory|socket_(inet6?|unix|netlink)|anon_inode))?$/,
  /^scap\.(engine_name|n_evts|n_evts_prev|evts_rate_sec|n_drops|n_drops_prev|evts_drop_rate_sec)$/,
  /^scap\.(n_drops_perc|n_drops_buffer_total)$/,
  /^scap\.n_drops_buffer_(clone_fork|execve|connect|open|dir_file|other_interest|close|proc)_exit$/,
];

interface Snapshot {
  sample: number;
  output_fields: Record<string, number | string>;
}

let folder = '';
let port = 0;
let saker: ChildProcess;
let printed = '';
let log = '';

function config(): string {
  return `
rules_files: [${folder}/rules.yaml]
watch_config_files: false
json_output: true
log_stderr: true
log_syslog: false
stdout_output: {enabled: true}
webserver: {enabled: true, listen_address: 127.0.0.1, listen_port: ${port}, prometheus_metrics_enabled: true}
metrics: {enabled: true, interval: 200ms, output_rule: true, output_file: ${folder}/metrics.jsonl}
`;
}

const rules = `
- rule: Marked file
  desc: The file of the test was opened.
  condition: evt.type in (open, openat, openat2) and fd.name endswith saker-monitored
  output: "%fd.name"
  priority: WARNING
  tags: [a.b]
`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: found } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return found;
}

async function eventually<T>(what: string, get: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const value = await get();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${what}; log: ${log}`);
}

async function page(name: string): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}${name}`)).text();
}

function start(): ChildProcess {
  return spawn(path.join(root, 'bin/saker'), ['falco', '-c', path.join(folder, 'falco.yaml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe.skipIf(missing('kernel'))('saker falco with web server and metrics', () => {
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'saker-monitoring-'));
    port = await freePort();
    writeFileSync(path.join(folder, 'rules.yaml'), rules);
    writeFileSync(path.join(folder, 'falco.yaml'), config());
    saker = start();
    saker.stdout!.setEncoding('utf8').on('data', (text: string) => (printed += text));
    saker.stderr!.setEncoding('utf8').on('data', (text: string) => (log += text));
    await eventually('snapshot', () => (printed.includes('metrics snapshot') ? true : undefined));
  });

  afterAll(() => {
    saker?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('tells that it is well, and its versions', async () => {
    expect(await page('/healthz')).toBe('{"status": "ok"}');
    expect(JSON.parse(await page('/versions'))).toMatchObject({ falco_version: expect.any(String) });
  });

  it('counts matches and events for Prometheus', async () => {
    const file = path.join(folder, 'saker-monitored');
    writeFileSync(file, '');
    spawnSync('cat', [file]);
    const metrics = await eventually('matches', async () => {
      const text = await page('/metrics');
      return text.includes('rules_matches_total{') ? text : undefined;
    });
    expect(metrics).toMatch(
      /^falcosecurity_falco_rules_matches_total\{rule_name="Marked file",priority="4",source="syscall",tag_a_b="true"\} [1-9]/m,
    );
    expect(metrics).toMatch(/^falcosecurity_scap_n_evts_total [1-9]\d*$/m);
    expect(metrics).toMatch(/^falcosecurity_scap_n_threads_total [1-9]\d*$/m);
  });

  it('writes snapshots with the names of Falco, as lines and as alerts', async () => {
    const lines = await eventually('lines', () => {
      const text = readFileSync(path.join(folder, 'metrics.jsonl'), 'utf8').split('\n').slice(0, -1);
      return text.at(-1)?.includes('Marked_file') === true ? text : undefined;
    });
    const snapshots = lines.map((line) => JSON.parse(line) as Snapshot);
    expect(snapshots.map((item) => item.sample)).toEqual(snapshots.map((_, i) => i + 1));
    const fields = snapshots.at(-1)!.output_fields;
    expect(Object.keys(fields).filter((name) => !names.some((pattern) => pattern.test(name)))).toEqual([]);
    expect(fields).toMatchObject({ 'evt.source': 'syscall', 'scap.engine_name': 'modern_bpf' });
    expect(fields['falco.sha256_rules_file.rules_yaml']).toMatch(/^[0-9a-f]{64}$/);
    expect(fields['falco.n_threads']).toBeGreaterThan(1);
    expect(fields['scap.n_evts_task']).toBeGreaterThan(1);
    expect(fields['falco.n_noncached_thread_lookups']).toBeGreaterThan(0);
    const cpus = Object.keys(fields).filter((name) => name.startsWith('scap.n_evts_cpu_'));
    expect(cpus).toHaveLength(fields['falco.host_num_cpus'] as number);
    // What arrives after the fields were begun comes on top.
    const byCpu = cpus.reduce((sum, name) => sum + (fields[name] as number), 0);
    expect(byCpu).toBe(fields['scap.n_evts']);
    const alert = printed.split('\n').find((line) => line.includes('metrics snapshot'))!;
    expect(JSON.parse(alert)).toMatchObject({
      rule: 'Falco internal: metrics snapshot',
      output: 'Falco metrics snapshot',
      priority: 'Informational',
      source: 'internal',
      output_fields: { 'evt.source': 'syscall' },
    });
  });

  it('does not start where the port is taken, and says so', async () => {
    const second = start();
    let text = '';
    second.stderr!.setEncoding('utf8').on('data', (part: string) => (text += part));
    const code = await new Promise((resolve) => second.once('close', resolve));
    expect(code).toBe(1);
    expect(text).toContain(`the web server can't serve 127.0.0.1:${port}`);
  });

  it('gives the port back at SIGTERM', async () => {
    const ended = new Promise<number | null>((resolve) => saker.once('exit', resolve));
    saker.kill('SIGTERM');
    expect(await ended).toBe(0);
    await expect(page('/healthz')).rejects.toThrow();
  });
});
