import { Session, type SessionOptions, type SessionSummary } from '../app/session.ts';

export interface SessionRun {
  readonly summary: SessionSummary;
  /** It ended to be begun anew. */
  readonly isReload: boolean;
}

/**
 * Looks whether a new session could begin, on SIGHUP.
 * @returns false: no, and it has said why.
 */
export type ReloadCheck = (session: Session) => boolean;

/**
 * Runs a session until its source ends or a signal does: SIGINT, SIGTERM and SIGHUP end it after everything is written, a
 * second one at once; SIGUSR1 has the outputs reopen their files. With `reload`, SIGHUP begins anew instead.
 * @throws SessionError
 */
export async function runSession(options: Omit<SessionOptions, 'signal'>, reload?: ReloadCheck): Promise<SessionRun> {
  const stop = new AbortController();
  let isReload = false;
  const isOnlyStdout = options.outputs.every((output) => output.id === 'stdout');
  const session = await Session.open({
    ...options,
    signal: stop.signal,
    // Whoever read the alerts has gone (`| head`): nobody is left to tell.
    onOutputError(id, error) {
      const isGone = isOnlyStdout && id === 'stdout' && (error as NodeJS.ErrnoException).code === 'EPIPE';
      if (isGone) stop.abort();
      return isGone;
    },
  });
  const onEnd = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    stop.abort();
  };
  const onHangUp = (): void => {
    if (reload !== undefined && !reload(session)) return;
    isReload = reload !== undefined;
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
  try {
    return { summary: await session.run(), isReload };
  } finally {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  }
}
