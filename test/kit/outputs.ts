import { noticeTemplate } from '../../src/app/delivery/notice-template.ts';
import type { OpenOutput, OutputContext, OutputSpec } from '../../src/model/output.ts';
import { parse } from '../../src/model/schema.ts';

export interface TestContext extends OutputContext {
  /** What was logged, one line each. */
  readonly logged: string[];
}

/** What outputs are given in tests. */
export function outputContext(parts: Partial<OutputContext> = {}): TestContext {
  const logged: string[] = [];
  return {
    logger: { log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`) },
    tls: { checkCert: true, ca: [], cert: undefined, key: undefined },
    timeoutMs: 5000,
    concurrency: 1,
    environment: {},
    version: '0.0.0',
    template: noticeTemplate,
    ownFields: [],
    ...parts,
    logged,
  };
}

/** Every text in a value with `{url}` and the like replaced. */
export function fillIn<T>(value: T, words: Readonly<Record<string, string>>): T {
  if (typeof value === 'string') {
    return value.replace(/\{(\w+(?::\d+)?)\}/g, (whole, word: string) => words[word] ?? whole) as T;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => fillIn(item, words)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillIn(item as unknown, words)])) as T;
}

/** Opens an output with a configuration as people write it. */
export async function openOutput(spec: OutputSpec, config: unknown, context: OutputContext): Promise<OpenOutput> {
  const parsed = parse(spec.config, config);
  if (!parsed.success) throw new Error(`${spec.id}: ${parsed.issues[0].message}`);
  if (!spec.isEnabled(parsed.output)) throw new Error(`${spec.id} is not enabled by ${JSON.stringify(config)}`);
  return await spec.open(parsed.output, context);
}

export const never: AbortSignal = new AbortController().signal;
