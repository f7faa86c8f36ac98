import { events } from '../../model/event-table.ts';

/** Kinds of lost events, by the names that Falco's counters have, and the events that they are about. */
const kinds = {
  clone_fork: ['clone', 'clone3', 'fork', 'vfork'],
  execve: ['execve', 'execveat'],
  connect: ['connect'],
  open: ['open', 'openat', 'openat2', 'creat', 'open_by_handle_at'],
  dir_file: (
    'chdir chmod chown chroot dup dup2 dup3 fchdir fchmod fchmodat fchown fchownat lchown link linkat mkdir mkdirat mknod ' +
    'mknodat mount rename renameat renameat2 rmdir symlink symlinkat umount umount2 unlink unlinkat'
  ).split(' '),
  other_interest: 'bpf capset ptrace quotactl seccomp setns setpgid setresgid setresuid setsid unshare'.split(' '),
  close: ['close'],
  proc: ['procexit'],
} as const;
export type DropKind = keyof typeof kinds;

const dropKinds = Object.keys(kinds) as DropKind[];

const kindByName = new Map<string, DropKind>(
  dropKinds.flatMap((kind) => kinds[kind].map((name) => [name, kind] as const)),
);

/** How many events of each kind were lost. @param byEvent by event code. */
export function countKinds(byEvent: ReadonlyMap<number, number>): Record<DropKind, number> {
  const counts = Object.fromEntries(dropKinds.map((kind) => [kind, 0])) as Record<DropKind, number>;
  for (const [code, drops] of byEvent) {
    const kind = kindByName.get(events[code]?.name ?? '');
    if (kind !== undefined) counts[kind] += drops;
  }
  return counts;
}
