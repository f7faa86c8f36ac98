import type { RightsHost } from '../app/rights/restrict.ts';
import type { Arguments, Options } from './options.ts';

/** Where a command writes to and what it knows of its surroundings. */
export interface Io {
  /** Standard output: alerts and answers. */
  out(text: string): void;
  /** Standard error: logs, progress, summaries. */
  err(text: string): void;
  /** What a command takes out of it, programs that it starts don't get. */
  readonly environment: Record<string, string | undefined>;
  /** The process, whose rights a command may give up; absent where it is not Saker's own. */
  readonly rights?: RightsHost;
}

/** One command of the program. src/cli/<name>.ts exports one; src/cli/commands.ts names it. */
export interface Command<O extends Options = Options> {
  /** As typed: 'replay', 'rules check'. */
  readonly name: string;
  readonly summary: string;
  /** What stands behind the options: `FILE...`. */
  readonly operands?: string;
  /** One or more paragraphs. */
  readonly description: string;
  readonly options: O;
  readonly examples: readonly { readonly command: string; readonly about: string }[];
  /** @returns the exit code. @throws UsageError, CommandError */
  run(args: Arguments<O>, io: Io): number | Promise<number>;
}

/** A command whose options are checked against their use. */
export function command<const O extends Options>(spec: Command<O>): Command<O> {
  return spec;
}

/** Why a command could not do its work; the message is for the user. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Exit codes of the saker commands. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;
