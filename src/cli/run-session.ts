import type { ServiceManager } from '../app/service-manager.ts';
import type { EndSignal } from '../model/source.ts';
import { Session, type SessionOptions, type SessionSummary } from '../app/session.ts';

export interface SessionRun {
  readonly summary: SessionSummary;
  /** It ended to be begun anew. */
  readonly isReload: boolean;
  /** It ended because whoever read its standard output has gone. */
  readonly isReaderGone: boolean;
}

/** How a session begins anew: on SIGHUP, and whenever `watch` says so. */
export interface Reload {
  /** Looks whether a new session could begin. @returns false: no, and it has said why. */
  check(session: Session): boolean;
  /** Calls back when there is reason to begin anew. @returns ends the watch. */
  watch(onChange: () => void): () => void;
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
  const onEnd = (signal: EndSignal): void => {
    if (session.passOn(signal)) return;
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    service?.stopping();
    stop.abort();
  };
  const onHangUp = (): void => {
    if (session.passOn('SIGHUP')) return;
    if (reload !== undefined && !reload.check(session)) return;
    isReload = reload !== undefined;
    if (isReload && options.hold !== undefined) options.hold.isFollowed = true;
    if (isReload) service?.reloading();
    else service?.stopping();
    stop.abort();
  };
  const onReopen = (): void => void session.reopenOutputs();
  const listeners = [
    ['SIGINT', onEnd],
    ['SIGTERM', onEnd],
    ['SIGHUP', onHangUp],
    // Without a listener, Node would open its debugger on this signal.
    ['SIGUSR1', onReopen],
  ] as const;
  for (const [signal, listener] of listeners) process.on(signal, listener);
  const endWatch = reload?.watch(onHangUp);
  const endLife = service?.watch(() => session.health.problem);
  try {
    return { summary: await session.run(), isReload, isReaderGone };
  } finally {
    endWatch?.();
    endLife?.();
    for (const [signal, listener] of listeners) process.off(signal, listener);
  }
}
