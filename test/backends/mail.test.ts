import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { exampleNotice, exampleNotices } from '../kit/notice.ts';
import { never } from '../kit/outputs.ts';
import { aiosmtpd, receivedMails } from './kit/aiosmtpd.ts';
import { wholeHostileNotice } from './kit/hostile.ts';
import { backendSuite, type Stage } from './kit/suite.ts';

const ok = { kind: 'ok' };
const people = { from: 'saker@example.com', to: ['soc@example.com', 'oncall@example.com'] };
const hostile = wholeHostileNotice('hostile');

backendSuite(
  'aiosmtpd',
  aiosmtpd('plain'),
  (stage) => {
    const config = () => ({ hostport: `127.0.0.1:${stage().backend.port}`, tls: false, ...people });
    const mails = () => receivedMails(stage().backend.folder);

    test('a mail with text and HTML, several by one connection', async () => {
      const output = await stage().open('smtp', config());
      for (const notice of exampleNotices(3)) expect(await output.send([notice], never)).toEqual(ok);
      const found = mails();
      expect(found).toHaveLength(3);
      expect(found[0]).toMatchObject({
        sender: people.from,
        to: people.to,
        heads: {
          from: people.from,
          to: people.to.join(', '),
          subject: '[Notice] Terminal shell in container',
          'message-id': `<${exampleNotice.uuid}@saker>`,
          date: 'Sat, 21 Nov 2026 05:29:25 +0000',
        },
      });
      expect(Object.keys(found[0]!.parts)).toEqual(['text/plain', 'text/html']);
      expect(found[0]!.parts['text/plain']!.replaceAll('\r\n', '\n')).toContain(
        `${exampleNotice.output}\n\nrule: Terminal shell in container\n`,
      );
      expect(found[0]!.parts['text/html']).toContain('command=sh -c &quot;id&quot;');
      expect(new Set(found.map(({ peer }) => peer)).size).toBe(1);
    });

    test('text alone', async () => {
      const before = mails().length;
      const output = await stage().open('smtp', { ...config(), outputformat: 'text' });
      expect(await output.send([exampleNotice], never)).toEqual(ok);
      expect(Object.keys(mails()[before]!.parts)).toEqual(['text/plain']);
    });

    test('a hostile alert of megabytes: no header, line or tag of its own', async () => {
      const before = mails().length;
      const output = await stage().open('smtp', config());
      const injected = { ...hostile, rule: `x\r\nBcc: evil@example.com\r\n\r\nbody ${hostile.rule}` };
      expect(await output.send([injected], never)).toEqual(ok);
      const [mail] = mails().slice(before);
      expect(Object.keys(mail!.heads).sort()).toEqual([
        'content-type',
        'date',
        'from',
        'message-id',
        'mime-version',
        'subject',
        'to',
      ]);
      expect(mail!.to).toEqual(people.to);
      expect(mail!.heads['subject']).toMatch(/^\[Critical\] x Bcc: evil@example\.com body two lines/);
      // RFC 5321, 4.5.3.1.6: 1000 with the line's end.
      expect(mail!.longest).toBeLessThanOrEqual(998);
      expect(mail!.parts['text/html']).not.toMatch(/<(?:script|a|img)\b/);
      expect(mail!.parts['text/html']).toContain('&lt;script&gt;');
      expect(mail!.parts['text/plain']).toContain('\\x1b[31mred');
    });

    test('who is refused', async () => {
      const { open } = stage();
      const nobody = await open('smtp', { ...config(), to: ['nobody@example.com'] });
      expect(await nobody.send([exampleNotice], never)).toMatchObject({ kind: 'drop' });
      const some = await open('smtp', { ...config(), to: ['nobody@example.com', 'soc@example.com'] });
      expect(await some.send([exampleNotice], never)).toEqual({
        kind: 'drop',
        reason: 'refused for nobody@example.com',
      });
      // There is no STARTTLS, and without it nothing is sent.
      const careful = await open('smtp', { ...config(), tls: true });
      await expect(careful.send([exampleNotice], never)).rejects.toThrow(/STARTTLS/i);
    });
  },
  { required: false },
);

backendSuite(
  'aiosmtpd with STARTTLS and sign-in',
  aiosmtpd('strict'),
  (stage) => {
    const password = 'correct hörse';
    const config = () => ({ hostport: `localhost:${stage().backend.port}`, ...people, user: 'saker', password });
    function tls({ backend }: Stage) {
      const ca = [readFileSync(path.join(backend.folder, 'tls.crt'), 'utf8')];
      return { tls: { checkCert: true, ca, cert: undefined, key: undefined } };
    }

    test('signed in, by TLS', async () => {
      const output = await stage().open('smtp', config(), tls(stage()));
      expect(await output.send([exampleNotice], never)).toEqual(ok);
      expect(receivedMails(stage().backend.folder)).toMatchObject([{ tls: true, user: true }]);
    });

    test('a wrong password, an unknown authority: nothing is sent, nothing of it is told', async () => {
      const { open, backend } = stage();
      const wrong = await open('smtp', { ...config(), password: 'wrong 4711' }, tls(stage()));
      await expect(wrong.send([exampleNotice], never)).rejects.toThrow(/^(?!.*4711).*refuses the sign-in/);
      const unknown = await open('smtp', config());
      await expect(unknown.send([exampleNotice], never)).rejects.toThrow(/self-signed/);
      const address = await open('smtp', { ...config(), hostport: `127.0.0.1:${backend.port}` }, tls(stage()));
      await expect(address.send([exampleNotice], never)).rejects.toThrow(/127\.0\.0\.1/);
      expect(receivedMails(backend.folder)).toHaveLength(1);
    });
  },
  { required: false },
);
