import { type Fd, fdFlags, fdType, l4proto } from '../../model/fd.ts';
import { hasRole, isIpServer, isIpSocket, layer4 } from '../../model/fd-text.ts';
import { type FieldOptions, fdField, type Scalar } from '../../model/field.ts';
import { fromEnds, isPresent, onlyWithFd } from './possible.ts';

const either: FieldOptions = {
  ...onlyWithFd,
  from: ['address'],
  filterOnly: true,
  noRhs: true,
  noTransformer: true,
  negation: 'all',
  shown: () => () => null,
};

function client(fd: Fd): boolean {
  return isPresent(fd) && isIpSocket(fd) && hasRole(fd);
}

/** Connected, or listening: has an end that serves. */
function served(fd: Fd): boolean {
  return isPresent(fd) && hasRole(fd) && (isIpSocket(fd) || isIpServer(fd));
}

function clientIp(fd: Fd): string | null {
  return client(fd) ? fd.sourceIp : null;
}

function serverIp(fd: Fd): string | null {
  return served(fd) ? fd.destIp : null;
}

function clientPort(fd: Fd): number | null {
  return client(fd) ? fd.sourcePort : null;
}

function serverPort(fd: Fd): number | null {
  if (!isPresent(fd)) return null;
  return isIpServer(fd) || client(fd) ? fd.destPort : null;
}

const unknownIpv4 = '\0'.repeat(4);
const unknownIpv6 = '\0'.repeat(16);
const noEnds: readonly Scalar[] = [];

/** Both ends of a connection, the one address of a listening socket; 0.0.0.0 or :: for one that is not known. */
function ips(fd: Fd): readonly Scalar[] {
  if (!isPresent(fd)) return noEnds;
  const unknown = fd.type === fdType.ipv6Socket || fd.type === fdType.ipv6Server ? unknownIpv6 : unknownIpv4;
  if (isIpServer(fd)) return [fd.destIp || unknown];
  return isIpSocket(fd) ? [fd.sourceIp || unknown, fd.destIp || unknown] : noEnds;
}

function ports(fd: Fd): readonly Scalar[] {
  if (!isPresent(fd)) return noEnds;
  if (isIpServer(fd)) return [fd.destPort];
  return isIpSocket(fd) ? [fd.sourcePort, fd.destPort] : noEnds;
}

/** What `exists` sees, as nothing else asks for one value: upstream has either end of every descriptor, a file's too. */
function firstIp(fd: Fd): string | null {
  return isPresent(fd) ? ((ips(fd)[0] as string | undefined) ?? unknownIpv4) : null;
}

function firstPort(fd: Fd): number | null {
  return isPresent(fd) ? ((ports(fd)[0] as number | undefined) ?? 0) : null;
}

/** Upstream has text, though empty, for every descriptor whose role is known, and none for a listening socket's port. */
function clientService(fd: Fd): string | null {
  if (!isPresent(fd) || !hasRole(fd)) return null;
  return isIpSocket(fd) ? fd.sourcePort.toString() : '';
}

function serverService(fd: Fd): string | null {
  if (!isPresent(fd)) return null;
  if (isIpServer(fd)) return '';
  return client(fd) ? fd.destPort.toString() : null;
}

function protocolName(fd: Fd): string | null {
  if (!isPresent(fd)) return null;
  switch (layer4(fd)) {
    case l4proto.tcp:
      return 'tcp';
    case l4proto.udp:
      return 'udp';
    case l4proto.icmp:
      return 'icmp';
    case l4proto.raw:
      return 'raw';
    default:
      return '<NA>';
  }
}

function family(fd: Fd): string | null {
  if (!isPresent(fd)) return null;
  if (isIpSocket(fd) || isIpServer(fd)) return 'ip';
  return fd.type === fdType.unixSocket ? 'unix' : null;
}

export const addressFields = {
  'fd.ip': fdField('IPADDR', 'Address of either end of a connection.', firstIp, { ...either, compareEach: ips }),
  'fd.cip': fdField('IPADDR', "Address of the client's end.", clientIp, fromEnds),
  'fd.sip': fdField('IPADDR', "Address of the server's end, or that a socket listens at.", serverIp, fromEnds),
  'fd.net': fdField('IPNET', 'Network of either end of a connection.', firstIp, { ...either, compareEach: ips }),
  'fd.cnet': fdField('IPNET', "Network of the client's end.", clientIp, networkOptions()),
  'fd.snet': fdField('IPNET', "Network of the server's end.", serverIp, networkOptions()),
  'fd.port': fdField('PORT', 'Port of either end of a connection.', firstPort, {
    ...either,
    format: 'DEC',
    compareEach: ports,
  }),
  'fd.proto': fdField('PORT', 'Port of either end, compared with the name of a service.', firstPort, {
    ...either,
    compareEach: ports,
  }),
  'fd.cport': fdField('PORT', "Port of the client's end.", clientPort, { format: 'DEC', ...fromEnds }),
  'fd.sport': fdField('PORT', "Port of the server's end, or that a socket listens at.", serverPort, {
    format: 'DEC',
    ...fromEnds,
  }),
  'fd.cproto': fdField('CHARBUF', "Port of the client's end as text.", clientService, fromEnds),
  'fd.sproto': fdField('CHARBUF', "Port of the server's end as text.", serverService, fromEnds),
  'fd.l4proto': fdField('CHARBUF', 'tcp, udp, icmp or raw; <NA> for what is no IP socket.', protocolName, fromEnds),
  'fd.sockfamily': fdField('CHARBUF', 'ip or unix, for sockets of these families.', family, {
    ...onlyWithFd,
    from: [],
  }),
  'fd.connected': fdField(
    'BOOL',
    'Whether the socket is connected.',
    (fd) => (isPresent(fd) ? (fd.flags & fdFlags.connected) !== 0 : null),
    fromEnds,
  ),
} as const;

/** Networks are compared with literals only. */
function networkOptions(): FieldOptions {
  return { ...fromEnds, filterOnly: true, noRhs: true, noTransformer: true };
}
