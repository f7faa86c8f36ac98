import type { Notice } from '../../model/notice.ts';
import type { MaintenanceWindow, SettingProblem } from '../settings.ts';
import { Match } from './match.ts';

const minutesPerDay = 1440;
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

interface LocalTime {
  /** 0 is Sunday. */
  readonly day: number;
  /** Minutes since midnight. */
  readonly minute: number;
}

/** What the clocks of a zone show. Asked once a minute: the calendar is slow. */
class ZoneClock {
  readonly #format: Intl.DateTimeFormat;
  #minute = -1;
  #local: LocalTime = { day: 0, minute: 0 };

  /** @throws RangeError for a zone that there is not. */
  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  }

  at(ms: number): LocalTime {
    const minute = Math.floor(ms / 60_000);
    if (minute === this.#minute) return this.#local;
    const parts = Object.fromEntries(this.#format.formatToParts(ms).map(({ type, value }) => [type, value]));
    this.#minute = minute;
    this.#local = {
      day: weekdays.indexOf(parts['weekday'] ?? ''),
      minute: Number(parts['hour']) * 60 + Number(parts['minute']),
    };
    return this.#local;
  }
}

interface Window {
  readonly isOpen: (ms: number) => boolean;
  readonly match: Match;
}

/** The times in which alerts are held back on purpose. An alert belongs to the time at which it was accepted. */
export class Maintenance {
  readonly problems: SettingProblem[] = [];
  readonly #windows: Window[] = [];

  constructor(windows: readonly MaintenanceWindow[]) {
    for (const [i, window] of windows.entries()) {
      const path = `maintenance[${i}]`;
      const match = new Match(window.match, `${path}.match`);
      this.problems.push(...match.problems);
      const isOpen = this.#schedule(window, path);
      if (isOpen !== undefined) this.#windows.push({ isOpen, match });
    }
  }

  #schedule({ zone, when }: MaintenanceWindow, path: string): ((ms: number) => boolean) | undefined {
    if (when.kind === 'range') {
      if (when.end > when.start) return (ms) => ms >= when.start && ms < when.end;
      this.problems.push({ path: `${path}.when`, offset: undefined, message: 'ends before it starts' });
      return undefined;
    }
    const { days, from, to } = when;
    const areMinutes = [from, to].every((minute) => Number.isInteger(minute) && minute >= 0 && minute <= minutesPerDay);
    if (!areMinutes || !days.every((day) => Number.isInteger(day) && day >= 0 && day <= 6)) {
      this.problems.push({ path: `${path}.when`, offset: undefined, message: 'no such day or time of day' });
      return undefined;
    }
    let clock: ZoneClock;
    try {
      clock = new ZoneClock(zone);
    } catch {
      this.problems.push({ path: `${path}.zone`, offset: undefined, message: `${zone} is no time zone` });
      return undefined;
    }
    return (ms) => {
      const { day, minute } = clock.at(ms);
      if (from < to) return days.includes(day) && minute >= from && minute < to;
      return (days.includes(day) && minute >= from) || (days.includes((day + 6) % 7) && minute < to);
    };
  }

  /** @param accepted milliseconds since the epoch. */
  holds(notice: Notice, output: string, accepted: number): boolean {
    return this.#windows.some(({ isOpen, match }) => isOpen(accepted) && match.holds(notice, output));
  }
}
