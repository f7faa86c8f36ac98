import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { connect as connectTcp, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ClientTls } from '../model/output.ts';
import { tlsSocketOptions } from './tls.ts';

/** Host and port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[::1]:port`; without a port the given one. @throws Error */
export function parseAddress(text: string, port: number): Address {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const host = bracketed ?? plain;
  const number = digits === undefined ? port : Number(digits);
  if (host === undefined || number < 1 || number > 65_535) throw new Error(`'${text.slice(0, 80)}' is not HOST:PORT`);
  return { host, port: number };
}

/** A stream to a server. */
export interface Stream {
  /** Resolves when the operating system has the bytes: of what becomes of them then, TCP says nothing but an error later. */
  write(bytes: Buffer | string): Promise<void>;
  close(): void;
}

/** Connects by TCP, or by TLS where it is given. @throws Error, also when it takes too long */
export function openStream(address: Address, tls: ClientTls | undefined, timeoutMs: number): Promise<Stream> {
  const { host, port } = address;
  // Nobody answers: what the other side sends is thrown away, its end is an error.
  return new Promise((resolve, reject) => {
    const servername = isIPv6(host) || /^[0-9.]+$/.test(host) ? '' : host;
    const socket: Socket =
      tls === undefined
        ? connectTcp({ host, port })
        : connectTls({ host, port, ...(servername === '' ? {} : { servername }), ...tlsSocketOptions(tls) });
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection to ${host}:${port} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    let failure: Error | undefined;
    socket.setKeepAlive(true, 60_000);
    socket.on('error', (error) => {
      failure = error;
      reject(error);
    });
    socket.on('end', () => (failure ??= new Error('the server has closed the connection')));
    socket.on('close', () => {
      clearTimeout(timer);
      failure ??= new Error('the connection is closed');
      reject(failure);
    });
    socket.resume();
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      resolve({
        write(bytes) {
          const { promise, resolve: done, reject: failed } = Promise.withResolvers<void>();
          if (failure !== undefined) failed(failure);
          else socket.write(bytes, (error) => (error === null || error === undefined ? done() : failed(error)));
          return promise;
        },
        close: () => socket.destroy(),
      });
    });
  });
}

/** Datagrams to a server. */
export interface DatagramSender {
  /** Resolves when the operating system has it; whether it arrives, nobody says. */
  send(bytes: Buffer | string): Promise<void>;
  close(): void;
}

/** @throws Error where the name is not known */
export async function openDatagrams({ host, port }: Address): Promise<DatagramSender> {
  const { lookup } = await import('node:dns/promises');
  const { address, family } = await lookup(host);
  const socket: Datagrams = createSocket(family === 6 ? 'udp6' : 'udp4');
  let failure: Error | undefined;
  socket.on('error', (error) => (failure = error));
  await new Promise<void>((resolve) => {
    socket.connect(port, address, () => resolve());
  });
  return {
    send(bytes) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (failure !== undefined) {
        const error = failure;
        failure = undefined;
        reject(error);
      } else socket.send(bytes, (error) => (error === null ? resolve() : reject(error)));
      return promise;
    },
    close: () => socket.close(),
  };
}
