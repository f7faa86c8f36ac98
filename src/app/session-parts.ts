import type { KubernetesWatch } from '../kubernetes/kubernetes-watch.ts';
import { parse } from '../model/schema.ts';
import type { SourceContext, SourceSpec } from '../model/source.ts';
import { AlertQueue, type NamedOutput } from '../pipeline/alerts-queue.ts';
import type { LookupThread } from '../state/machine-state.ts';
import { selectCalls } from './interest.ts';
import { asksKubernetes, openKubernetes } from './kubernetes.ts';
import { type SourceId, sources, writers } from './registry.ts';
import type { SessionOptions } from './session-types.ts';
import { SessionError } from './session-error.ts';

/** A source that can be run, with what the state may ask it meanwhile. */
export interface OpenSource {
  readonly canWait: boolean;
  readonly lookupThread: LookupThread | undefined;
  readonly isAlive: ((tid: number) => boolean) | undefined;
  run(context: SourceContext): Promise<void>;
}

/** @throws SessionError with all reasons why it can't be had here. */
export async function openSource({
  id,
  config: given,
}: {
  readonly id: SourceId;
  readonly config: unknown;
}): Promise<OpenSource> {
  const spec: SourceSpec = (await sources[id]()).default as SourceSpec;
  const parsed = parse(spec.config, given);
  if (!parsed.success) throw new SessionError(parsed.issues.map((issue) => `source ${id}: ${issue.message}`));
  const reasons = spec.preflight?.(parsed.output) ?? [];
  if (reasons.length > 0) throw new SessionError(reasons);
  const config = parsed.output;
  const lookupThread = spec.lookupThread && ((tid: number) => spec.lookupThread?.(config, tid));
  const isAlive = spec.isAlive && ((tid: number) => spec.isAlive?.(config, tid) ?? true);
  return { canWait: id === 'replay', lookupThread, isAlive, run: (context) => spec.run(config, context) };
}

/** Says which calls of rules nobody watches, as long as nobody has chosen them. */
export function warnOfUnwatched({ source, syscalls, rules, logger }: SessionOptions): void {
  if (source.id === 'replay' || syscalls !== undefined) return;
  const calls = selectCalls(rules).unwatched;
  if (calls.length === 0) return;
  const help = '--data-calls';
  logger.log('warning', 'rules ask for system calls that are not watched', { calls: calls.join(', '), help });
}

/** undefined: no cluster is asked, of which a warning is due where rules need one. @throws SessionError */
export async function openCluster({ kubernetes, rules, logger }: SessionOptions): Promise<KubernetesWatch | undefined> {
  if (kubernetes !== undefined) return openKubernetes(kubernetes, logger);
  const asking = rules.filter(asksKubernetes).length;
  if (asking > 0) {
    const help = '--kubernetes, or the plugin k8smeta in the configuration';
    logger.log('warning', 'rules ask for what only Kubernetes knows, which is not asked', { rules: asking, help });
  }
  return undefined;
}

/** Opens the writers of alerts and puts a queue in front of them. @throws SessionError */
export async function openQueue(options: SessionOptions): Promise<AlertQueue> {
  const opened: NamedOutput[] = [];
  const reasons: string[] = [];
  for (const { id, config } of options.outputs) {
    const { default: spec } = await writers[id]();
    const parsed = parse(spec.config, config);
    if (!parsed.success) {
      reasons.push(...parsed.issues.map((issue) => `output ${id}: ${issue.message}`));
      continue;
    }
    try {
      opened.push({ id, output: await spec.open(parsed.output as never, { logger: options.logger }) });
    } catch (error) {
      reasons.push(`output ${id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const { logger, queue, delivery } = options;
  if (delivery !== undefined) opened.push({ id: 'delivery', output: delivery });
  if (reasons.length > 0 && (options.skipBrokenOutputs !== true || opened.length === 0))
    throw new SessionError(reasons);
  for (const reason of reasons) logger.log('error', 'an output does not open and is left out', { reason });
  return new AlertQueue(opened, {
    ...queue,
    onError: (id, error) => {
      if (options.onOutputError?.(id, error) === true) return;
      logger.log('error', 'an alert could not be written', { output: id, error: error.message });
    },
    onLoss: (total) => logger.log('error', 'alerts are lost: the queue of alerts is full', { total }),
    onStuck: (id) => logger.log('critical', 'an output does not take alerts', { output: id }),
  });
}
