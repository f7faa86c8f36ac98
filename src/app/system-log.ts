import { closeSync, writeSync } from 'node:fs';
import { type Logger, type LogLevel, logLevels, textLogger } from '../base/log.ts';
import { priorities } from '../model/alert.ts';
import { type Descriptors, loadDescriptors, type LocalSocket } from '../writers/descriptors.ts';
import { syslogMessage } from '../writers/syslog/message.ts';

/** What common daemons keep of a message. */
const maxBytes = 8096;
const systemSocket = '/dev/log';

interface SystemLogOptions {
  /** Less severe messages are left out. */
  readonly level: LogLevel;
  /** The name of the program that messages carry. */
  readonly ident: string;
  /** The daemon's socket; /dev/log where absent. */
  readonly path?: string;
  /** Called when a warning or worse can't be given to the daemon, and again only after something could. */
  onFailure(reason: string): void;
}

/** A log to the system log: what Saker says of itself, facility `user`. */
export interface SystemLog {
  readonly logger: Logger;
  close(): void;
}

/**
 * Opens the system log. Nothing waits for a daemon: a message is sent at once or lost, and how many were lost is said
 * before the next one that arrives. So the last words of a program that ends are not lost in a queue.
 */
export function systemLog(options: SystemLogOptions): SystemLog {
  const { ident, path = systemSocket } = options;
  const connection = new Connection(path);
  let lost = 0;
  let isTold = false;
  function send(level: LogLevel, text: string): void {
    const priority = priorities[logLevels.indexOf(level)]!;
    connection.send(syslogMessage({ priority, ident, date: new Date(), text, maxBytes }).bytes);
  }
  function write(text: string, level: LogLevel): void {
    try {
      if (lost > 0) send('warning', `messages to the system log were lost: total=${lost}`);
      lost = 0;
      send(level, text);
      isTold = false;
    } catch (error) {
      lost++;
      if (isTold || logLevels.indexOf(level) > logLevels.indexOf('warning')) return;
      isTold = true;
      options.onFailure(error instanceof Error ? error.message : String(error));
    }
  }
  return {
    logger: textLogger({ level: options.level, prefix: 'none', write }),
    close: () => connection.close(),
  };
}

class Connection {
  readonly #path: string;
  #descriptors: Descriptors | undefined;
  #socket: LocalSocket | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws the system's error. */
  send(message: Buffer): void {
    const isFresh = this.#socket === undefined;
    try {
      this.#write(message);
    } catch (error) {
      this.close();
      if (isFresh) throw error;
      // The daemon may have been restarted.
      this.#write(message);
    }
  }

  close(): void {
    if (this.#socket !== undefined) closeSync(this.#socket.fd);
    this.#socket = undefined;
  }

  #write(message: Buffer): void {
    this.#descriptors ??= loadDescriptors();
    this.#socket ??= this.#descriptors.connectLocal(this.#path);
    const { fd, isStream } = this.#socket;
    const bytes = isStream ? Buffer.concat([message, Buffer.alloc(1)]) : message;
    if (writeSync(fd, bytes) < bytes.length) throw new Error(`${this.#path} takes no more`);
  }
}
