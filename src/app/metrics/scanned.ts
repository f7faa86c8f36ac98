import { fdType } from '../../model/fd.ts';
import type { Snapshot } from '../../model/machine.ts';

/** Threads and descriptors that were there when watching began, by the names of Falco's counters of BPF iterators. */
export interface Scanned {
  readonly task: number;
  readonly task_file_pipe: number;
  readonly task_file_memfd: number;
  readonly task_file_regular: number;
  readonly task_file_directory: number;
  readonly task_file_socket_inet: number;
  readonly task_file_socket_inet6: number;
  readonly task_file_socket_unix: number;
  readonly task_file_socket_netlink: number;
  readonly task_file_anon_inode: number;
}

type FileKind = Exclude<keyof Scanned, 'task'>;

const kindByType: ReadonlyMap<number, FileKind> = new Map<number, FileKind>([
  [fdType.fifo, 'task_file_pipe'],
  [fdType.memfd, 'task_file_memfd'],
  [fdType.file, 'task_file_regular'],
  [fdType.fileOld, 'task_file_regular'],
  [fdType.directory, 'task_file_directory'],
  [fdType.ipv4Socket, 'task_file_socket_inet'],
  [fdType.ipv4Server, 'task_file_socket_inet'],
  [fdType.ipv6Socket, 'task_file_socket_inet6'],
  [fdType.ipv6Server, 'task_file_socket_inet6'],
  [fdType.unixSocket, 'task_file_socket_unix'],
  [fdType.netlink, 'task_file_socket_netlink'],
]);

/** Counts what a snapshot holds; all other descriptors are of anonymous inodes. */
export function countScanned({ threads = [], fds = [] }: Snapshot): Scanned {
  const counts = {
    task: threads.length,
    task_file_pipe: 0,
    task_file_memfd: 0,
    task_file_regular: 0,
    task_file_directory: 0,
    task_file_socket_inet: 0,
    task_file_socket_inet6: 0,
    task_file_socket_unix: 0,
    task_file_socket_netlink: 0,
    task_file_anon_inode: 0,
  };
  for (const { entries } of fds)
    for (const { type } of entries) counts[kindByType.get(type) ?? 'task_file_anon_inode']++;
  return counts;
}
