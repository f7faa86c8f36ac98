import { isIP } from 'node:net';
import type { Logger } from '../../base/log.ts';
import { type IntakeOptions, intakePages } from '../../server/intake.ts';
import { listen, type Pages, type RunningServer, type ServerTls } from '../../server/listen.ts';
import type { GeneralSettings } from './general.ts';

const loopback = '127.0.0.1';
const remedy = 'set bearertoken, or tlsserver.deploy and tlsserver.mutualtls';
const limits = { connections: 4096, requestTimeout: 60_000, keepAliveTimeout: 60_000 };

/** What the pages need besides the configuration. */
export type IntakeWork = Omit<IntakeOptions, 'token' | 'mostBytes' | 'onlyPaths'>;

interface Place {
  readonly address: string;
  readonly port: number;
}

function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

function shown({ address, port }: Place): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** @throws Error that names the file */
function readTls({ tlsserver }: GeneralSettings, read: (path: string) => string): ServerTls | undefined {
  if (!tlsserver.deploy) return undefined;
  const text = (what: string, file: string): string => {
    try {
      return read(file);
    } catch (error) {
      throw new Error(`tlsserver.${what}: can't read ${file}: ${(error as Error).message}`, { cause: error });
    }
  };
  return {
    cert: text('certfile', tlsserver.certfile),
    key: text('keyfile', tlsserver.keyfile),
    ...(tlsserver.mutualtls ? { clientAuthorities: text('cacertfile', tlsserver.cacertfile) } : {}),
  };
}

/** Where to listen. Beyond this machine only where somebody checks who comes. @throws Error with the remedy */
function placeOf(general: GeneralSettings): Place {
  const { listenaddress, listenport: port, bearertoken } = general[''];
  const isChecked = bearertoken !== '' || (general.tlsserver.deploy && general.tlsserver.mutualtls);
  if (listenaddress === '') return { address: isChecked ? '::' : loopback, port };
  if (isChecked || isLoopback(listenaddress)) return { address: listenaddress, port };
  throw new Error(`listenaddress is ${listenaddress}: beyond this machine anybody could post alerts; ${remedy}`);
}

/** How the servers are started. */
interface Plan {
  readonly general: GeneralSettings;
  readonly place: Place;
  readonly tls: ServerTls | undefined;
  /** What tells plans apart; certificates apart, which can be renewed. */
  readonly signature: string;
}

/** The servers of the way in: one for all pages, and where it speaks TLS one for those that are to be had without. */
export class IntakeServers {
  readonly #logger: Logger;
  readonly #work: IntakeWork;
  #running: RunningServer[] = [];
  #plan: Plan | undefined;

  constructor(logger: Logger, work: IntakeWork) {
    this.#logger = logger;
    this.#work = work;
  }

  get ports(): readonly number[] {
    return this.#running.map(({ port }) => port);
  }

  /** Starts, or changes over to another configuration. @throws Error: then those from before go on. */
  async serve(general: GeneralSettings, read: (path: string) => string): Promise<void> {
    const tls = readTls(general, read);
    const place = placeOf(general);
    const { '': top, tlsserver } = general;
    const { bearertoken, bodylimit } = top;
    const mutual = tls?.clientAuthorities !== undefined;
    const signature = JSON.stringify([place, bearertoken, bodylimit, tlsserver, mutual]);
    const plan = { general, place, tls, signature };
    const before = this.#plan;
    if (signature === before?.signature) {
      if (tls !== undefined) this.#running[0]?.renew(tls);
      this.#plan = plan;
      return;
    }
    await this.close();
    try {
      await this.#start(plan);
    } catch (error) {
      await this.close();
      if (before !== undefined) await this.#start(before);
      throw error;
    }
  }

  async #start(plan: Plan): Promise<void> {
    const { general, place, tls } = plan;
    const { '': top, tlsserver } = general;
    const token = top.bearertoken === '' ? undefined : top.bearertoken;
    const options = { ...this.#work, token, mostBytes: top.bodylimit };
    if (top.listenaddress === '' && place.address === loopback) {
      this.#logger.log('warning', 'alerts are taken from this machine only: nothing says who may post', { remedy });
    }
    await this.#listen(intakePages(options), place, tls);
    if (tls !== undefined && tlsserver.notlspaths.length > 0) {
      const onlyPaths = new Set(tlsserver.notlspaths);
      // Alerts only come by TLS where there is TLS, whatever is listed.
      onlyPaths.delete('/');
      const clear = { ...place, port: tlsserver.notlsport };
      await this.#listen(intakePages({ ...options, onlyPaths }), clear, undefined);
    }
    this.#plan = plan;
  }

  async close(): Promise<void> {
    this.#plan = undefined;
    const running = this.#running;
    this.#running = [];
    await Promise.all(running.map((server) => server.close()));
  }

  async #listen(pages: Pages, place: Place, tls: ServerTls | undefined): Promise<void> {
    const onError = (error: Error): void =>
      this.#logger.log('error', 'the way in has a problem', { error: error.message });
    try {
      const server = await listen(pages, { ...place, tls, limits, onError });
      this.#running.push(server);
      const address = shown({ address: place.address, port: server.port });
      this.#logger.log('info', 'alerts can be posted', { address, tls: tls !== undefined });
    } catch (error) {
      throw new Error(`can't listen on ${shown(place)}: ${(error as Error).message}`, { cause: error });
    }
  }
}
