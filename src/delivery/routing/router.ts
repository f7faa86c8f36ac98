import type { Notice } from '../../model/notice.ts';
import type { Entry } from '../queue/entry.ts';
import type { OutputSettings, SettingProblem } from '../settings.ts';
import { Grouping } from './grouping.ts';
import type { Maintenance } from './maintenance.ts';
import { Route } from './match.ts';
import { RateLimit } from './rate-limit.ts';
import type { Silences } from './silences.ts';
import { summaryNotice } from './summary.ts';

/** What concerns all outputs. */
export interface CommonRouting {
  readonly silences: Silences;
  readonly maintenance: Maintenance;
}

/** Decides for one output what becomes of each entry of the queue. */
export class Router {
  /** By reason. */
  readonly held: Record<string, number> = {};
  summaries = 0;
  readonly #output: string;
  readonly #route: Route;
  readonly #grouping: Grouping | undefined;
  readonly #limit: RateLimit | undefined;

  constructor(settings: OutputSettings) {
    this.#output = settings.name;
    this.#route = new Route(settings.route, `outputs.${settings.name}.route`);
    this.#grouping = settings.grouping === undefined ? undefined : new Grouping(settings.grouping);
    this.#limit = settings.rateLimit === undefined ? undefined : new RateLimit(settings.rateLimit);
  }

  get problems(): readonly SettingProblem[] {
    return this.#route.problems;
  }

  /** Whether an entry is sent. What is not is counted by its reason, but for what is for other outputs alone. */
  takes(entry: Entry, common: CommonRouting, now: number): boolean {
    if (entry.target !== undefined) return entry.target === this.#output;
    const reason = this.#reason(entry, common, now);
    if (reason === undefined) return true;
    this.held[reason] = (this.held[reason] ?? 0) + 1;
    return false;
  }

  #reason({ notice, time }: Entry, { silences, maintenance }: CommonRouting, now: number): string | undefined {
    const reason = this.#route.against(notice);
    if (reason !== undefined) return reason;
    if (silences.holds(notice, this.#output, time)) return 'silenced';
    if (maintenance.holds(notice, this.#output, time)) return 'maintenance';
    if (this.#grouping?.holds(notice, now) === true) return 'grouped';
    return this.#limit?.holds(notice, now) === true ? 'limited' : undefined;
  }

  /** Summaries of what was held back, where it is time to tell. */
  due(now: number): Notice[] {
    const held = [...(this.#grouping?.due(now) ?? []), ...(this.#limit?.due(now) ?? [])];
    this.summaries += held.length;
    return held.map(summaryNotice);
  }

  /** When `due` has something next; undefined: nothing is held back. */
  get nextDue(): number | undefined {
    const times = [this.#grouping?.nextDue, this.#limit?.nextDue].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
