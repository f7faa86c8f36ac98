import { ServiceManager } from '../../app/service-manager.ts';
import type { Session } from '../../app/session.ts';
import { SourceHold } from '../../model/source.ts';
import { fingerprint, noteUnwatched, watchFiles } from '../file-watch.ts';
import type { Signals } from '../signals.ts';
import { FalcoError, FalcoStartError, startContext } from './context.ts';
import { loadConfiguredRules } from './rules.ts';
import { runFalco, type Setting, sessionOptions } from './session.ts';

/** Session after session: each SIGHUP, and each change of a file, reads configuration and rules anew. What is wrong changes nothing. */
class Sessions {
  readonly #signals: Signals;
  readonly #service: ServiceManager;
  readonly #hold = new SourceHold();
  #next: Setting;
  /** What was in force before, while it is not known whether what follows can begin. */
  #before: Setting | undefined;
  /** Why that could not. */
  #failure: string | undefined;
  #endWatch: () => void = () => undefined;

  constructor(setting: Setting, signals: Signals) {
    this.#signals = signals;
    this.#service = new ServiceManager(setting.context.io.environment, setting.context.log);
    this.#next = setting;
  }

  /** @returns the exit code. @throws FalcoError */
  async run(): Promise<number> {
    if (!this.#next.context.flags['dry-run']) this.#watchFiles();
    try {
      for (;;) {
        const code = await this.#runOne(this.#next);
        if (code !== undefined) return code;
      }
    } finally {
      this.#endWatch();
      this.#hold.close();
    }
  }

  /** @returns undefined: another one follows. */
  async #runOne(current: Setting): Promise<number | undefined> {
    const reload = { signals: this.#signals, check: (session: Session) => this.#check(current, session) };
    const onReady = (session: Session): void => {
      if (this.#failure !== undefined) tellFailure(session, this.#failure);
      this.#failure = undefined;
    };
    try {
      const code = await runFalco(current, { reload, service: this.#service, hold: this.#hold, onReady });
      this.#before?.context.close();
      this.#before = current;
      return code;
    } catch (error) {
      if (!(error instanceof FalcoStartError) || this.#before === undefined) throw error;
      // What shows only now, such as a port that is taken.
      this.#failure = error.message;
      current.context.log.log('error', `the old configuration and rules stay: ${error.message}`);
      current.context.close();
      this.#next = this.#before;
      this.#before = undefined;
      this.#watchFiles();
      return undefined;
    }
  }

  /** Reads all anew. @returns whether another session can begin with it. */
  #check({ context, rules }: Setting, session: Session): boolean {
    const { flags, io, log } = context;
    // Files may change while they are read, and before the next session is there.
    const known = fingerprint(filesOf({ context, rules }));
    log.log('info', 'configuration and rules are read anew');
    let fresh: Setting['context'] | undefined;
    try {
      fresh = startContext(flags, io);
      const setting = { context: fresh, rules: loadConfiguredRules(fresh) };
      sessionOptions(setting.context, setting.rules);
      this.#next = setting;
      this.#watchFiles(known);
      return true;
    } catch (error) {
      if (!(error instanceof FalcoError)) throw error;
      fresh?.close();
      log.log('error', `the old configuration and rules stay: ${error.message}`);
      tellFailure(session, error.message);
      return false;
    }
  }

  /** @param known their fingerprint before they were read; absent: that is what they are now. */
  #watchFiles(known?: string): void {
    this.#endWatch();
    const { context, rules } = this.#next;
    if (!context.config.watch_config_files) {
      this.#endWatch = () => undefined;
      return;
    }
    this.#endWatch = watchFiles(
      () => filesOf({ context, rules }),
      rules.entries,
      () => this.#signals.raise('SIGHUP'),
      (reason) => noteUnwatched(context.log, reason),
      known,
    );
  }
}

function filesOf({ context, rules }: Setting): string[] {
  return [...context.loaded.files, ...rules.find()];
}

function tellFailure(session: Session, message: string): void {
  session.tell('Critical', 'Falco internal: hot restart failure', `Hot restart failure: ${message}`, {});
}

/** Watches or replays until the end. @returns the exit code. @throws FalcoError */
export function watch(setting: Setting, signals: Signals): Promise<number> {
  return new Sessions(setting, signals).run();
}
