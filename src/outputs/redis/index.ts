import { isIP } from 'node:net';
import type { MultiErrorReply } from 'redis';
import { choice, flag, integer, object, secretOr, textOr } from '../../model/schema.ts';
import { connectedOutput, taken } from '../../transport/connected-output.ts';
import { tlsSocketOptions } from '../../transport/tls.ts';

export default connectedOutput({
  id: 'redis',
  title: 'Redis',
  summary: 'Keeps alerts in a list, a hash or a stream.',
  since: '0.2.0',
  stability: 'stable',
  category: 'database',
  section: 'redis',
  config: object({
    address: textOr('', 'HOST:PORT.'),
    username: textOr('', 'User.'),
    password: secretOr('', 'Password.'),
    database: integer(0, 0, 65_535, 'Number of the database.'),
    storagetype: choice(
      ['list', 'hashmap', 'stream'],
      'list',
      "How: at the end of a list, in a hash by id, or (Saker's own) in a stream, whose field `alert` has it.",
    ),
    key: textOr('falco', 'Key of the list, hash or stream.'),
    maxlength: integer(0, 0, Number.MAX_SAFE_INTEGER, "Saker's own: alerts that a list or stream keeps; 0: all."),
    tls: flag(false, 'Speak TLS.'),
  }),
  carriesJson: true,
  isEnabled: ({ address }) => address !== '',
  batch: { count: 500, bytes: 4 << 20, waitMs: 5 },
  async connect(config, { tls, timeoutMs }) {
    const { address, username, password, database, storagetype, key, maxlength } = config;
    const { createClient } = await import('redis');
    const [, host = '', port = '6379'] = /^(?:rediss?:\/\/)?\[?([^\]]*?)\]?(?::(\d+))?$/.exec(address) ?? [];
    const common = { host, port: Number(port), connectTimeout: timeoutMs, reconnectStrategy: false as const };
    const client = createClient({
      socket: config.tls
        ? { ...common, tls: true, ...(isIP(host) === 0 ? { servername: host } : {}), ...tlsSocketOptions(tls) }
        : common,
      database,
      disableOfflineQueue: true,
      ...(username === '' ? {} : { username }),
      ...(password === '' ? {} : { password }),
    });
    let failure: Error | undefined;
    client.on('error', (error: Error) => (failure = error));
    await client.connect();
    return {
      async send(batch) {
        if (failure !== undefined) throw failure;
        const work = client.multi();
        if (storagetype === 'list') {
          work.rPush(
            key,
            batch.map(({ json }) => json),
          );
          if (maxlength > 0) work.lTrim(key, -maxlength, -1);
        } else if (storagetype === 'hashmap') {
          work.hSet(key, Object.fromEntries(batch.map(({ uuid, json }) => [uuid, json])));
        } else {
          const trim = maxlength === 0 ? {} : { TRIM: { strategy: 'MAXLEN' as const, threshold: maxlength } };
          for (const { json } of batch) work.xAdd(key, '*', { alert: json }, trim);
        }
        try {
          await work.exec();
        } catch (error) {
          const { replies, errorIndexes } = error as Partial<MultiErrorReply>;
          // Its own message only says how many.
          throw (replies?.[errorIndexes?.[0] ?? 0] as Error | undefined) ?? error;
        }
        return taken();
      },
      close: () => client.destroy(),
    };
  },
  examples: [
    { title: 'A list', config: { address: '127.0.0.1:6379' } },
    { title: 'A hash', config: { address: '127.0.0.1:6379', storagetype: 'hashmap', key: 'alerts' } },
  ],
});
