/** A place in a file that a user wrote: lines and columns count from 0, as the rule validation of the field does. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** One step of the way from the file to the mistake: rules content, rule, rule condition, condition expression... */
export interface Location {
  readonly itemType: string;
  readonly itemName: string;
  readonly position: Position;
}

/** A user's mistake in rules or configuration. Collected, never thrown. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** LOAD_ERR_... or LOAD_... for rules; CONFIG_... for configuration. */
  readonly code: string;
  readonly message: string;
  /** From the outermost to the innermost. */
  readonly locations: readonly Location[];
  /** The line in question and a caret line below it, each ended by a newline; '' where there is none. */
  readonly snippet: string;
  /**
   * For a mistake within a condition: the condition as it was read, with its lists filled in, and a caret exactly below
   * the mistake; better for people than the snippet, whose caret is where the field's tools put it.
   */
  readonly closeUp?: string;
  /** What to do about it, e.g. a field with a similar name. */
  readonly help?: string;
  /** Further keys of the diagnostic's JSON form, e.g. deprecated_field. */
  readonly extra?: Readonly<Record<string, string>>;
}
