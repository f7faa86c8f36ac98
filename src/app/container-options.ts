import type { FixedContainer } from '../containers/unasked.ts';
import type { ContainerChange, EngineContext } from '../model/container-engine.ts';
import { parse } from '../model/schema.ts';
import type { NamedEngine } from '../pipeline/container-lookup.ts';
import type { ContainerRules, UnaskedEngine } from '../state/container-id.ts';
import { type ContainerEngineId, containerEngines } from './registry.ts';

/** Which container engines are asked, and how long alerts wait for their answers. */
export interface ContainerOptions {
  readonly engines: readonly {
    readonly id: ContainerEngineId;
    /** Absent: where the engine usually has them. */
    readonly sockets?: readonly string[] | undefined;
  }[];
  /** Labels whose value is longer are left out. */
  readonly labelMaxLength: number;
  readonly hooks: readonly ContainerChange[];
  /** Milliseconds for which an alert waits for the description of its container. */
  readonly waitMs: number;
  /** Engines whose cgroups are no containers, of those that nobody can be asked for. */
  readonly without: ReadonlySet<UnaskedEngine>;
  /** The container that every process is in, whatever their cgroups say. */
  readonly fixed?: FixedContainer | undefined;
  /** Where the host's file system lies when Saker runs in a container. */
  readonly hostRoot: string;
}

/** All engines at their usual sockets. */
export const usualContainers: ContainerOptions = {
  engines: (Object.keys(containerEngines) as ContainerEngineId[]).map((id) => ({ id })),
  labelMaxLength: 100,
  hooks: ['create'],
  waitMs: 1000,
  without: new Set(),
  hostRoot: '',
};

/** How the state tells containers apart, by what is configured. */
export function containerRules({ fixed, without }: Pick<ContainerOptions, 'fixed' | 'without'>): ContainerRules {
  return { fixedId: fixed?.id, without };
}

/** Milliseconds for one request to an engine. */
const timeoutMs = 1000;

/** Makes the engines ready to be asked; whether they are there shows later. */
export async function openEngines(options: ContainerOptions): Promise<NamedEngine[]> {
  const context: EngineContext = { labelMaxLength: options.labelMaxLength, timeoutMs };
  const opened: NamedEngine[] = [];
  for (const { id, sockets } of options.engines) {
    const { default: spec } = await containerEngines[id]();
    for (const socket of sockets ?? spec.defaultSockets) {
      const parsed = parse(spec.config, { socket: options.hostRoot + socket });
      if (!parsed.success) throw new TypeError(`${id}: ${parsed.issues.map((issue) => issue.message).join('; ')}`);
      opened.push({ id, socket, engine: spec.open(parsed.output, context) });
    }
  }
  return opened;
}
