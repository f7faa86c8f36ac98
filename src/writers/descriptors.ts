import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';

/** A socket connected to a local daemon, such as the system log; writing to it does not wait. */
export interface LocalSocket {
  readonly fd: number;
  /** A stream, on which nothing but the text says where a message ends; else each write is one message. */
  readonly isStream: boolean;
}

/** Both ends of a pipe. Reading waits, writing does not; programs that are started inherit neither. */
export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/** Descriptors that Node can't make. The caller closes them. */
export interface Descriptors {
  /** A path, or @name for a socket that lies in no folder. @throws the system's error (ENOENT, ECONNREFUSED, EACCES, ...). */
  connectLocal(path: string): LocalSocket;
  /** @throws the system's error (EMFILE). */
  pipe(): Pipe;
  /** Bytes in the pipe that nobody has read, also when no reader is left. @param fd either end. */
  unread(fd: number): number;
}

/** What native/descriptors/addon.c exports; negative numbers are errors. */
interface Addon {
  connectLocal(path: string): { fd: number; isStream: number } | number;
  pipe(): Pipe | number;
  unread(fd: number): number;
}

function checked<T>(call: string, answer: T | number): T {
  if (typeof answer !== 'number') return answer;
  const code = getSystemErrorName(answer);
  throw Object.assign(new Error(`${code}: ${getSystemErrorMessage(answer)}, ${call}`), { code, errno: answer });
}

/** @throws Error that says how to get it, where the addon is not built. */
export function loadDescriptors(): Descriptors {
  const path = fileURLToPath(new URL('../../build/native/saker-fd.node', import.meta.url));
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(path) as Addon;
  } catch (cause) {
    throw new Error(
      `${path} can't be loaded; it is built by 'npm start' or 'node tools/build-native.mjs' (gcc needed)`,
      {
        cause,
      },
    );
  }
  return {
    connectLocal(socketPath) {
      const { fd, isStream } = checked(`connect ${socketPath}`, addon.connectLocal(socketPath));
      return { fd, isStream: isStream !== 0 };
    },
    pipe: () => checked('pipe', addon.pipe()),
    unread: (fd) => Math.max(0, addon.unread(fd)),
  };
}
