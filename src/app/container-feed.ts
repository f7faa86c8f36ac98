import { encodeBytes } from '../base/utf8.ts';
import { encodedHeader, encodeEvent, type EventContent } from '../capture/encode.ts';
import type { ContainerDescription } from '../model/container-engine.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Accounts } from './container-accounts.ts';

/** Bytes of a container event. */
const maxJson = 1 << 19;

/** Puts what is found out about containers between the events of the kernel. */
export class ContainerFeed {
  /** Containers that were there before the snapshot of the machine. */
  #early: ContainerDescription[] = [];
  #pipeline: Pipeline | undefined;

  /** The snapshot has been loaded: events may come. */
  ready(pipeline: Pipeline): void {
    this.#pipeline = pipeline;
    const early = this.#early;
    this.#early = [];
    for (const container of early) this.found(container);
  }

  found(container: ContainerDescription): void {
    if (this.#pipeline === undefined) this.#early.push(container);
    else this.#tell('container', container);
  }

  removed(container: ContainerDescription): void {
    this.#tell('container_removed', container);
  }

  /** As upstream tells of accounts that it has found. */
  accounts(id: string, { users, groups }: Accounts): void {
    for (const user of users) this.#send('USER_ADDED_E', { ...user, container_id: id });
    for (const group of groups) this.#send('GROUP_ADDED_E', { ...group, container_id: id });
  }

  #tell(name: 'container' | 'container_removed', container: ContainerDescription): void {
    this.#send('ASYNCEVENT_E', { plugin_id: 0, name, data: `${containerJson(container)}\0` });
  }

  #send(code: string, values: NonNullable<EventContent['values']>): void {
    const time = BigInt(Date.now()) * 1_000_000n;
    const block = encodeEvent(code, { time, tid: -1, values });
    const view = new DataView(block.buffer, block.byteOffset, block.length);
    this.#pipeline?.event(block, view, encodedHeader(block), 0);
  }
}

/**
 * The JSON of a container event, as a byte string that the state reads. What whoever made the container chose without
 * bounds is left out where it is too much, so that it hides nothing else.
 */
export function containerJson(container: ContainerDescription): string {
  const shorter = { ...container, Mounts: [], port_mappings: [] };
  const shortest = { ...shorter, labels: {}, pod_sandbox_labels: {}, cni_json: '' };
  for (const part of [container, shorter]) {
    const json = encodeBytes(JSON.stringify({ container: part }));
    if (json.length <= maxJson) return json;
  }
  return encodeBytes(JSON.stringify({ container: shortest }));
}
