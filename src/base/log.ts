import { isoLogTime, logTime } from './log-time.ts';

/** From most to least severe, as syslog numbers them. */
export const logLevels = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What goes with a message; the message itself is a fixed text, so that equal events have equal texts. */
export type LogFields = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

/** Takes messages of all levels; what becomes of them is decided where it is made. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

/** What a logger writes, how, and where to. */
export interface TextLoggerOptions {
  /** Less severe messages are left out. */
  readonly level: LogLevel;
  /** What stands before a message: Falco's local date, an ISO time, the level, or nothing, where who takes it adds that. */
  readonly prefix: 'date' | 'iso' | 'level' | 'none';
  /** Takes one line, without its end. */
  readonly write: (line: string, level: LogLevel) => void;
  readonly now?: () => Date;
}

/** Lines for people: `<prefix>: message: key=value key=value`. Control characters are escaped, so one message is one line. */
export function textLogger(options: TextLoggerOptions): Logger {
  const limit = logLevels.indexOf(options.level);
  const now = options.now ?? (() => new Date());
  function prefix(level: LogLevel): string {
    if (options.prefix === 'none') return '';
    if (options.prefix === 'level') return level === 'info' ? 'saker: ' : `saker: ${level}: `;
    return `${options.prefix === 'iso' ? isoLogTime(now()) : logTime(now())}: `;
  }
  return {
    log(level, message, fields) {
      if (logLevels.indexOf(level) > limit) return;
      options.write(`${prefix(level)}${printable(message)}${fieldText(fields)}`, level);
    },
  };
}

/** Lines for programs: one JSON object each, with `time` (ISO), `level`, `message`, and the fields by their names. */
export function jsonLogger({ level: limit, write, now = () => new Date() }: Omit<TextLoggerOptions, 'prefix'>): Logger {
  return {
    log(level, message, fields = {}) {
      if (logLevels.indexOf(level) > logLevels.indexOf(limit)) return;
      const safe = Object.entries(fields).map(([key, value]) => [
        key,
        typeof value === 'bigint' ? String(value) : value,
      ]);
      const own = { time: now().toISOString(), level, message };
      write(JSON.stringify({ ...Object.fromEntries(safe), ...own }), level);
    },
  };
}

function fieldText(fields: LogFields | undefined): string {
  if (fields === undefined) return '';
  const items = Object.entries(fields).filter(([, value]) => value !== undefined);
  if (items.length === 0) return '';
  return `: ${items.map(([key, value]) => `${key}=${printable(String(value)).replaceAll('\n', '\\n')}`).join(' ')}`;
}

/** Text without characters that could move a terminal's cursor or hide what follows; line ends stay. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) =>
    char === '\n' ? char : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
