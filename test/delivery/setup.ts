import { textLogger } from '../../src/base/log.ts';
import { defaultDelivery, defaultOutput, defaultQueue } from '../../src/delivery/defaults.ts';
import type { Delivery } from '../../src/delivery/delivery.ts';
import type { DeliverySettings, OutputSettings } from '../../src/delivery/settings.ts';
import { startDelivery } from '../../src/delivery/start.ts';
import type { ClientTls, OutputContext } from '../../src/model/output.ts';
import { parse } from '../../src/model/schema.ts';
import webhook from '../../src/outputs/webhook/index.ts';
import { outputContext } from '../kit/outputs.ts';

export interface HookOptions {
  readonly name?: string;
  readonly url: string;
  readonly framing?: 'single' | 'array';
  readonly tls?: ClientTls;
  readonly changes?: Partial<OutputSettings>;
}

/** The webhook output, as the program opens it. */
export function hook({ name = 'webhook', url, framing = 'single', tls, changes = {} }: HookOptions): OutputSettings {
  const config = parse(webhook.config, { address: url, framing });
  if (!config.success) throw new Error('the configuration of the webhook is wrong');
  const settings: Omit<OutputSettings, 'open'> = {
    ...defaultOutput,
    name,
    revision: url,
    timeoutMs: 1000,
    retry: { ...defaultOutput.retry, leastMs: 20, mostMs: 200 },
    breaker: { failures: 5, openMs: 200 },
    ...changes,
  };
  const context: OutputContext = {
    ...outputContext(),
    ...(tls === undefined ? {} : { tls }),
    timeoutMs: settings.timeoutMs,
    concurrency: settings.concurrency,
  };
  return { ...settings, open: async () => await webhook.open(config.output, context) };
}

/** A delivery on disk. */
export function startOnDisk(
  folder: string,
  outputs: readonly OutputSettings[],
  changes: Partial<DeliverySettings> = {},
): Promise<Delivery> {
  return startDelivery(
    { ...defaultDelivery, queue: { ...defaultQueue, folder }, outputs, ...changes },
    { logger: textLogger({ level: 'error', prefix: 'none', write: (line) => process.stderr.write(`${line}\n`) }) },
  );
}
