import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BackendSpec } from './backend.ts';
import { makeCertificate } from './certificates.ts';

// Only what it has parsed is written, as JSON: what it did not understand would be missing.
const config = (port: number, folder: string, tlsPort: number | undefined) => `
global(workDirectory="${folder}" maxMessageSize="4m" parser.escapeControlCharactersOnReceive="off"
  defaultNetstreamDriverCAFile="${folder}/tls.crt" defaultNetstreamDriverCertFile="${folder}/tls.crt"
  defaultNetstreamDriverKeyFile="${folder}/tls.key")
module(load="imudp")
module(load="imtcp" MaxFrameSize="4000000"${tlsPort === undefined ? '' : ' StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"'})
template(name="parsed" type="list" option.jsonf="on") {
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="facility" name="syslogfacility-text" format="jsonf")
  property(outname="version" name="protocol-version" format="jsonf")
  property(outname="time" name="timereported" dateFormat="rfc3339" date.inUTC="on" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="tag" name="syslogtag" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="id" name="msgid" format="jsonf")
  property(outname="data" name="structured-data" format="jsonf")
  property(outname="text" name="msg" format="jsonf")
}
ruleset(name="all") { action(type="omfile" file="${folder}/parsed" template="parsed" asyncWriting="off" flushOnTXEnd="on") }
input(type="imudp" port="${port}" address="127.0.0.1" ruleset="all")
input(type="imtcp" port="${port}" address="127.0.0.1" ruleset="all")
`;

/** What rsyslog has understood of a message. */
export interface ParsedMessage {
  readonly severity: string;
  readonly facility: string;
  readonly version: string;
  readonly time: string;
  readonly host: string;
  readonly tag: string;
  readonly app: string;
  readonly id: string;
  readonly data: string;
  readonly text: string;
}

/** Its module for TLS is a package of its own. */
const hasTls = ['/usr/lib', '/usr/lib64', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'].some((folder) =>
  existsSync(`${folder}/rsyslog/lmnsd_gtls.so`),
);

/** A server on one port for UDP and TCP, or for TLS alone; it writes what it has parsed. */
export function rsyslog(withTls: boolean): BackendSpec {
  return {
    command: withTls && !hasTls ? 'rsyslogd with its module for TLS' : 'rsyslogd',
    prepare(port, folder) {
      makeCertificate(folder, 'DNS:localhost');
      chmodSync(path.join(folder, 'tls.key'), 0o644);
      writeFileSync(path.join(folder, 'rsyslog.conf'), config(port, folder, withTls ? port : undefined));
    },
    args: (_, folder) => ['-n', '-f', `${folder}/rsyslog.conf`, '-i', `${folder}/pid`],
  };
}

/** The messages so far. */
export function parsedMessages(folder: string): ParsedMessage[] {
  let text: string;
  try {
    text = readFileSync(path.join(folder, 'parsed'), 'utf8');
  } catch {
    return [];
  }
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as ParsedMessage);
}
