/**
 * A name of a file, or whatever else a descriptor shows as its name, interned: the same bytes seen from the same
 * directory give the same object, so that what is derived from a name (its text, its class for the rules) is made once.
 */
export class PathName {
  /** The bytes as the call gave them; '' for a name that no call gave (from a snapshot, of a socket). */
  readonly raw: string;
  /** Absolute, `.`, `..` and `//` resolved (fd.name). */
  readonly text: string;
  /** Class of this name for the loaded rules (src/engine); -1 until someone needs it. */
  ruleClass = -1;

  constructor(raw: string, text: string) {
    this.raw = raw;
    this.text = text;
  }
}
