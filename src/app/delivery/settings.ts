import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Logger } from '../../base/log.ts';
import { defaultBreaker, defaultIntake, defaultQueue, defaultRetry } from '../../delivery/defaults.ts';
import type { DeliverySettings, OutputSettings, RouteSettings } from '../../delivery/settings.ts';
import type { Priority } from '../../model/alert.ts';
import type { ClientTls, OpenOutput, OutputContext, Traffic } from '../../model/output.ts';
import { redactError, secretTexts } from '../../transport/secrets.ts';
import { parseDuration } from '../config/duration.ts';
import { priorityNamed } from './priority.ts';
import type { CommonOptions, GeneralSettings } from './general.ts';
import { withFormat } from './event-format.ts';
import type { ConfiguredOutput, LoadedDelivery } from './load.ts';
import type { ConfigProblems } from './problems.ts';
import { type SendWatch, watched } from './send-watch.ts';

/** What turns configured outputs into open ones. */
export interface OutputMaterial {
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of a file. @throws Error */
  readonly read: (path: string) => string;
  readonly template: OutputContext['template'];
  readonly version: string;
  /** Looks on at sends; absent: nobody does. */
  readonly watch?: SendWatch | undefined;
  readonly traffic?: (() => Traffic) | undefined;
}

/** Characters of a send that are logged. */
const mostShown = 65_536;

/** Where the peer has no limit. */
const mostConcurrent = 32;
const defaultFolder = '/etc/certs';

function milliseconds(text: string, name: string, output: ConfiguredOutput, problems: ConfigProblems): number {
  const value = text === '' ? 0 : parseDuration(text);
  if (value === undefined) {
    problems.error(output.at, `${output.name}: ${name} is '${text}', expected a duration`, 'such as 30s, 5m or 1h30m');
  }
  return value ?? 0;
}

function routeOf(output: ConfiguredOutput, problems: ConfigProblems): RouteSettings {
  const { minimumpriority, sources, rules, hostnames, tags, condition } = output.common;
  let minimumPriority: Priority = 'Debug';
  if (minimumpriority !== '') {
    const found = priorityNamed(minimumpriority);
    if (found === undefined) {
      const message = `${output.name}: minimumpriority is '${minimumpriority}', expected a priority`;
      problems.error(output.at, message, 'emergency, alert, critical, error, warning, notice, informational or debug');
    } else minimumPriority = found;
  }
  return { minimumPriority, sources, rules, hostnames, tags, condition };
}

/** Reads a file of a certificate or key. @throws Error that names it. */
function pem(file: string, what: string, read: OutputMaterial['read']): string {
  try {
    return read(file);
  } catch (error) {
    throw new Error(`${what} ${file} can't be read: ${(error as Error).message}`, { cause: error });
  }
}

type TlsKeys = Pick<CommonOptions, 'checkcert' | 'mutualtls' | 'certfile' | 'keyfile' | 'cacertfile'>;

/** What an output shows and believes: its own files, else those for all outputs. */
function tlsFiles(common: TlsKeys, general: GeneralSettings) {
  const { mutualtlsclient: mutual, tlsclient } = general;
  const folder = general[''].mutualtlsfilespath || defaultFolder;
  const isMutual = common.mutualtls || common.certfile !== '';
  const ca = common.cacertfile || (isMutual ? mutual.cacertfile || path.join(folder, 'ca.crt') : '');
  return {
    checkCert: common.checkcert,
    ca: [ca, tlsclient.cacertfile].filter((file) => file !== ''),
    cert: isMutual ? common.certfile || mutual.certfile || path.join(folder, 'client.crt') : undefined,
    key: isMutual ? common.keyfile || mutual.keyfile || path.join(folder, 'client.key') : undefined,
  };
}

type TlsFiles = ReturnType<typeof tlsFiles>;

