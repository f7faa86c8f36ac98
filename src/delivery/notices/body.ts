import type { Notice } from '../../model/notice.ts';
import { isWellFormedSource, type NoticeMaker, type SourceForm } from './maker.ts';
import { Refusal, type RefusalCode } from './refusal.ts';
import { exactJson } from './values.ts';

/** An alert that was refused: its place in the body, from 0, and why. */
interface Refused {
  readonly index: number;
  readonly code: RefusalCode;
  readonly message: string;
  /** Alerts that this stands for. */
  readonly count: number;
}

/** What a body of a request holds. */
export interface Body {
  readonly notices: readonly Notice[];
  readonly refused: readonly Refused[];
}

/** The lists being built up, and how one more alert is read. */
class Reading {
  readonly notices: Notice[] = [];
  readonly refused: Refused[] = [];
  readonly #maker: NoticeMaker;
  #index = 0;

  constructor(maker: NoticeMaker) {
    this.#maker = maker;
  }

  /** @param form what is known of a value whose own text is not at hand. */
  add(source: string, parsed?: unknown, form?: SourceForm): void {
    const index = this.#index++;
    const { alertBytes, alertsPerBody } = this.#maker.settings;
    if (index >= alertsPerBody) return;
    try {
      if (form === undefined && source.length > alertBytes)
        throw new Refusal('length', `an alert longer than ${alertBytes} bytes`);
      this.notices.push(this.#maker.fromJson(source, parsed, form));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse(index, error);
    }
  }

  refuse(index: number, { code, message }: Refusal, count: number = 1): void {
    this.refused.push({ index, code, message, count });
  }

  /** What is beyond the number that a body may hold is told of at once. */
  end(): Body {
    const { alertsPerBody } = this.#maker.settings;
    const beyond = this.#index - alertsPerBody;
    if (beyond > 0) {
      this.refuse(
        alertsPerBody,
        new Refusal('length', `${beyond} more than the ${alertsPerBody} alerts of a body`),
        beyond,
      );
    }
    return this;
  }
}

/**
 * Reads one alert, a list of them, or one a line. Good ones are taken even where others are refused.
 * Bytes that are not UTF-8 become U+FFFD.
 */
export function readBody(bytes: Uint8Array, maker: NoticeMaker): Body {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trim();
  const reading = new Reading(maker);
  if (text === '') {
    reading.refuse(0, new Refusal('empty', 'the body is empty'));
    return reading;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Lines, then. A body of one line is refused with what its parser says.
    for (const line of text.split('\n')) if (line.trim() !== '') reading.add(line);
    return reading.end();
  }
  if (Array.isArray(parsed)) readList(text, parsed, reading);
  else reading.add(text, parsed);
  return reading.end();
}

function readList(text: string, parsed: readonly unknown[], reading: Reading): void {
  if (parsed.length === 0) reading.refuse(0, new Refusal('empty', 'the list is empty'));
  let exact = parsed;
  try {
    if (/\d{16}/.test(text)) exact = exactJson(text) as readonly unknown[];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    reading.refuse(0, error);
    return;
  }
  const form = { isExact: true, isWellFormed: isWellFormedSource(text) };
  for (const item of exact) reading.add('', item, form);
}
