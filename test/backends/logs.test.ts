import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { exampleNotice, exampleNotices } from '../kit/notice.ts';
import { never } from '../kit/outputs.ts';
import { wholeHostileNotice } from './kit/hostile.ts';
import { parsedMessages, type ParsedMessage, rsyslog } from './kit/rsyslog.ts';
import { backendSuite, type Stage } from './kit/suite.ts';

const ok = { kind: 'ok' };
const hostile = wholeHostileNotice('hostile');

/** What is new once there are so many; datagrams may be on their way for a moment. */
async function read({ backend }: Stage, before: number, count: number): Promise<ParsedMessage[]> {
  let found: ParsedMessage[] = [];
  for (let i = 0; i < 200 && found.length < before + count; i++) {
    if (i > 0) await sleep(25);
    found = parsedMessages(backend.folder);
  }
  return found.slice(before);
}

/** Without the blank behind the tag, and without the mark of UTF-8. */
function textOf({ text }: ParsedMessage): string {
  return text.replace(/^[ \ufeff]/, '');
}

const old = { severity: 'notice', facility: 'user', version: '0', host: 'web-1', tag: 'Falco:', app: 'Falco', id: '-' };
const current = {
  severity: 'notice',
  facility: 'local4',
  version: '1',
  host: 'web-1',
  tag: 'saker',
  app: 'saker',
  id: 'alert',
  time: '2026-11-21T05:29:25.123456+00:00',
};
const structured =
  '[saker@32473 uuid="6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e" rule="Terminal shell in container" source="syscall" priority="Notice"]';
const newer = { rfc: '5424', tag: 'saker', facility: 20 };

backendSuite('rsyslog', rsyslog(false), (stage) => {
  const open = (parts: object) => stage().open('syslog', { host: '127.0.0.1', port: stage().backend.port, ...parts });
  const seen = () => parsedMessages(stage().backend.folder).length;

  test.each(['udp', 'tcp'])('RFC 3164 by %s', async (protocol) => {
    const before = seen();
    const output = await open({ protocol });
    const batch = exampleNotices(20);
    expect(await output.send(batch, never)).toEqual(ok);
    const found = await read(stage(), before, 20);
    expect(found.map(({ text }) => text)).toEqual(batch.map(({ json }) => ` ${json}`));
    expect(found[0]).toMatchObject(old);
    // Seconds, in the zone of this machine.
    expect(Date.parse(found[0]!.time)).toBe(Date.parse('2026-11-21T05:29:25Z'));
  });

  test.each([
    ['udp', 'newline'],
    ['tcp', 'newline'],
    ['tcp', 'octets'],
  ])('RFC 5424 by %s, framed by %s', async (protocol, framing) => {
    const before = seen();
    const output = await open({ protocol, framing, ...newer });
    const batch = exampleNotices(20);
    expect(await output.send(batch, never)).toEqual(ok);
    const found = await read(stage(), before, 20);
    expect(found.map(textOf)).toEqual(batch.map(({ json }) => json));
    expect(found[0]).toMatchObject({ ...current, data: structured });
  });

  test.each([
    ['3164', 'newline'],
    ['5424', 'octets'],
    ['5424', 'newline'],
  ])('a hostile alert is one message: RFC %s, framed by %s', async (rfc, framing) => {
    const before = seen();
    const output = await open({ protocol: 'tcp', framing, ...newer, rfc, maxbytes: 4_000_000 });
    expect(await output.send([hostile, exampleNotice], never)).toEqual(ok);
    const found = await read(stage(), before, 2);
    expect(found.map(textOf)).toEqual([hostile.json, exampleNotice.json]);
    expect(found[0]).toMatchObject({ severity: 'crit', facility: 'local4' });
    if (rfc === '3164') return;
    const { data } = found[0]!;
    expect(data).toMatch(/^\[saker@32473(?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")+\]$/);
    expect([...data.matchAll(/ ([a-z]+)="/g)].map(([, name]) => name)).toEqual(['uuid', 'rule', 'source', 'priority']);
  });

  test.each(['udp', 'tcp'])(
    'by %s, a message is no longer than is said, with a mark where it was cut',
    async (protocol) => {
      const before = seen();
      const output = await open({ protocol, ...newer, maxbytes: 8000 });
      expect(await output.send([hostile], never)).toEqual(ok);
      const longest = await open({ protocol, ...newer });
      expect(await longest.send([hostile], never)).toEqual(ok);
      const found = await read(stage(), before, 2);
      for (const [i, most] of [8000, 65_000].entries()) {
        const text = textOf(found[i]!);
        expect(text.endsWith('…') && hostile.json.startsWith(text.slice(0, -1))).toBe(true);
        expect(Buffer.byteLength(text)).toBeGreaterThan(most - 2000);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most);
      }
    },
  );

  test('CEF', async () => {
    const before = seen();
    const output = await open({ protocol: 'tcp', ...newer, format: 'cef' });
    expect(await output.send([exampleNotice], never)).toEqual(ok);
    const [found] = await read(stage(), before, 1);
    expect(textOf(found!)).toMatch(/^CEF:0\|Saker\|/);
  });
});

backendSuite('rsyslog with TLS', rsyslog(true), (stage) => {
  test('RFC 5425: the certificate is checked, all arrives', async () => {
    const { backend, open } = stage();
    const ca = [readFileSync(path.join(backend.folder, 'tls.crt'), 'utf8')];
    const tls = { checkCert: true, ca, cert: undefined, key: undefined };
    const config = { host: 'localhost', port: backend.port, protocol: 'tls', ...newer };
    const output = await open('syslog', config, { tls });
    const batch = [...exampleNotices(50), hostile];
    expect(await output.send(batch, never)).toEqual(ok);
    const found = await read(stage(), 0, 51);
    expect(found.slice(0, 50).map(textOf)).toEqual(batch.slice(0, 50).map(({ json }) => json));
    await expect(open('syslog', config)).rejects.toThrow(/self-signed/);
  });
});
