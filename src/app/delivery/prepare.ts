import { readFileSync } from 'node:fs';
import type { Logger } from '../../base/log.ts';
import { checkSettings } from '../../delivery/check.ts';
import type { DeliverySettings } from '../../delivery/settings.ts';
import { noticeTemplate } from './notice-template.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { ClientTls, Traffic } from '../../model/output.ts';
import { diskFiles } from '../config/files.ts';
import { alertHostname } from '../config/settings.ts';
import type { GeneralSettings } from './general.ts';
import { type ConfiguredOutput, loadDelivery } from './load.ts';
import { ConfigProblems } from './problems.ts';
import type { ConfiguredIntake } from './intakes.ts';
import type { SendWatch } from './send-watch.ts';
import { deliverySettings, intakeTls, telemetryTls } from './settings.ts';
import { intakeSpecs, outputSpecs } from './specs.ts';

/** Where a configuration of delivery comes from. */
export interface PrepareOptions {
  /** undefined: only the environment counts. */
  readonly file: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** Saker's own. */
  readonly version: string;
  /** The text of a file. @throws Error */
  readonly read: (path: string) => string;
  /** Looks on at sends. */
  readonly watch?: SendWatch;
  readonly traffic?: () => Traffic;
}

/** A configuration that is read and checked. */
export interface PreparedDelivery {
  readonly general: GeneralSettings;
  readonly outputs: readonly ConfiguredOutput[];
  readonly intakes: readonly ConfiguredIntake[];
  /** Reads what intakes show and believe. @throws Error */
  readonly intakeTls: (read: PrepareOptions['read']) => ClientTls;
  /** The same for telemetry. @throws Error */
  readonly telemetryTls: (read: PrepareOptions['read']) => ClientTls;
  readonly settings: DeliverySettings;
  readonly diagnostics: readonly Diagnostic[];
  readonly ok: boolean;
}

/** The files of this machine. */
export function readFromDisk(path: string): string {
  return readFileSync(path, 'utf8');
}

/** Reads a configuration and checks all of it; nothing is opened. */
export async function prepareDelivery(options: PrepareOptions): Promise<PreparedDelivery> {
  const { file, environment, logger, version, read, watch, traffic } = options;
  const [specs, intakes] = await Promise.all([outputSpecs(), intakeSpecs()]);
  const loaded = loadDelivery({ file, environment, files: diskFiles, specs, intakes });
  const problems = new ConfigProblems();
  const material = { logger, environment, version, read, template: noticeTemplate, watch, traffic };
  const settings = deliverySettings(loaded, material, alertHostname(environment), problems);
  for (const { path, message } of checkSettings(settings)) {
    const [, index, key = ''] = /^outputs\[(\d+)\]\.(.*)$/.exec(path) ?? [];
    const output = index === undefined ? undefined : loaded.outputs[Number(index)];
    const at = output?.at ?? { file: file ?? '', line: 0, column: 0, offset: 0 };
    problems.error(at, output === undefined ? `${path}: ${message}` : `${output.name}: ${key}: ${message}`);
  }
  return {
    general: loaded.general,
    outputs: loaded.outputs,
    intakes: loaded.intakes,
    intakeTls: intakeTls(loaded.general),
    telemetryTls: telemetryTls(loaded.general),
    settings,
    diagnostics: [...loaded.diagnostics, ...problems.diagnostics],
    ok: loaded.ok && !problems.hasErrors,
  };
}
