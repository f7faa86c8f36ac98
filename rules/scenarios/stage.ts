import { eventByCode } from '../../src/model/event-table.ts';
import { type Scenario, scenario } from '../../test/kit/events.ts';

/** How a process of the cast differs from an ordinary one of root without terminal. */
export interface Part {
  /** In a container that has been running for long. */
  readonly container?: boolean;
  readonly terminal?: boolean;
  readonly uid?: number;
  /** The user who logged in; nobody unless given. */
  readonly loginuid?: number;
  readonly comm?: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly capabilities?: bigint;
  /** Seconds between the start of the process and its first act. */
  readonly age?: number;
}

/** What is special about one program start; the container is that of the process that forks. */
export interface Run extends Part {
  /** argv[0], where it is not the path. */
  readonly exe?: string;
  readonly env?: readonly string[];
  /** Names of execve flags: EXE_UPPER_LAYER, EXE_FROM_MEMFD ... */
  readonly flags?: string;
  readonly vpid?: number;
}

export interface ContainerFacts {
  readonly privileged?: boolean;
  readonly image?: string;
  /** Host's side and container's side. */
  readonly mounts?: readonly (readonly [string, string])[];
  readonly labels?: Readonly<Record<string, string>>;
}

const fullId = 'c0ffee'.repeat(10) + 'c0ff';
const start = 1_700_000_000_000_000_000n;
const noLogin = 0xffffffff;

const users = [
  { uid: 0, gid: 0, name: 'root', home: '/root', shell: '/bin/bash' },
  { uid: 33, gid: 33, name: 'www-data', home: '/var/www', shell: '/usr/sbin/nologin' },
  { uid: 1000, gid: 1000, name: 'alice', home: '/home/alice', shell: '/bin/bash' },
];

/**
 * A small stage for rules: a row of processes, each the parent of the next, and what the last of them does.
 *
 *     new Stage(['/usr/sbin/nginx']).runs('/bin/sh', ['-c', 'id'])
 *
 * All acts succeed unless a method says otherwise.
 */
export class Stage {
  readonly events: Scenario;
  #fd = 3;
  #tid: number;
  readonly #part: Part;

  /** @param programs paths of executables, from the oldest ancestor to the one that acts */
  constructor(programs: readonly string[], part: Part = {}, facts: ContainerFacts = {}) {
    this.#part = part;
    this.#tid = 99 + programs.length;
    this.events = scenario({
      start,
      users,
      interfaces: [
        { name: 'lo', address: '\x7f\0\0\x01', netmask: '\xff\0\0\0', broadcast: '\0\0\0\0', linkSpeed: 0n },
        {
          name: 'eth0',
          address: '\x0a\0\0\x01',
          netmask: '\xff\xff\xff\0',
          broadcast: '\x0a\0\0\xff',
          linkSpeed: 0n,
        },
      ],
      threads: [
        { tid: 1, exepath: '/usr/lib/systemd/systemd', exe: '/sbin/init', comm: 'systemd', loginuid: noLogin },
        ...programs.map((path, i) => ({
          tid: 100 + i,
          ptid: i === 0 ? 1 : 99 + i,
          exepath: path,
          exe: path,
          comm: path.slice(path.lastIndexOf('/') + 1).slice(0, 15),
          loginuid: part.loginuid ?? noLogin,
          tty: part.terminal ? 34_816 : 0,
          uid: part.uid ?? 0,
          ...(part.container ? inContainer(10 + i) : {}),
          ...(i === programs.length - 1 ? last(part) : {}),
        })),
      ],
    });
    if (part.container) this.#announce(facts);
  }

