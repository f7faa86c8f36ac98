import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../src/delivery/delivery.ts';
import type { OutputSettings } from '../../src/delivery/settings.ts';
import type { Notice } from '../../src/model/notice.ts';
import { makeNotice, numberedNotices } from '../kit/alerts.ts';
import { hook, startOnDisk } from './setup.ts';
import { Sink } from './sink.ts';

let folder: string;
let sink: Sink;
let delivery: Delivery;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'faults-'));
  sink = new Sink();
  await sink.start();
});
afterEach(async () => {
  await delivery.close(0);
  await sink.stop();
  rmSync(folder, { recursive: true });
});

async function start(outputs: readonly OutputSettings[]): Promise<void> {
  delivery = await startOnDisk(path.join(folder, 'queue'), outputs);
}

function uuids(notices: readonly Notice[]): string[] {
  return notices.map(({ uuid }) => uuid);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Every alert was acknowledged once, in order. */
function expectAll(notices: readonly Notice[]): void {
  expect(sink.order).toEqual(uuids(notices));
}

test('down: nothing is lost, and nothing comes twice when it is back', async () => {
  const { url } = sink;
  await start([hook({ url })]);
  await sink.stop();
  const notices = numberedNotices(200);
  for (let i = 0; i < 200; i += 20) await delivery.accept(notices.slice(i, i + 20));
  await sleep(1500);
  expect(delivery.stats().outputs.get('webhook')).toMatchObject({ sent: 0, depth: 200 });
  expect(delivery.stats().outputs.get('webhook')!.breaker).not.toBe('closed');
  await sink.start();
  expect(await delivery.drain(10_000)).toBe(true);
  expectAll(notices);
});

test('hung: the send ends in time, the next one gets through', async () => {
  let hangs = 3;
  sink.behaviour = (_request, response, body) => {
    if (hangs-- > 0) return;
    sink.take(body, response);
  };
  await start([hook({ url: sink.url, changes: { timeoutMs: 200 } })]);
  const notices = numberedNotices(50);
  await delivery.accept(notices);
  expect(await delivery.drain(10_000)).toBe(true);
  expectAll(notices);
  expect(delivery.stats().outputs.get('webhook')).toMatchObject({ sent: 50, failures: 3, retried: 3 });
});

test('429 with Retry-After: nothing is sent before', async () => {
  const times: number[] = [];
  let refusals = 2;
  sink.behaviour = (_request, response, body) => {
    times.push(performance.now());
    if (refusals-- > 0) response.writeHead(429, { 'retry-after': '1' }).end('slow down');
    else sink.take(body, response);
  };
  await start([hook({ url: sink.url, changes: { concurrency: 1 } })]);
  const notices = numberedNotices(20);
  await delivery.accept(notices);
  expect(await delivery.drain(10_000)).toBe(true);
  expectAll(notices);
  expect(times[1]! - times[0]!).toBeGreaterThan(990);
  expect(times[2]! - times[1]!).toBeGreaterThan(990);
});

test('500 now and then: each gets through, in order', async () => {
  sink.behaviour = (_request, response, body) => {
    if (Math.random() < 0.3) response.writeHead(500).end('sorry');
    else sink.take(body, response);
  };
  await start([hook({ url: sink.url })]);
  const notices = numberedNotices(60);
  await delivery.accept(notices);
  expect(await delivery.drain(30_000)).toBe(true);
  expectAll(notices);
});

test('slow: it delays no other output and no sender', async () => {
  const fast = new Sink();
  await fast.start();
  sink.behaviour = (_request, response, body) => setTimeout(() => sink.take(body, response), 100);
  const changes = { concurrency: 4, batch: { count: 20, bytes: 1e6, waitMs: 0 } };
  await start([
    hook({ url: sink.url, name: 'slow', framing: 'array', changes }),
    hook({ url: fast.url, name: 'fast' }),
  ]);
  const notices = numberedNotices(300);
  const begin = performance.now();
  for (const notice of notices) await delivery.accept([notice]);
  const took = performance.now() - begin;
  while (fast.order.length < 300 && performance.now() - begin < took + 2000) await sleep(5);
  expect(fast.order).toEqual(uuids(notices));
  expect(await delivery.drain(10_000)).toBe(true);
  expect([...sink.counts.keys()].sort()).toEqual(uuids(notices).sort());
  expect(sink.repeats).toBe(0);
  await fast.stop();
});

test('a certificate that is not trusted: alerts wait until it is put right', async () => {
  const key = path.join(folder, 'key.pem');
  const cert = path.join(folder, 'cert.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const { readFileSync } = await import('node:fs');
  const [keyText, certText] = [key, cert].map((file) => readFileSync(file, 'utf8'));
  const server = createTlsServer({ key: keyText, cert: certText }, (message, response) => {
    const parts: Buffer[] = [];
    message.on('data', (part: Buffer) => parts.push(part));
    message.on('end', () => sink.take(Buffer.concat(parts).toString(), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`;
  const output = hook({ url });
  await start([output]);
  const notices = numberedNotices(10);
  await delivery.accept(notices);
  await sleep(500);
  const { sent, depth, lastError } = delivery.stats().outputs.get('webhook')!;
  expect({ sent, depth }).toEqual({ sent: 0, depth: 10 });
  expect(lastError).toMatch(/certificate|self.signed/i);
  expect(lastError).not.toContain('secret-path');
  const trusting = hook({ url, tls: { checkCert: true, ca: [certText!], cert: undefined, key: undefined } });
  const { defaultDelivery, defaultQueue } = await import('../../src/delivery/defaults.ts');
  const queue = { ...defaultQueue, folder: path.join(folder, 'queue') };
  await delivery.reload({ ...defaultDelivery, queue, outputs: [{ ...trusting, revision: 'with authority' }] });
  expect(await delivery.drain(10_000)).toBe(true);
  expectAll(notices);
  server.closeAllConnections();
  server.close();
});

describe.skipIf(process.getuid?.() !== 0)('a disk of its own (root)', () => {
  test('full: senders are told, nothing that was accepted is lost, and it goes on when there is room', async () => {
    const disk = path.join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', disk]);
    try {
      let isDown = true;
      sink.behaviour = (_request, response, body) => {
        if (isDown) response.writeHead(503).end();
        else sink.take(body, response);
      };
      delivery = await startOnDisk(path.join(disk, 'queue'), [hook({ url: sink.url })]);
      const filler = path.join(disk, 'filler');
      writeFileSync(filler, Buffer.alloc(500_000));
      const accepted: string[] = [];
      let refused = 0;
      for (let i = 0; i < 2000; i++) {
        const notice = makeNotice();
        try {
          await delivery.accept([notice]);
          accepted.push(notice.uuid);
        } catch {
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(100);
      expect(accepted.length).toBeGreaterThan(100);
      expect(delivery.stats().queue.problem).toContain('ENOSPC');
      expect(delivery.stats().intake.rejected).toEqual({ 'queue-full': refused });
      rmSync(filler);
      const later = makeNotice();
      await delivery.accept([later]);
      isDown = false;
      expect(await delivery.drain(20_000)).toBe(true);
      expect(sink.order).toEqual([...accepted, later.uuid]);
      await delivery.close(0);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});
