import { blockStart } from '../../capture/writer.ts';
import { Event } from '../../model/event.ts';
import { eventByCode } from '../../model/event-table.ts';
import { readContainer } from '../../state/container-table.ts';

const mostBytes = 1 << 25;

type Reader = (event: Event) => { readonly key: string | undefined; readonly isGone: boolean };

/** @param i where the container's JSON is. */
function container(event: Event, i: number, isGone: boolean): ReturnType<Reader> {
  const id = readContainer(event.text(i))?.id;
  return { key: id === undefined ? undefined : `container ${id}`, isGone };
}

/** @param i where the container's id is. */
function account(kind: string, i: number, isGone: boolean): Reader {
  return (event) => ({ key: `${kind} ${event.u32(0)} ${event.text(i)}`, isGone });
}

function asyncEvent(event: Event): ReturnType<Reader> {
  const name = event.text(1);
  if (name !== 'container' && name !== 'container_removed') return { key: undefined, isGone: false };
  return container(event, 2, name === 'container_removed');
}

function containerJson(event: Event): ReturnType<Reader> {
  return container(event, 0, false);
}

/** By event code: what the event is about, and whether that is gone with it. */
const readers: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [eventByCode('ASYNCEVENT_E').id, asyncEvent],
  [eventByCode('CONTAINER_JSON_E').id, containerJson],
  [eventByCode('CONTAINER_JSON_2_E').id, containerJson],
  [eventByCode('USER_ADDED_E').id, account('user', 5, false)],
  [eventByCode('USER_DELETED_E').id, account('user', 5, true)],
  [eventByCode('GROUP_ADDED_E').id, account('group', 2, false)],
  [eventByCode('GROUP_DELETED_E').id, account('group', 2, true)],
]);

/**
 * The events that say what snapshots have no place for: containers and accounts. The last of each is kept as it came, so
 * that a capture that begins later can begin with them.
 */
export class Preface {
  /** Events that are no longer kept because there were too many. */
  evicted = 0;
  readonly #blocks = new Map<string, Buffer>();
  readonly #event = new Event();
  #bytes = 0;
  #shared: readonly Buffer[] | undefined;

  clear(): void {
    this.#blocks.clear();
    this.#bytes = 0;
    this.#shared = undefined;
  }

  /** Looks at one event, as an EventSink gets it. */
  event(bytes: Buffer, view: DataView, header: number): void {
    const reader = readers.get(view.getUint16(header + 20, true));
    if (reader === undefined) return;
    const start = blockStart(view, header);
    if (start < 0 || !this.#event.read(bytes, view, header, 0)) return;
    const { key, isGone } = reader(this.#event);
    if (key === undefined) return;
    this.#shared = undefined;
    this.#remove(key);
    if (isGone) return;
    const block = Buffer.from(bytes.subarray(start, start + view.getUint32(start + 4, true)));
    this.#blocks.set(key, block);
    this.#bytes += block.length;
    for (const oldest of this.#blocks.keys()) {
      if (this.#bytes <= mostBytes) break;
      this.#remove(oldest);
      this.evicted++;
    }
  }

  /** All that is kept, in order. */
  get blocks(): readonly Buffer[] {
    this.#shared ??= [...this.#blocks.values()];
    return this.#shared;
  }

  #remove(key: string): void {
    const block = this.#blocks.get(key);
    if (block === undefined) return;
    this.#blocks.delete(key);
    this.#bytes -= block.length;
  }
}
