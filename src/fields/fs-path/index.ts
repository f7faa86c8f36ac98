import { joinPath } from '../../base/join-path.ts';
import type { Event } from '../../model/event.ts';
import { type EventInfo, eventByCode, events } from '../../model/event-table.ts';
import { type Fd, fdFlags, fdType } from '../../model/fd.ts';
import { fdName } from '../../model/fd-text.ts';
import { eventField, fieldClass } from '../../model/field.ts';
import { atFdCwd, currentDirectory, paramIndex } from '../../model/param-text.ts';

const unknown = '<UNKNOWN>';
/** What stands for a path that was not given or could not be read, as in the arguments of events. */
const absent = '<NA>';

/** Where the paths of an event lie, and what a relative one is relative to. */
interface Paths {
  /** Index of the parameter; -1: none; fdParam: the descriptor's name. */
  readonly name: number;
  readonly source: number;
  readonly target: number;
  readonly base: 'cwd' | 'opened' | 'directory' | 'directory-of-source' | 'own-directories';
  readonly isOpen: boolean;
}

const none = -1;
const descriptor = -2;

interface Row {
  readonly code: string;
  readonly name?: string;
  readonly source?: string;
  readonly target?: string;
  readonly base?: Paths['base'];
}

const rows: readonly Row[] = [
  { code: 'MKDIR_2_X', name: 'path' },
  { code: 'MKDIRAT_X', name: 'path', base: 'directory' },
  { code: 'RMDIR_2_X', name: 'path' },
  { code: 'UNLINK_2_X', name: 'path' },
  { code: 'UNLINKAT_2_X', name: 'name', base: 'directory' },
  { code: 'OPEN_X', name: 'name' },
  { code: 'OPENAT_2_X', name: 'name', base: 'opened' },
  { code: 'OPENAT2_X', name: 'name', base: 'opened' },
  { code: 'CHMOD_X', name: 'filename' },
  { code: 'FCHMOD_X', name: 'fd' },
  { code: 'FCHMODAT_X', name: 'filename', base: 'directory' },
  { code: 'CHOWN_X', name: 'path' },
  { code: 'LCHOWN_X', name: 'path' },
  { code: 'FCHOWN_X', name: 'fd' },
  { code: 'FCHOWNAT_X', name: 'pathname', base: 'directory' },
  { code: 'QUOTACTL_X', name: 'special' },
  { code: 'UMOUNT_1_X', name: 'name' },
  { code: 'UMOUNT2_X', name: 'name' },
  { code: 'RENAME_X', source: 'oldpath', target: 'newpath' },
  { code: 'RENAMEAT_X', source: 'oldpath', target: 'newpath' },
  { code: 'RENAMEAT2_X', source: 'oldpath', target: 'newpath', base: 'own-directories' },
  { code: 'LINK_2_X', source: 'newpath', target: 'oldpath' },
  { code: 'LINKAT_2_X', source: 'newpath', target: 'oldpath' },
  { code: 'SYMLINK_X', source: 'linkpath', target: 'target' },
  { code: 'SYMLINKAT_X', source: 'linkpath', target: 'target', base: 'directory-of-source' },
  { code: 'MOUNT_X', source: 'dev', target: 'dir' },
];

const pathsByType: readonly (Paths | undefined)[] = makeTable();

function makeTable(): (Paths | undefined)[] {
  const table = Array.from<Paths | undefined>({ length: events.length });
  for (const row of rows) {
    const info = eventByCode(`SYSCALL_${row.code}`);
    table[info.id] = {
      name: row.name === 'fd' ? descriptor : indexOf(info, row.name),
      source: indexOf(info, row.source),
      target: indexOf(info, row.target),
      base: row.base ?? 'cwd',
      isOpen: info.name.startsWith('open'),
    };
  }
  return table;
}

function indexOf(info: EventInfo, name: string | undefined): number {
  return name === undefined ? none : paramIndex(info.params, name);
}

type Which = 'name' | 'source' | 'target';

/** Opens count whatever they return but -1; everything else only when it succeeds. */
function succeeded(event: Event, paths: Paths): boolean {
  return event.has(0) && (paths.isOpen ? event.i64(0) !== -1 : event.i64(0) === 0);
}

function rawPath(event: Event, which: Which): string | null {
  const paths = pathsByType[event.type];
  if (paths === undefined || !succeeded(event, paths)) return null;
  const index = paths[which];
  if (index === none) return null;
  if (index === descriptor) return event.fd === null ? null : fdName(event.fd);
  if (event.has(index)) return event.text(index);
  return paths.base === 'opened' && index >= event.paramCount ? null : absent;
}

function fullPath(event: Event, which: Which): string | null {
  const path = rawPath(event, which);
  if (path === null || event.thread === null) return null;
  if (path.startsWith('/')) return joinPath('', path);
  const { base } = pathsByType[event.type]!;
  if (base === 'opened') return isPresent(event.fd) ? joinPath('', fdName(event.fd)) : unknown;
  return joinPath(directoryFor(event, which, base), path);
}

function directoryFor(event: Event, which: Which, base: Paths['base']): string {
  const thread = event.thread!;
  switch (base) {
    case 'directory':
      return directoryText(event.fd);
    case 'directory-of-source':
      return which === 'source' ? directoryText(event.fd) : unknown;
    case 'own-directories': {
      const number = event.i64(which === 'target' ? 3 : 1);
      if (number === atFdCwd) return currentDirectory(thread);
      const fd = thread.fds?.get(number);
      return fd === undefined ? unknown : withSlash(fdName(fd));
    }
    case 'cwd':
    case 'opened':
      return currentDirectory(thread);
  }
}

function isPresent(fd: Fd | null): fd is Fd {
  return fd !== null && (fd.flags & fdFlags.absent) === 0;
}

function directoryText(fd: Fd | null): string {
  return isPresent(fd) && fd.type === fdType.directory ? withSlash(fdName(fd)) : unknown;
}

function withSlash(name: string): string {
  return name === '' || name.endsWith('/') ? name : `${name}/`;
}

function pathField(summary: string, which: Which, read: (event: Event, which: Which) => string | null) {
  return eventField('CHARBUF', summary, (event) => read(event, which), {
    possible: (info) => (pathsByType[info.id]?.[which] ?? none) !== none,
  });
}

/** Fields of the paths that file operations name, as against the descriptors of fd. */
export default fieldClass({
  id: 'fs-path',
  prefixes: ['fs'],
  summary: 'The paths that an operation on files names, also where no descriptor is involved.',
  sources: ['syscall'],
  fields: {
    'fs.path.name': pathField('The path that the operation works on, made absolute.', 'name', fullPath),
    'fs.path.nameraw': pathField('The path that the operation works on, as the call gave it.', 'name', rawPath),
    'fs.path.source': pathField('Of two paths (rename, link, mount) the source, made absolute.', 'source', fullPath),
    'fs.path.sourceraw': pathField('The source of two paths, as the call gave it.', 'source', rawPath),
    'fs.path.target': pathField('Of two paths the target, made absolute.', 'target', fullPath),
    'fs.path.targetraw': pathField('The target of two paths, as the call gave it.', 'target', rawPath),
  },
});
