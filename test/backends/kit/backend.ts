import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, chownSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server that runs for a test. */
export interface Backend {
  readonly port: number;
  readonly folder: string;
  readonly pid: number;
  /** Ends it, by its own process id, and takes away its folder. */
  stop(): Promise<void>;
}

/** How a server is started. */
export interface BackendSpec {
  readonly command: string;
  /** Servers that refuse to run as root run as this user of the machine then. */
  readonly user?: string;
  readonly args: (port: number, folder: string) => readonly string[];
  readonly environment?: (port: number, folder: string) => Readonly<Record<string, string>>;
  readonly prepare?: (port: number, folder: string) => void | Promise<void>;
  /** What is left when its process has ended. */
  readonly cleanUp?: (port: number, folder: string) => void | Promise<void>;
  /** Absent: it takes connections. */
  readonly isReady?: (port: number) => Promise<boolean>;
  readonly secondsToStart?: number;
}

/** Where a program is; undefined: nowhere. Debian has servers in /usr/sbin, which is not on everybody's path. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/lib/postgresql/15/bin'];
  for (const folder of name.includes('/') ? [''] : folders) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // The next.
    }
  }
  return undefined;
}

/** A port that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether something takes connections there. */
function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Numbers of a user; nothing where this process is not root and can't be anybody else. @throws Error */
export function userIds(name: string | undefined): { readonly uid?: number; readonly gid?: number } {
  if (name === undefined || process.getuid?.() !== 0) return {};
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`there is no user ${name}`);
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

/** Starts a server on a free port of this machine and waits until it is ready. @throws with what it printed */
export async function startBackend(spec: BackendSpec): Promise<Backend> {
  const file = programPath(spec.command);
  if (file === undefined) throw new Error(`there is no ${spec.command}`);
  const folder = mkdtempSync(path.join(tmpdir(), 'saker-backend-'));
  const ids = userIds(spec.user);
  if (ids.uid !== undefined) chownSync(folder, ids.uid, ids.gid!);
  const port = await freePort();
  await spec.prepare?.(port, folder);
  const child = spawn(file, spec.args(port, folder), {
    ...ids,
    cwd: folder,
    env: { ...process.env, ...spec.environment?.(port, folder) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => (printed = (printed + data.toString('utf8')).slice(-4000)));
  }
  const stop = async (): Promise<void> => {
    await stopProcess(child);
    await spec.cleanUp?.(port, folder);
    rmSync(folder, { recursive: true, force: true });
  };
  const isReady = spec.isReady ?? takesConnections;
  const deadline = Date.now() + (spec.secondsToStart ?? 30) * 1000;
  while (!(await isReady(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`${spec.command} does not start: ${printed}`);
    }
    await sleep(50);
  }
  return { port, folder, pid: child.pid!, stop };
}
