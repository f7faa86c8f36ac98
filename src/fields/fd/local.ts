import type { Event } from '../../model/event.ts';
import { type Fd, fdType } from '../../model/fd.ts';
import { hasRole, isIpServer, isIpSocket } from '../../model/fd-text.ts';
import { eventField, type FieldOptions } from '../../model/field.ts';
import { ipText } from '../../model/format.ts';
import type { Machine } from '../../model/machine.ts';
import { hasFd, isPresent, onlyWithFd } from './possible.ts';

const filter: FieldOptions = { ...onlyWithFd, filterOnly: true, noRhs: true, noTransformer: true };
const named: FieldOptions = { ...onlyWithFd, noRhs: true, noTransformer: true };

/**
 * Whether an address is one of the machine's own as the thread sees it: in a container, that of the container; for all
 * others those of the interfaces. All of it depends on the thread, so nothing here is a property of the descriptor.
 */
function isLocal(event: Event, machine: Machine, address: string): boolean {
  const id = event.thread!.containerId;
  if (id === 'host') return machine.isLocalAddress(address);
  // Engines tell IPv4 addresses only.
  const own = machine.container(id)?.ip ?? '';
  if (own === '' || address.length !== 4) return false;
  return ipText(address) === own || machine.isLocalAddress(address);
}

/** The connected IP socket of an event whose ends are known to be client and server. */
function connection(event: Event): Fd | null {
  const { fd } = event;
  if (fd === null || event.thread === null || !hasFd(event.info)) return null;
  return isPresent(fd) && isIpSocket(fd) && hasRole(fd) ? fd : null;
}

/** Whether the client's end is this machine's. */
function clientIsLocal(event: Event, machine: Machine, fd: Fd): boolean {
  return isLocal(event, machine, fd.sourceIp);
}

function localIp(event: Event, machine: Machine): string | null {
  const fd = connection(event);
  if (fd === null) return null;
  return clientIsLocal(event, machine, fd) ? fd.sourceIp : fd.destIp;
}

function remoteIp(event: Event, machine: Machine): string | null {
  const fd = connection(event);
  if (fd === null) return null;
  return clientIsLocal(event, machine, fd) ? fd.destIp : fd.sourceIp;
}

function localPort(event: Event, machine: Machine): number | null {
  const fd = connection(event);
  if (fd === null) return null;
  return clientIsLocal(event, machine, fd) ? fd.sourcePort : fd.destPort;
}

function remotePort(event: Event, machine: Machine): number | null {
  const fd = connection(event);
  if (fd === null) return null;
  return clientIsLocal(event, machine, fd) ? fd.destPort : fd.sourcePort;
}

function text(port: number | null): string | null {
  return port === null ? null : port.toString();
}

function isServer(event: Event, machine: Machine): boolean | null {
  const { fd } = event;
  if (fd === null || event.thread === null || !isPresent(fd) || !hasFd(event.info)) return null;
  if (isIpServer(fd)) return true;
  if (fd.type !== fdType.ipv4Socket && fd.type !== fdType.ipv6Socket) return false;
  return isLocal(event, machine, fd.destIp);
}

type ReadIp = (event: Event, machine: Machine) => string | null;

/** A name that rules mention and that resolves to the address. */
function nameField(summary: string, read: ReadIp) {
  return eventField(
    'CHARBUF',
    summary,
    (event, machine) => {
      const address = read(event, machine);
      return address === null ? null : (machine.hostName?.(address) ?? null);
    },
    named,
  );
}

export const localFields = {
  'fd.lip': eventField('IPADDR', "Address of this machine's end.", localIp, onlyWithFd),
  'fd.rip': eventField('IPADDR', 'Address of the other end.', remoteIp, onlyWithFd),
  'fd.lnet': eventField('IPNET', "Network of this machine's end.", localIp, filter),
  'fd.rnet': eventField('IPNET', 'Network of the other end.', remoteIp, filter),
  'fd.lport': eventField('PORT', "Port of this machine's end.", localPort, { format: 'DEC', ...onlyWithFd }),
  'fd.rport': eventField('PORT', 'Port of the other end.', remotePort, { format: 'DEC', ...onlyWithFd }),
  'fd.lproto': eventField(
    'CHARBUF',
    "Port of this machine's end as text.",
    (event, machine) => text(localPort(event, machine)),
    onlyWithFd,
  ),
  'fd.rproto': eventField(
    'CHARBUF',
    'Port of the other end as text.',
    (event, machine) => text(remotePort(event, machine)),
    onlyWithFd,
  ),
  'fd.is_server': eventField(
    'BOOL',
    'Whether the socket listens, or the end of the server is on this machine.',
    isServer,
    onlyWithFd,
  ),
  'fd.cip.name': nameField("Name of the client's end.", (event) => connection(event)?.sourceIp ?? null),
  'fd.sip.name': nameField("Name of the server's end.", (event) => connection(event)?.destIp ?? null),
  'fd.lip.name': nameField("Name of this machine's end.", localIp),
  'fd.rip.name': nameField('Name of the other end.', remoteIp),
} as const;
