import type { Priority } from '../../model/alert.ts';
import type { Notice, NoticeValue } from '../../model/notice.ts';
import { restoreNotice } from './restore.ts';

/** What stands for a record that is whole but no notice: somebody else wrote it. Better shown than lost. */
function unreadable(json: string, priority: Priority): Notice {
  return {
    uuid: '00000000-0000-0000-0000-000000000000',
    time: 0n,
    timeText: '1970-01-01T00:00:00.000000000Z',
    hostname: '',
    rule: 'Unreadable alert in the queue',
    priority,
    source: 'internal',
    tags: [],
    output: json,
    fields: new Map([['saker.unreadable', true]]),
    json,
  };
}

/**
 * A notice read back from the queue. Its JSON is looked into when somebody asks for more than that: many outputs send it
 * as it is.
 */
export class StoredNotice implements Notice {
  readonly json: string;
  readonly priority: Priority;
  #parts: Notice | undefined;

  /** @param json of a notice, as it was written: its record's sum is right. */
  constructor(json: string, priority: Priority) {
    this.json = json;
    this.priority = priority;
  }

  get #all(): Notice {
    this.#parts ??= restoreNotice(this.json) ?? unreadable(this.json, this.priority);
    return this.#parts;
  }

  get uuid(): string {
    return this.#all.uuid;
  }

  get time(): bigint {
    return this.#all.time;
  }

  get timeText(): string {
    return this.#all.timeText;
  }

  get hostname(): string {
    return this.#all.hostname;
  }

  get rule(): string {
    return this.#all.rule;
  }

  get source(): string {
    return this.#all.source;
  }

  get tags(): readonly string[] {
    return this.#all.tags;
  }

  get output(): string {
    return this.#all.output;
  }

  get fields(): ReadonlyMap<string, NoticeValue> {
    return this.#all.fields;
  }
}
