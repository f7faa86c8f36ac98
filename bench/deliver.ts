import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Load on `saker deliver`: alerts of 1.2 kB by HTTP over 1, 8 and 64 connections, each waiting for its answer, to one
 * webhook and to four outputs; everything on this machine. `bin/node bench/deliver.ts [SECONDS] [CONNECTIONS,...]`.
 * Prints for each: alerts/s that were acknowledged, i.e. on disk, latency of that, CPU time of the process per alert up to
 * the delivery of the last, its peak memory, and how many were delivered when the load ended. Five seconds of load come
 * before, for the compiler: a delivery runs for months. This process, which is all senders and all receivers, takes the same
 * processors; its CPU time per alert is the last column.
 */

const root = path.resolve(import.meta.dirname, '..');
const [seconds = '6', connectionList = '1,8,64'] = process.argv.slice(2);
const port = 28_801;
const warmUpSeconds = 5;

function alertBody(): string {
  const names = [
    'container.id',
    'container.name',
    'k8s.ns.name',
    'k8s.pod.name',
    'proc.cmdline',
    'proc.exepath',
    'proc.name',
  ];
  const fields = Object.fromEntries([
    ...names.map((name) => [name, `a value of ${name}, as they are`] as const),
    ...Array.from({ length: 12 }, (_nothing, i) => [`proc.aname[${i}]`, `parent-${i}`] as const),
    ['evt.time', 0],
  ]);
  const alert = {
    hostname: 'node-1',
    output: `05:29:25.123456789: Notice A shell was spawned in a container (user=root command=bash -i ${'x'.repeat(200)})`,
    output_fields: fields,
    priority: 'Notice',
    rule: 'Terminal shell in container',
    source: 'syscall',
    tags: ['T1059', 'container', 'mitre_execution', 'shell'],
    time: '2026-11-21T05:29:25.123456789Z',
  };
  return JSON.stringify(alert).replace('"evt.time":0', '"evt.time":1795238965123456789');
}

const lastChunk = Buffer.from('0\r\n\r\n');

/** Where the body of a message ends whose head ends at `head`; undefined: it is not all there. */
function bodyEnd(bytes: Buffer, head: number): number | undefined {
  const text = bytes.toString('latin1', 0, head);
  const start = head + 4;
  if (/transfer-encoding: *chunked/i.test(text)) {
    const last = bytes.indexOf(lastChunk, start);
    return last < 0 ? undefined : last + lastChunk.length;
  }
  const end = start + Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? 0);
  return end > bytes.length ? undefined : end;
}

/** Reads HTTP messages of a connection, as far as this needs it; calls with each body. */
function onMessages(socket: Socket, take: (body: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (part: Buffer) => {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    for (;;) {
      const head = rest.indexOf('\r\n\r\n');
      const end = head < 0 ? undefined : bodyEnd(rest, head);
      if (end === undefined) return;
      const body = rest.subarray(head + 4, end);
      rest = rest.subarray(end);
      take(body);
    }
  });
}

/** A receiver that takes everything. */
function startSink(onAlerts: (count: number) => void): Promise<Server> {
  const server = createServer((socket) =>
    onMessages(socket, (body) => {
      // Each alert has its rule once in it, whatever the output makes of it.
      let count = 0;
      for (let at = body.indexOf('"uuid":"'); at >= 0; at = body.indexOf('"uuid":"', at + 8)) count++;
      onAlerts(count);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    }),
  );
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Posts one alert after the other over a connection until a time; milliseconds of each. */
function postUntil(end: number, request: string, latencies: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let start = 0;
    function post(): void {
      start = performance.now();
      if (start >= end) {
        socket.end();
        resolve();
      } else {
        socket.write(request);
      }
    }
    socket.setNoDelay(true);
    socket.on('connect', post);
    socket.on('error', reject);
    onMessages(socket, () => {
      latencies.push(performance.now() - start);
      post();
    });
  });
}

function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  // utime and stime in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function peakMb(pid: number): number {
  return Math.round(Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) / 1024);
}

async function get(what: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${what}`);
  return await response.text();
}

async function untilUp(child: ChildProcess): Promise<void> {
  for (let i = 0; i < 200 && child.exitCode === null; i++) {
    try {
      await get('/ping');
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error('saker deliver did not start');
}

async function untilDelivered(): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const depths = (await get('/metrics')).matchAll(/^saker_delivery_\w*depth\{.*\} (\d+)/gm);
    if ([...depths].every(([, depth]) => depth === '0')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function configuration(folder: string, sink: string, outputs: number): string {
  const lines = [`listenaddress: 127.0.0.1`, `listenport: ${port}`, `queue: {directory: ${folder}/queue}`];
  lines.push(`webhook: {address: "http://${sink}/hook"}`);
  if (outputs > 1) {
    lines.push(`slack: {webhookurl: "http://${sink}/slack"}`, `loki: {hostport: "http://${sink}"}`);
    lines.push(`alertmanager: {hostport: ["http://${sink}"]}`);
  }
  return `${lines.join('\n')}\n`;
}

async function run(connections: number, outputs: number): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-deliver-'));
  let delivered = 0;
  const sink = await startSink((count) => (delivered += count));
  const config = path.join(folder, 'config.yaml');
  writeFileSync(config, configuration(folder, `127.0.0.1:${(sink.address() as AddressInfo).port}`, outputs));
  const child = spawn(path.join(root, 'bin/saker'), ['deliver', '-q', '-c', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  try {
    await untilUp(child);
    const body = alertBody();
    const request = `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const post = async (forSeconds: number): Promise<number[]> => {
      const latencies: number[] = [];
      const end = performance.now() + forSeconds * 1000;
      await Promise.all(Array.from({ length: connections }, () => postUntil(end, request, latencies)));
      return latencies;
    };
    await post(warmUpSeconds);
    await untilDelivered();
    delivered = 0;
    const before = cpuMicroseconds(child.pid!);
    const own = process.cpuUsage();
    const start = performance.now();
    const latencies = await post(Number(seconds));
    const took = (performance.now() - start) / 1000;
    const atEnd = delivered;
    await untilDelivered();
    const count = latencies.length;
    const sorted = Float64Array.from(latencies).sort();
    const { user, system } = process.cpuUsage(own);
    const cells = [
      outputs,
      connections,
      Math.round(count / took),
      sorted[count >> 1]!.toFixed(2),
      sorted[Math.floor(count * 0.99)]!.toFixed(1),
      Math.round((cpuMicroseconds(child.pid!) - before) / count),
      peakMb(child.pid!),
      `${atEnd}/${count}`,
      `${delivered}/${count}`,
      Math.round((user + system) / count),
    ];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  } finally {
    child.kill('SIGTERM');
    await ended;
    sink.close();
    rmSync(folder, { recursive: true });
  }
}

process.stdout.write(
  '| outputs | connections | alerts/s | p50 ms | p99 ms | CPU us | peak MB | webhook at end | after | load us |\n',
);
process.stdout.write('|---|---|---|---|---|---|---|---|---|---|\n');
for (const outputs of [1, 4])
  for (const connections of connectionList.split(',')) await run(Number(connections), outputs);
process.exit();