  /** What the engine says of the container, on behalf of the process that is to run in it. */
  #announce(facts: ContainerFacts): void {
    const info = {
      id: fullId.slice(0, 12),
      full_id: fullId,
      name: 'web',
      type: 0,
      image: `${facts.image ?? 'example/web'}:1`,
      imagerepo: facts.image ?? 'example/web',
      imagetag: '1',
      privileged: facts.privileged ?? false,
      Mounts: (facts.mounts ?? []).map(([Source, Destination]) => ({
        Source,
        Destination,
        Mode: '',
        RW: true,
        Propagation: 'rprivate',
      })),
      labels: facts.labels ?? {},
    };
    // Container events before all others belong to the state at the start, which rules do not judge.
    this.events.close(99).container(info, { tid: this.#tid });
  }

  /** The process forks and the child executes a program; what follows is done by the child. */
  runs(path: string, args: readonly string[] = [], run: Run = {}): this {
    const part = { ...this.#part, ...run };
    const child = this.#tid + 100;
    this.events.clone({ child, tid: this.#tid, ...(run.vpid ? { vtid: run.vpid, vpid: run.vpid } : {}) });
    this.events.as(child).execve(path, {
      exe: run.exe ?? path,
      args,
      env: run.env ?? ['PATH=/usr/bin:/bin'],
      values: {
        comm: run.comm ?? path.slice(path.lastIndexOf('/') + 1).slice(0, 15),
        tty: part.terminal ? 34_816 : 0,
        uid: part.uid ?? 0,
        loginuid: part.loginuid ?? noLogin,
        flags: run.flags ?? 0,
        ...(run.capabilities === undefined ? {} : { cap_permitted: run.capabilities, cap_effective: run.capabilities }),
      },
    });
    this.#tid = child;
    return this;
  }

  #opens(path: string, flags: string, mode = 0): this {
    this.events.openat(path, { tid: this.#tid, fd: this.#fd++, flags, mode });
    return this;
  }

  reads(path: string): this {
    return this.#opens(path, 'O_RDONLY');
  }

  /** Opens an existing file to change it. */
  changes(path: string): this {
    return this.#opens(path, 'O_RDWR');
  }

  creates(path: string): this {
    return this.#opens(path, 'O_WRONLY|O_CREAT|O_EXCL|O_F_CREATED', 0o644);
  }

  empties(path: string): this {
    return this.#opens(path, 'O_WRONLY|O_CREAT|O_TRUNC');
  }

  /** A failed open: the events are there, the act did not happen. */
  failsToOpen(path: string, flags = 'O_WRONLY|O_CREAT'): this {
    this.events.openat(path, { tid: this.#tid, fd: -13, flags });
    return this;
  }

  /** Any event by its code; it succeeds unless `res` says otherwise. */
  does(code: string, values: Parameters<Scenario['event']>[1]): this {
    const hasResult = eventByCode(code).params.some((param) => param.name === 'res');
    this.events.event(code, { ...(hasResult ? { res: 0 } : {}), ...values }, { tid: this.#tid });
    return this;
  }

  renames(oldpath: string, newpath: string): this {
    return this.does('SYSCALL_RENAME_X', { oldpath, newpath });
  }

  removes(path: string): this {
    return this.does('SYSCALL_UNLINK_2_X', { path });
  }

  makesDirectory(path: string): this {
    return this.does('SYSCALL_MKDIR_2_X', { path, mode: 0o755 });
  }

  links(oldpath: string, newpath: string): this {
    return this.does('SYSCALL_LINK_2_X', { oldpath, newpath });
  }

  symlinks(target: string, linkpath: string): this {
    return this.does('SYSCALL_SYMLINK_X', { target, linkpath });
  }

  chmods(filename: string, mode: string): this {
    return this.does('SYSCALL_CHMOD_X', { filename, mode });
  }

  connects(address: string, port: number, protocol: 'tcp' | 'udp' = 'tcp', res = 0): this {
    const fd = this.#fd++;
    const domain = address.includes(':') ? 'AF_INET6' : 'AF_INET';
    this.events.socket(fd, domain, {
      tid: this.#tid,
      type: protocol === 'tcp' ? 1 : 2,
      proto: protocol === 'tcp' ? 6 : 17,
    });
    this.events.connect(fd, { address, port }, { tid: this.#tid, res });
    return this;
  }

  connectsToPath(path: string): this {
    const fd = this.#fd++;
    this.events.socket(fd, 'AF_UNIX', { tid: this.#tid });
    this.events.connect(fd, { path }, { tid: this.#tid });
    return this;
  }

  listens(port: number, address = '0.0.0.0'): this {
    const fd = this.#fd++;
    this.events.socket(fd, 'AF_INET', { tid: this.#tid, proto: 6 });
    this.does('SOCKET_BIND_X', { fd, addr: { address, port } });
    return this.does('SOCKET_LISTEN_X', { fd, backlog: 16 });
  }

  accepts(from: string, port: number): this {
    const tuple = { source: { address: from, port: 50_000 }, dest: { address: '10.0.0.1', port } };
    this.events.accept(this.#fd++, tuple, { tid: this.#tid });
    return this;
  }

  /** Makes the descriptor that was opened last a standard one. */
  duplicatesTo(newfd: number): this {
    return this.does('SYSCALL_DUP2_X', { res: newfd, oldfd: this.#fd - 1, newfd });
  }
}

function inContainer(vpid: number): { cgroups: string[]; vpid: number; vtid: number } {
  return { cgroups: [`cpu=/docker/${fullId}`, `memory=/docker/${fullId}`], vpid, vtid: vpid };
}

function last(part: Part): object {
  return {
    ...(part.comm === undefined ? {} : { comm: part.comm }),
    ...(part.args === undefined ? {} : { args: part.args }),
    ...(part.cwd === undefined ? {} : { cwd: part.cwd }),
    ...(part.capabilities === undefined ? {} : { capPermitted: part.capabilities, capEffective: part.capabilities }),
  };
}
