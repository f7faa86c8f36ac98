import type { Diagnostic, Position } from '../../model/diagnostic.ts';

/** Characters of a line that a report shows. */
const shownColumns = 160;

/** Collects what is wrong with a configuration, with the lines in question; those that may hold secrets are not shown. */
export class ConfigProblems {
  readonly diagnostics: Diagnostic[] = [];

  error(at: Position, message: string, help?: string): void {
    this.#add('error', at, message, help);
  }

  warning(at: Position, message: string, help?: string): void {
    this.#add('warning', at, message, help);
  }

  get hasErrors(): boolean {
    return this.diagnostics.some((item) => item.severity === 'error');
  }

  // No snippet: a line of this file may be a password.
  #add(severity: Diagnostic['severity'], position: Position, message: string, help: string | undefined): void {
    const locations = [{ itemType: 'configuration', itemName: '', position }];
    const code = severity === 'error' ? 'CONFIG_INVALID' : 'CONFIG_SUSPECT';
    const text = message.slice(0, shownColumns * 4);
    this.diagnostics.push({
      severity,
      code,
      message: text,
      locations,
      snippet: '',
      ...(help === undefined ? {} : { help }),
    });
  }
}
