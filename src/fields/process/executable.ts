import { threadField } from '../../model/field.ts';
import { capabilityText } from '../../model/linux-names.ts';
import type { Thread } from '../../model/thread.ts';

function known(duration: bigint): bigint | null {
  return duration === 0n ? null : duration;
}

function time(summary: string, read: (thread: Thread) => bigint) {
  return threadField(
    'ABSTIME',
    summary,
    (thread) => {
      const value = read(thread);
      return value === 0n ? null : value;
    },
    { format: 'DEC' },
  );
}

/** Made into hundreds of bytes of text, so rules look at the set where they can. */
function capabilities(summary: string, read: (thread: Thread) => bigint) {
  return threadField('CHARBUF', summary, (thread) => capabilityText(read(thread)), { key: read });
}

export const executableFields = {
  'proc.exepath': threadField('CHARBUF', 'Full path of the program, by the kernel.', (thread) => thread.exepath),
  'proc.is_exe_writable': threadField(
    'BOOL',
    'Whether the user of the process may write to the program file.',
    (thread) => thread.exeWritable,
  ),
  'proc.is_exe_upper_layer': threadField(
    'BOOL',
    "Whether the program file is in the upper layer of an overlay file system, so not part of a container's image.",
    (thread) => thread.exeUpperLayer,
  ),
  'proc.is_exe_lower_layer': threadField(
    'BOOL',
    'Whether the program file is in the lower layer of an overlay file system.',
    (thread) => thread.exeLowerLayer,
  ),
  'proc.is_exe_from_memfd': threadField(
    'BOOL',
    'Whether the program has no file but is in memory only (memfd).',
    (thread) => thread.exeFromMemfd,
  ),
  'proc.exe_ino': threadField(
    'INT64',
    'Inode number of the program file.',
    ({ exeIno }) => (Number(exeIno) === 0 ? null : typeof exeIno === 'bigint' ? BigInt.asIntN(64, exeIno) : exeIno),
    { format: 'DEC' },
  ),
  'proc.exe_ino.ctime': time('Last change of the inode of the program file.', (thread) => thread.exeInoCtime),
  'proc.exe_ino.mtime': time('Last change of the content of the program file.', (thread) => thread.exeInoMtime),
  'proc.exe_ino.ctime_duration_proc_start': threadField(
    'ABSTIME',
    'Nanoseconds from the last change of the inode of the program file to the start of the process that executed it.',
    (thread) => known(thread.exeCtimeToStart),
    { format: 'DEC' },
  ),
  'proc.exe_ino.ctime_duration_pidns_start': threadField(
    'ABSTIME',
    'Nanoseconds from the start of the pid namespace to the last change of the inode of the program file.',
    (thread) => known(thread.pidnsStartToExeCtime),
    { format: 'DEC' },
  ),
  'thread.cap_permitted': capabilities('Permitted capabilities.', (thread) => thread.capPermitted),
  'thread.cap_inheritable': capabilities('Inheritable capabilities.', (thread) => thread.capInheritable),
  'thread.cap_effective': capabilities('Effective capabilities.', (thread) => thread.capEffective),
} as const;