function readTls(files: TlsFiles, read: OutputMaterial['read']): ClientTls {
  return {
    checkCert: files.checkCert,
    ca: files.ca.map((file) => pem(file, 'the file of certificate authorities', read)),
    cert: files.cert === undefined ? undefined : pem(files.cert, 'the certificate', read),
    key: files.key === undefined ? undefined : pem(files.key, 'the key', read),
  };
}

/** For telemetry: the certificates for all outputs. */
export function telemetryTls(general: GeneralSettings): (read: OutputMaterial['read']) => ClientTls {
  return (read) => ({ ...intakeTls(general)(read), checkCert: general.telemetry.checkcert });
}

/** For ways in: the certificates for all outputs. */
export function intakeTls(general: GeneralSettings): (read: OutputMaterial['read']) => ClientTls {
  const { certfile } = general.mutualtlsclient;
  const common = { checkcert: true, mutualtls: certfile !== '', certfile: '', keyfile: '', cacertfile: '' };
  return (read) => readTls(tlsFiles(common, general), read);
}

/** What tells settings apart: a changed certificate counts, too. Secrets only go in as part of the digest. */
function revisionOf(
  output: ConfiguredOutput,
  files: TlsFiles,
  { '': { debug, customfields, templatedfields } }: GeneralSettings,
  read: OutputMaterial['read'],
): string {
  const contents = [...files.ca, files.cert, files.key].map((file) => {
    if (file === undefined) return '';
    try {
      return read(file);
    } catch {
      return `unreadable ${file}`;
    }
  });
  const { name, spec, options, common } = output;
  return createHash('sha256')
    .update(JSON.stringify([name, spec.id, options, common, contents, debug, ownFields(customfields, templatedfields)]))
    .digest('hex');
}

function ownFields(...maps: readonly Readonly<Record<string, string>>[]): string[] {
  return maps.flatMap((map) => Object.keys(map));
}

/** Of addresses, what is not the server may be secret: paths of webhooks, passwords. */
function addressesIn(options: unknown): string[] {
  const values: readonly unknown[] = Object.values(options as object).flat();
  return values.filter((value) => typeof value === 'string' && value.includes('://')) as string[];
}

/** @throws Error without secrets */
async function openQuietly({ spec, options }: ConfiguredOutput, context: OutputContext): Promise<OpenOutput> {
  try {
    return await spec.open(options as never, context);
  } catch (error) {
    throw redactError(error, [...secretTexts(spec.config, options as never), ...addressesIn(options)]);
  }
}

function showSends(logger: Logger, output: string): (payload: string) => void {
  return (payload) => logger.log('info', 'sending', { output, payload: payload.slice(0, mostShown) });
}

