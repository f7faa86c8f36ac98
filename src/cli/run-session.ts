import type { ServiceManager } from '../app/service-manager.ts';
import { Session, type SessionOptions, type SessionSummary } from '../app/session.ts';
import { exitCodeOf, Signals, type WatchSignal } from './signals.ts';

export interface SessionRun {
  readonly summary: SessionSummary;
  /** It ended to be begun anew. */
  readonly isReload: boolean;
  /** It ended because whoever read its standard output has gone. */
  readonly isReaderGone: boolean;
}

/** How a session begins anew, on SIGHUP. */
export interface Reload {
  /** Those that come between this session and the next one, or while this one ends, are for the next one. */
  readonly signals: Signals;
  /** Looks whether a new session could begin. @returns false: no, and it has said why. */
  check(session: Session): boolean;
}

/**
 * Runs a session until its source ends or a signal does: SIGINT, SIGTERM and SIGHUP end it after everything is written, a
 * second one at once, but they are passed on to a command that the source runs; SIGUSR1 has the outputs reopen their files. With `reload`, SIGHUP begins anew instead.
 * @param service is told of the start, of reloads and of the end.
 * @throws SessionError
 */
export async function runSession(
  options: Omit<SessionOptions, 'signal'>,
  reload?: Reload,
  service?: ServiceManager,
): Promise<SessionRun> {
  const stop = new AbortController();
  let isReload = false;
  let isAskedAgain = false;
  let isEnding = false;
  let isReaderGone = false;
  const isOnlyStdout = options.outputs.every((output) => output.id === 'stdout');
  const session = await Session.open({
    ...options,
    signal: stop.signal,
    onReady(begun) {
      options.onReady?.(begun);
      service?.ready(`watching with ${options.rules.length} rules`);
    },
    // Whoever read the alerts has gone (`| head`): nobody is left to tell.
    onOutputError(id, error) {
      const isGone = isOnlyStdout && id === 'stdout' && (error as NodeJS.ErrnoException).code === 'EPIPE';
      if (!isGone) return false;
      isReaderGone = true;
      stop.abort();
      return true;
    },
  });
  const onHangUp = (): void => {
    if (isReload) {
      isAskedAgain = true;
      return;
    }
    if (reload !== undefined && !reload.check(session)) return;
    isReload = reload !== undefined;
    if (isReload && options.hold !== undefined) options.hold.isFollowed = true;
    if (isReload) service?.reloading();
    else service?.stopping();
    stop.abort();
  };
  const onSignal = (signal: WatchSignal): void => {
    if (signal === 'SIGUSR1') return void session.reopenOutputs();
    if (session.passOn(signal)) return;
    if (signal === 'SIGHUP') return onHangUp();
    // Once more while it ends, or while it begins anew.
    if (isEnding) process.exit(exitCodeOf(signal));
    isEnding = true;
    isReload = false;
    service?.stopping();
    stop.abort();
  };
  const signals = reload?.signals ?? new Signals();
  const endSignals = signals.listen(onSignal);
  const endLife = service?.watch(() => session.health.problem);
  try {
    return { summary: await session.run(), isReload, isReaderGone };
  } finally {
    endLife?.();
    endSignals();
    if (isAskedAgain) signals.raise('SIGHUP');
    if (reload === undefined) signals.close();
  }
}
