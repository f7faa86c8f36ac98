/** What an alert was refused for; few, so that they can be counted. */
export type RefusalCode =
  | 'empty'
  | 'json'
  | 'object'
  | 'priority'
  | 'rule'
  | 'time'
  | 'output_fields'
  | 'output'
  | 'tags'
  | 'length'
  | 'depth'
  | 'number';

/** An alert that is none, in words for who sent it. */
export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}
