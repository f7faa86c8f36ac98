import { type ContainerDescription, containerTypes, type OpenContainerEngine } from '../model/container-engine.ts';
import { emptyDescription, splitImage } from './describe.ts';

const maxNoted = 4096;

/** Engines that nobody can be asked for. */
type Unasked = 'lxc' | 'libvirt_lxc' | 'bpm';

/**
 * Stands for engines without anybody to ask: their containers are known as soon as a cgroup shows them, by what it holds of
 * the container's name.
 */
export class UnaskedEngines implements OpenContainerEngine {
  readonly #noted = new Map<string, Unasked>();

  /** A cgroup of this container was seen. */
  note(id: string, engine: Unasked): void {
    this.#noted.set(id, engine);
    if (this.#noted.size <= maxNoted) return;
    const [oldest] = this.#noted.keys();
    if (oldest !== undefined) this.#noted.delete(oldest);
  }

  isThere(): boolean {
    return this.#noted.size > 0;
  }

  takes(id: string): boolean {
    return this.#noted.has(id);
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  describe(id: string): Promise<ContainerDescription | undefined> {
    const engine = this.#noted.get(id);
    const known = engine && { ...emptyDescription(id, containerTypes[engine]), id, full_id: id, name: id };
    return Promise.resolve(known);
  }

  close(): void {
    this.#noted.clear();
  }
}

/** The container that a configuration says every process is in. */
export interface FixedContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
}

export function describeFixed({ id, name, image }: FixedContainer): ContainerDescription {
  const { repository, tag, digest } = splitImage(image);
  return {
    ...emptyDescription(id, containerTypes.static),
    id,
    full_id: id,
    name,
    image,
    imagerepo: repository,
    imagetag: tag,
    imagedigest: digest,
  };
}
