import { type Fd, fdFlags } from '../../model/fd.ts';
import type { Event } from '../../model/event.ts';
import { eventField, type FdGetter, type FieldOptions, fdField } from '../../model/field.ts';
import { integerText } from '../../model/format.ts';
import { hasFd, isPresent, onlyWithFd } from './possible.ts';

const fromInode: FieldOptions = { ...onlyWithFd, from: ['inode'] };
const fromFlags: FieldOptions = { ...onlyWithFd, from: ['flags'] };

function present<T>(read: (fd: Fd) => T): FdGetter<T> {
  return (fd) => (isPresent(fd) ? read(fd) : null);
}

/** Rules compare the number with its sign, outputs show its bits. */
function shownDevice({ fd }: Event): string | null {
  return fd !== null && isPresent(fd) ? integerText(fd.dev, 'HEX') : null;
}

/** Linux' encoding of device numbers: minor in the low 8 and the high 12 bits, major in between. */
function major(dev: number): number {
  return (dev & 0xfff00) >>> 8;
}

function minor(dev: number): number {
  return ((dev & 0xff) | ((dev >>> 12) & 0xfff00)) >>> 0;
}

function layer(flag: number): FdGetter<boolean> {
  return present((fd) => (fd.flags & flag) !== 0);
}

export const propertyFields = {
  'fd.name_changed': eventField(
    'BOOL',
    'Whether this event changed the name of the descriptor.',
    (event) => (event.fd !== null && hasFd(event.info) && isPresent(event.fd) ? event.fdNameChanged : null),
    onlyWithFd,
  ),
  'fd.dev': fdField(
    'INT32',
    'Number of the device that holds the file, in hexadecimal.',
    present((fd) => fd.dev | 0),
    { format: 'HEX', ...fromInode, shown: () => shownDevice },
  ),
  'fd.dev.major': fdField(
    'INT32',
    'Major number of the device that holds the file.',
    present((fd) => major(fd.dev)),
    { format: 'DEC', ...fromInode },
  ),
  'fd.dev.minor': fdField(
    'INT32',
    'Minor number of the device that holds the file.',
    present((fd) => minor(fd.dev)),
    { format: 'DEC', ...fromInode },
  ),
  'fd.ino': fdField(
    'INT64',
    'Inode number of the file.',
    present((fd) => (typeof fd.ino === 'bigint' ? BigInt.asIntN(64, fd.ino) : fd.ino)),
    { format: 'DEC', ...fromInode },
  ),
  'fd.is_upper_layer': fdField(
    'BOOL',
    'Whether the file is in the upper layer of an overlay file system.',
    layer(fdFlags.upperLayer),
    fromFlags,
  ),
  'fd.is_lower_layer': fdField(
    'BOOL',
    'Whether the file is in the lower layer of an overlay file system.',
    layer(fdFlags.lowerLayer),
    fromFlags,
  ),
} as const;
