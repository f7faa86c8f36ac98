import { closeSync, writeSync } from 'node:fs';
import type { Logger } from '../base/log.ts';
import { loadDescriptors } from '../writers/descriptors.ts';

type Environment = Record<string, string | undefined>;

const names = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const;

/**
 * Tells the service manager (systemd, sd_notify(3)) how the service is; silent where none asks. Each message is a
 * datagram to the socket that it names in the environment.
 */
export class ServiceManager {
  readonly #socket: string | undefined;
  readonly #watchdogMs: number | undefined;
  readonly #logger: Logger;
  #hasFailed = false;

  /** Takes what it needs out of the environment: programs that are started are no part of the service's state. */
  constructor(environment: Environment, logger: Logger) {
    const [socket, watchdog, pid] = names.map((name) => {
      const value = environment[name];
      delete environment[name];
      return value;
    });
    this.#logger = logger;
    this.#socket = socket !== undefined && /^[/@]./.test(socket) ? socket : undefined;
    const isOurs = pid === undefined || Number(pid) === process.pid;
    const microseconds = Number(watchdog ?? 0);
    if (isOurs && microseconds > 0) this.#watchdogMs = microseconds / 1000;
  }

  /** It sees what happens from now on. */
  ready(status: string): void {
    this.#tell(`READY=1\nSTATUS=${status}`);
  }

  /** Configuration and rules are read anew; {@link ready} follows. */
  reloading(): void {
    this.#tell(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  stopping(): void {
    this.#tell('STOPPING=1');
  }

  /**
   * Sends the sign of life that the manager waits for, as long as nothing is wrong: else it ends the service and starts it anew.
   * @returns ends that.
   */
  watch(problem: () => string | undefined): () => void {
    if (this.#socket === undefined || this.#watchdogMs === undefined) return () => undefined;
    const timer = setInterval(() => {
      const reason = problem();
      this.#tell(reason === undefined ? 'WATCHDOG=1' : `STATUS=not well: ${reason}`);
    }, this.#watchdogMs / 3).unref();
    return () => clearInterval(timer);
  }

  #tell(text: string): void {
    if (this.#socket === undefined) return;
    try {
      const { fd } = loadDescriptors().connectLocal(this.#socket);
      try {
        writeSync(fd, text);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      this.#logger.log('warning', 'the service manager takes no messages', { error: (error as Error).message });
    }
  }
}