function outputSettings(
  output: ConfiguredOutput,
  general: GeneralSettings,
  material: OutputMaterial,
  problems: ConfigProblems,
): OutputSettings {
  const { name, spec, options, common } = output;
  const { logger, environment, read, template, version } = material;
  const files = tlsFiles(common, general);
  const timeoutMs = milliseconds(common.sendtimeout, 'sendtimeout', output, problems) || 30_000;
  const windowMs = milliseconds(common.groupwindow, 'groupwindow', output, problems);
  const ageMs = milliseconds(common.giveupafter, 'giveupafter', output, problems);
  const wished = common.maxconcurrentrequests === 0 ? mostConcurrent : common.maxconcurrentrequests;
  const concurrency = Math.max(1, Math.min(wished, spec.mostConcurrent ?? Infinity, 256));
  if (common.eventformat !== 'falco' && spec.carriesJson !== true) {
    problems.error(output.at, `${name}: eventformat: ${spec.title} has a form of its own, there is no other`);
  }
  const open = async () => {
    const context: OutputContext = {
      logger,
      environment,
      version,
      template,
      timeoutMs,
      concurrency,
      tls: readTls(files, read),
      ownFields: ownFields(general[''].customfields, general[''].templatedfields),
      ...(general[''].debug ? { debug: showSends(logger, name) } : {}),
      ...(material.traffic === undefined ? {} : { traffic: material.traffic }),
    };
    const opened = withFormat(await openQuietly(output, context), common.eventformat, version);
    return material.watch === undefined ? opened : watched(opened, name, material.watch);
  };
  const own = spec.batching?.(options as never) ?? {};
  const wait = common.batchwait === '' ? own.wait : common.batchwait;
  return {
    name,
    revision: revisionOf(output, files, general, read),
    batch: {
      // Never more than the output can take at once.
      count: Math.min(common.batchcount || own.count || spec.batch.count, spec.batch.count),
      bytes: Math.min(common.batchbytes || own.bytes || spec.batch.bytes, spec.batch.bytes),
      waitMs: wait === undefined ? spec.batch.waitMs : milliseconds(wait, 'batchwait', output, problems),
    },
    concurrency,
    timeoutMs,
    retry: { ...defaultRetry, ageMs: ageMs === 0 ? Number.MAX_SAFE_INTEGER : ageMs },
    breaker: defaultBreaker,
    route: routeOf(output, problems),
    grouping: windowMs === 0 ? undefined : { fields: common.groupby, windowMs, groups: 10_000 },
    rateLimit:
      common.ratelimit === 0
        ? undefined
        : { burst: common.ratelimit, perSecond: common.ratelimit / 60, summaryMs: 60_000, rules: 10_000 },
    open,
  };
}

/** What the configuration means for delivery; what is wrong with it goes to the problems. */
export function deliverySettings(
  loaded: Pick<LoadedDelivery, 'general' | 'outputs' | 'maintenance'>,
  material: OutputMaterial,
  hostname: string,
  problems: ConfigProblems,
): DeliverySettings {
  const { general, outputs } = loaded;
  const { '': top, queue, deadletters, silences, telemetry } = general;
  const folder = queue.mode === 'disk' ? queue.directory : undefined;
  const inFolder = (name: string) => (folder === undefined ? undefined : path.join(folder, name));
  const age = parseDuration(queue.maxage);
  if (telemetry.endpoint !== '' && !((parseDuration(telemetry.interval) ?? 0) > 0)) {
    const message = `telemetry.interval is '${telemetry.interval}', expected a duration such as 30s`;
    problems.error(nowhereIn('telemetry.interval'), message);
  }
  if (age === undefined)
    problems.error(nowhereIn('queue.maxage'), `queue.maxage is '${queue.maxage}', expected a duration such as 7d`);
  return {
    queue: {
      ...defaultQueue,
      folder,
      bytes: queue.maxbytes === 0 ? (folder === undefined ? 64 : 1024) * 2 ** 20 : queue.maxbytes,
      ageMs: age === 0 || age === undefined ? Number.MAX_SAFE_INTEGER : age,
    },
    intake: {
      ...defaultIntake,
      alertBytes: Math.min(top.bodylimit, defaultIntake.alertBytes),
      textLength: top.fieldlimit,
      customFields: withVariables(top.customfields, material.environment),
      customTags: top.customtags,
      templatedFields: top.templatedfields,
      bracketReplacer: top.bracketreplacer,
      outputFieldFormat: top.outputfieldformat,
      hostname,
    },
    outputs: outputs.map((output) => outputSettings(output, general, material, problems)),
    silencesFile: silences.file === '' ? inFolder('silences.json') : silences.file,
    maintenance: loaded.maintenance,
    deadLetters: {
      folder: deadletters.directory === '' ? inFolder('dead-letters') : deadletters.directory,
      bytes: deadletters.maxbytes,
    },
  };
}

function nowhereIn(file: string) {
  return { file, line: 0, column: 0, offset: 0 };
}

/** `%NAME` stands for an environment variable. */
function withVariables(
  fields: Readonly<Record<string, string>>,
  environment: OutputMaterial['environment'],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value.startsWith('%') ? (environment[value.slice(1)] ?? '') : value,
    ]),
  );
}
