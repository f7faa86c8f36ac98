import {
  choice,
  count,
  flag,
  integer,
  object,
  type Out,
  secretOr,
  textList,
  textMapOr,
  textOr,
} from '../../model/schema.ts';
import { otlpOptions } from '../../transport/otlp.ts';

// Keys that are no output's. Those of Falcosidekick have its names, defaults and meaning; Saker's own say so.

const ports = [0, 65_535] as const;
const mebibyte = 1_048_576;

/** Keys at the top of the file. */
const top = object({
  listenaddress: textOr(
    '',
    'Address to listen on; empty: all, if a token or client certificates are asked for, else 127.0.0.1.',
  ),
  listenport: integer(2801, ...ports, 'Port to listen on.'),
  debug: flag(false, 'Log everything that is sent, and nothing of what is secret in the configuration.'),
  customfields: textMapOr({}, 'Fields added to every alert; a value %NAME is that of the environment variable.'),
  customtags: textList('Tags added to every alert.'),
  templatedfields: textMapOr({}, "Fields added to every alert; each value is a template over the alert's fields."),
  bracketreplacer: textOr('', 'Stands for [ in the names of fields; ] is left out. Empty: names stay.'),
  outputfieldformat: textOr(
    '',
    'What the text of an alert becomes, of <timestamp>, <priority>, <output>, <custom_fields>, <templated_fields>, <tags>.',
  ),
  mutualtlsfilespath: textOr('/etc/certs', 'Folder of client.crt, client.key and ca.crt for mutual TLS.'),
  // Saker's own.
  bearertoken: secretOr('', "Saker's own: who posts alerts has to know it."),
  bodylimit: count(16 * mebibyte, "Saker's own: bytes of a request, unpacked."),
  fieldlimit: count(65_536, "Saker's own: characters of a field or of the text; longer ones are cut, with a mark."),
  logformat: choice(['text', 'json'], 'text', "Saker's own: how the messages of `saker deliver` are written."),
});

const tlsserver = object({
  deploy: flag(false, 'Serve by TLS (1.2 or later).'),
  certfile: textOr('/etc/certs/server/server.crt', 'Certificate of the server.'),
  keyfile: textOr('/etc/certs/server/server.key', 'Its key.'),
  mutualtls: flag(false, 'Serve only clients with a certificate.'),
  cacertfile: textOr('/etc/certs/server/ca.crt', "Authority of the clients' certificates."),
  notlsport: integer(2810, ...ports, 'Port for the paths that are served without TLS.'),
  notlspaths: textList('Paths that are served without TLS, on that port only.'),
});

const tlsclient = object({
  cacertfile: textOr('', 'Certificate authorities besides those of the machine, for all outputs.'),
});

const mutualtlsclient = object({
  certfile: textOr('', 'Certificate for outputs with mutualtls; empty: client.crt in mutualtlsfilespath.'),
  keyfile: textOr('', 'Its key; empty: client.key in mutualtlsfilespath.'),
  cacertfile: textOr('', 'Authority of the servers; empty: ca.crt in mutualtlsfilespath.'),
});

const queue = object({
  mode: choice(
    ['disk', 'memory'],
    'disk',
    'Where alerts wait: on disk they survive a crash and are acknowledged when they are there.',
  ),
  directory: textOr('/var/lib/saker/delivery', 'Folder of the queue; one process at a time.'),
  maxbytes: count(
    0,
    'Bytes that alerts may take; beyond, the oldest of the lowest priority go. 0: 1 GiB on disk, 64 MiB in memory, where an alert takes four times its size.',
  ),
  maxage: textOr('7d', 'Alerts that nobody took for so long go; 0s: never.'),
});

const deadletters = object({
  directory: textOr(
    '',
    'Where alerts go that an output refused for good, a file for each; empty: dead-letters in the folder of the queue.',
  ),
  maxbytes: count(64 * mebibyte, 'Bytes of each file; when it is full the older half goes.'),
});

const silences = object({
  file: textOr('', 'Where silences are kept; empty: silences.json in the folder of the queue.'),
});

const prometheus = object({
  extralabels: textList('Fields of alerts that become labels of falco_events_total.'),
});

/** Saker's own: what it tells of itself. */
const telemetry = object({
  ...otlpOptions,
  endpoint: secretOr(
    '',
    'Where numbers and spans about the delivery itself go, by OTLP: http://HOST:4318, with gRPC http://HOST:4317. Empty: nowhere.',
  ),
  interval: textOr('30s', 'Time between exports.'),
  metrics: flag(true, 'Export the numbers of /metrics, but for the counted alerts.'),
  traces: flag(true, 'Export a span for each send: output, alerts, status, retries.'),
});

/** Sections by their path. */
export const generalSections = {
  '': top,
  tlsserver,
  tlsclient,
  mutualtlsclient,
  queue,
  deadletters,
  silences,
  prometheus,
  telemetry,
} as const;
type GeneralSections = typeof generalSections;
export type GeneralSettings = { readonly [K in keyof GeneralSections]: Out<GeneralSections[K]> };

/** Keys that every output has besides its own; where an output has one of the same name, its own counts. */
export const commonOptions = object({
  minimumpriority: textOr('', 'Only alerts of this priority or a more severe one; empty: all.'),
  checkcert: flag(true, "Check the server's certificate."),
  mutualtls: flag(false, 'Show a certificate to the server.'),
  maxconcurrentrequests: count(1, 'Sends at the same time; 0: 32.'),
  certfile: textOr('', "Saker's own: certificate for this output; empty: that of mutualtlsclient."),
  keyfile: textOr('', "Saker's own: its key."),
  cacertfile: textOr(
    '',
    "Saker's own: authority of this output's server; empty: that of mutualtlsclient or tlsclient.",
  ),
  condition: textOr(
    '',
    "Saker's own: only alerts for which this holds, in the language of rules over the alert's fields.",
  ),
  rules: textList("Saker's own: only alerts of these rules; * for any characters."),
  sources: textList("Saker's own: only alerts of these sources."),
  tags: textList("Saker's own: only alerts with one of these tags."),
  hostnames: textList("Saker's own: only alerts of these hosts; * for any characters."),
  sendtimeout: textOr('30s', "Saker's own: time for one send."),
  batchcount: count(0, "Saker's own: alerts in one send; 0: what suits the output."),
  batchbytes: count(0, "Saker's own: bytes of alerts in one send; 0: what suits the output."),
  batchwait: textOr(
    '',
    "Saker's own: how long the first alert of a send waits for others; empty: what suits the output.",
  ),
  giveupafter: textOr(
    '24h',
    "Saker's own: an alert that was not taken for so long goes to the dead letters; 0s: never.",
  ),
  eventformat: choice(
    ['falco', 'ecs', 'ocsf', 'otel', 'cef'],
    'falco',
    "Saker's own: form of an alert, for outputs that hand on its JSON: Falco's, ECS, OCSF, OpenTelemetry or CEF (text).",
  ),
  groupby: textList("Saker's own: alerts of one rule with the same values of these fields are one; then a summary."),
  groupwindow: textOr('0s', "Saker's own: time that such alerts are held together; 0s: not at all."),
  ratelimit: count(0, "Saker's own: alerts of one rule in a minute; the rest is summed up. 0: no limit."),
});
export type CommonOptions = Out<typeof commonOptions>;
