import { type EventInfo, eventFlags } from '../../model/event-table.ts';
import { type Fd, fdFlags } from '../../model/fd.ts';
import type { FieldOptions } from '../../model/field.ts';

const aboutFds = eventFlags.CREATES_FD | eventFlags.USES_FD | eventFlags.DESTROYS_FD;

/** Whether events of a type are about a descriptor at all. */
export function hasFd(info: EventInfo): boolean {
  return (info.flags & aboutFds) !== 0;
}

/** Whether the descriptor is there and not just a stand-in for one. */
export function isPresent(fd: Fd): boolean {
  return (fd.flags & fdFlags.absent) === 0;
}

export const onlyWithFd: FieldOptions = { possible: hasFd };

/** Fields that need no more of a descriptor than its name, or the addresses that make one. */
export const fromName: FieldOptions = { ...onlyWithFd, from: ['path', 'address'] };
/** Fields of sockets whose ends count only where their roles are known. */
export const fromEnds: FieldOptions = { ...onlyWithFd, from: ['address', 'flags'] };
