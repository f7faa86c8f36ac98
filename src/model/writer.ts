import type { Logger } from '../base/log.ts';
import type { Alert } from './alert.ts';
import type { Doc, In, Out, Schema } from './schema.ts';

/** An open output. Calls come one after the other, in the order of the alerts. */
export interface OpenWriter {
  /** Resolves (or returns) when the alert is with the operating system. Rejects with what went wrong; the next alert is tried again. */
  write(alert: Alert): void | Promise<void>;
  /** Several alerts in one go, for outputs where each write takes long. When it rejects, all of them count as failed. */
  writeAll?(alerts: readonly Alert[]): void | Promise<void>;
  /** Writes out what is buffered and reopens files that log rotation may have moved. */
  reopen?(): void | Promise<void>;
  flush?(): void | Promise<void>;
  close(): void | Promise<void>;
}

/** What an output is given besides its configuration. */
export interface WriterContext {
  /** For what is no failure of a write: a program that ended, a message that had to be cut. */
  readonly logger: Logger;
}

/** An output that alerts are written to one by one. src/writers/<id>/index.ts default-exports one of these. */
export interface WriterSpec<C extends Schema = Schema> extends Doc {
  readonly config: C;
  readonly examples: readonly { readonly title: string; readonly config: In<C> }[];
  /** @throws with a message that names what can't be opened. */
  open(config: Out<C>, context: WriterContext): OpenWriter | Promise<OpenWriter>;
}

/** Makes the literal of an output; the types of its functions follow from its schema. */
export function lineWriter<C extends Schema>(spec: WriterSpec<C>): WriterSpec<C> {
  return spec;
}
