import { decodeBytes } from '../../base/utf8.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { ErrorCode, WarningCode } from './codes.ts';
import { type Context, locationsOf, snippet, snippetAt } from './context.ts';

/** A mistake that ends the reading of an item. Thrown inside the loader only. */
export class RuleFailure extends Error {
  readonly code: ErrorCode;
  readonly context: Context;
  readonly help: string | undefined;

  constructor(code: ErrorCode, message: string, context: Context, help?: string) {
    super(message);
    this.code = code;
    this.context = context;
    this.help = help;
  }
}

/** More about one file is counted only. */
const maxDiagnostics = 10_000;

/** Collects what is to be said about one file. */
export class ReportBuilder {
  /** Up to the first error and with it. */
  readonly diagnostics: Diagnostic[] = [];
  /** What was found behind the first error. */
  readonly further: Diagnostic[] = [];
  #failed = false;
  #dropped = 0;

  /** Diagnostics that were too many to be kept. */
  get dropped(): number {
    return this.#dropped;
  }

  get failed(): boolean {
    return this.#failed;
  }

  error(code: ErrorCode, message: string, context: Context, help?: string): void {
    this.#add({ severity: 'error', code, message, ...place(context), ...(help === undefined ? {} : { help }) });
    this.#failed = true;
  }

  failure(failure: RuleFailure): void {
    this.error(failure.code, failure.message, failure.context, failure.help);
  }

  warning(code: WarningCode, message: string, context: Context, extra?: Readonly<Record<string, string>>): void {
    this.#add({ severity: 'warning', code, message, ...place(context), ...(extra === undefined ? {} : { extra }) });
  }

  /** @param help for people; the field's form of the report has no place for it. */
  unknownKey(message: string, context: Context, help: string | undefined): void {
    const more = help === undefined ? {} : { help };
    this.#add({ severity: 'warning', code: 'LOAD_UNKNOWN_KEY', message, ...place(context), ...more });
  }

  /** Something that the field's loader does not mind. */
  note(message: string, context: Context, help?: string): void {
    if (this.further.length >= maxDiagnostics) {
      this.#dropped++;
      return;
    }
    const more = help === undefined ? {} : { help };
    this.further.push({ severity: 'warning', code: 'LOAD_WARNING_EXTENSION', message, ...place(context), ...more });
  }

  #add(diagnostic: Diagnostic): void {
    const into = this.#failed ? this.further : this.diagnostics;
    const first = diagnostic.severity === 'error' && !this.#failed;
    if (into.length >= maxDiagnostics && !first) this.#dropped++;
    else into.push({ ...diagnostic, message: decodeBytes(diagnostic.message) });
  }
}

function place(context: Context): Pick<Diagnostic, 'locations' | 'snippet' | 'closeUp'> {
  const exact = context.own?.exact;
  const closeUp = exact === undefined ? {} : { closeUp: snippetAt(exact.text, exact.offset) };
  return { locations: locationsOf(context), snippet: snippet(context), ...closeUp };
}
