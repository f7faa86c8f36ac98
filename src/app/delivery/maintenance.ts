import { defaultMatch } from '../../delivery/defaults.ts';
import type { MaintenanceWindow } from '../../delivery/settings.ts';
import { choice, object, type Out, textList, textOr } from '../../model/schema.ts';

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** Keys of an entry of the list `maintenance`: either days and clock times, or a start and an end. */
export const maintenanceOptions = object({
  name: textOr('', 'What it is called in logs.'),
  zone: textOr('UTC', 'Time zone, e.g. Europe/Berlin.'),
  days: textList('Days on which it begins: mon, tue, wed, thu, fri, sat, sun; empty: every day.'),
  from: textOr('', 'When it begins on those days: HH:MM.'),
  to: textOr('', 'When it ends: HH:MM; not later than it begins: on the next day.'),
  start: textOr('', 'Or: when it begins, once: 2026-11-21T05:00:00Z.'),
  end: textOr('', 'When it ends.'),
  outputs: textList('Outputs that get nothing meanwhile; empty: all.'),
  rules: textList('Alerts of these rules only; * for any characters.'),
  sources: textList('Alerts of these sources only.'),
  tags: textList('Alerts with one of these tags only.'),
  hostnames: textList('Alerts of these hosts only; * for any characters.'),
  condition: textOr('', 'Alerts for which this holds only.'),
  maximumpriority: choice(
    ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'],
    'emergency',
    'Alerts of this priority and less severe ones only.',
  ),
});
type MaintenanceOptions = Out<typeof maintenanceOptions>;

function minutesOf(text: string): number | undefined {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  const value = Number(hours) * 60 + Number(minutes);
  return hours !== undefined && Number(minutes) < 60 && value <= 24 * 60 ? value : undefined;
}

function whenOf(options: MaintenanceOptions): MaintenanceWindow['when'] | string {
  const { start, end, from, to } = options;
  if (start !== '' || end !== '') {
    const [begins, ends] = [Date.parse(start), Date.parse(end)];
    if (Number.isNaN(begins) || Number.isNaN(ends)) return 'start and end are times such as 2026-11-21T05:00:00Z';
    if (ends <= begins) return 'it ends before it starts';
    return { kind: 'range', start: begins, end: ends };
  }
  const [begins, ends] = [minutesOf(from), minutesOf(to)];
  if (begins === undefined || ends === undefined)
    return 'from and to are clock times such as 22:30, or give start and end';
  const numbers = options.days.map((day) => days.findIndex((name) => day.toLowerCase().startsWith(name)));
  if (numbers.includes(-1)) return `days are ${days.join(', ')}`;
  return { kind: 'weekly', days: numbers.length === 0 ? days.map((_, i) => i) : numbers, from: begins, to: ends };
}

const priorityNames = {
  emergency: 'Emergency',
  alert: 'Alert',
  critical: 'Critical',
  error: 'Error',
  warning: 'Warning',
  notice: 'Notice',
  informational: 'Informational',
  debug: 'Debug',
} as const;

/** @returns what is wrong, in words, where it is no window. */
export function maintenanceWindow(options: MaintenanceOptions): MaintenanceWindow | string {
  const when = whenOf(options);
  if (typeof when === 'string') return when;
  const { name, zone, outputs, rules, sources, tags, hostnames, condition, maximumpriority } = options;
  const match = {
    outputs,
    rules,
    sources,
    tags,
    hostnames,
    condition,
    maximumPriority: priorityNames[maximumpriority],
  };
  return { name, zone, when, match: { ...defaultMatch, ...match } };
}
