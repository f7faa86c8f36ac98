import { realpathSync } from 'node:fs';
import type { Logger } from '../../base/log.ts';
import type { Alert } from '../../model/alert.ts';
import { lineWriter } from '../../model/writer.ts';
import { count, object, textOr } from '../../model/schema.ts';
import { loadDescriptors } from '../descriptors.ts';
import { OutputError } from '../fd-writer.ts';
import { LogConnection } from './connection.ts';
import { syslogMessage } from './message.ts';

/**
 * What rsyslog keeps of a message unless it is configured otherwise, the smallest such limit of the common daemons
 * (syslog-ng: 65536). There, longer messages would lose their end without a mark.
 */
const commonLimit = 8096;
/** The journal takes all that fits into one datagram. */
const journal = '/run/systemd/journal/';
const smallestLimit = 1024;

function isJournal(path: string): boolean {
  try {
    return realpathSync(path).startsWith(journal);
  } catch {
    return false;
  }
}

/** Reports cut messages: the first, and each time their number has doubled. */
function cutReport(logger: Logger): (bytes: number) => void {
  let total = 0;
  let next = 1;
  return (bytes) => {
    total++;
    if (total < next) return;
    next = total * 2;
    logger.log('warning', 'alerts are too long for the system log and were cut', { total, bytes });
  };
}

export default lineWriter({
  id: 'syslog',
  summary: 'Gives each alert to the system log of this machine.',
  description:
    "Severity is the alert's priority, facility `user`. Alerts for which no daemon listens are lost, counted and " +
    'reported; one that is restarted is waited for.',
  since: '0.1.0',
  stability: 'stable',
  config: object({
    path: textOr('/dev/log', "The daemon's socket, for datagrams or a stream."),
    ident: textOr('saker', 'The name of the program that messages carry.'),
    maxBytes: count(
      0,
      'Longer messages are cut and marked; at least 1024. 0: what the journal takes, 8096 bytes for other daemons.',
    ),
  }),
  examples: [
    { title: 'minimal', config: {} },
    { title: 'a daemon with long messages', config: { path: '/run/log.sock', maxBytes: 65536 } },
  ],
  // No daemon at the start is no error: it may come up after Saker does.
  open({ path, ident, maxBytes }, { logger }) {
    const connection = new LogConnection(loadDescriptors(), path);
    const noteCut = cutReport(logger);
    /** @returns whether the message was as short as this socket wants it. */
    async function send({ priority, line }: Alert, limit: number): Promise<boolean> {
      const message = syslogMessage({ priority, ident, date: new Date(), text: line, maxBytes: limit });
      try {
        await connection.send(message.bytes);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EMSGSIZE' && message.bytes.length > smallestLimit) return false;
        throw new OutputError(path, error);
      }
      if (message.isCut) noteCut(Buffer.byteLength(line));
      return true;
    }
    async function write(alert: Alert): Promise<void> {
      const size = Buffer.byteLength(alert.line);
      let limit = maxBytes > 0 ? Math.max(maxBytes, smallestLimit) : commonLimit;
      if (maxBytes === 0 && size > smallestLimit && isJournal(path)) limit = Number.POSITIVE_INFINITY;
      while (!(await send(alert, limit))) limit = Math.floor(Math.min(limit, size) / 2);
    }
    return {
      write,
      close: () => connection.close(),
    };
  },
});
