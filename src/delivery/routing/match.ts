import { encodeBytes } from '../../base/utf8.ts';
import { Glob } from '../../engine/eval/glob.ts';
import type { Notice } from '../../model/notice.ts';
import type { MatchSettings, RouteSettings, SettingProblem } from '../settings.ts';
import { compileCondition, type NoticeTest } from './condition.ts';
import { priorityRank } from './notice-value.ts';

/** What kept a notice from an output. */
export type Reason = 'priority' | 'source' | 'rule' | 'hostname' | 'tag' | 'condition';

interface Step {
  readonly reason: Reason;
  readonly test: NoticeTest;
}

/** Names, or shell patterns. */
function nameTest(names: readonly string[]): (name: string) => boolean {
  const exact = new Set(names.filter((name) => !/[*?[\\]/.test(name)));
  const globs = names.filter((name) => !exact.has(name)).map((name) => new Glob(encodeBytes(name), false));
  return (name) => exact.has(name) || globs.some((glob) => glob.matches(encodeBytes(name)));
}

function steps(route: Omit<RouteSettings, 'minimumPriority'>, path: string, problems: SettingProblem[]): Step[] {
  const found: Step[] = [];
  function add(reason: Reason, names: readonly string[], read: (notice: Notice) => readonly string[]): void {
    if (names.length === 0) return;
    const test = nameTest(names);
    found.push({ reason, test: (notice) => read(notice).some(test) });
  }
  add('source', route.sources, ({ source }) => [source]);
  add('rule', route.rules, ({ rule }) => [rule]);
  add('hostname', route.hostnames, ({ hostname }) => [hostname]);
  add('tag', route.tags, ({ tags }) => tags);
  if (route.condition.trim() !== '') {
    const compiled = compileCondition(route.condition);
    if (compiled.ok) found.push({ reason: 'condition', test: compiled.test });
    else problems.push({ path: `${path}.condition`, ...compiled.problem });
  }
  return found;
}

/** Decides whether a notice is for an output. */
export class Route {
  readonly problems: SettingProblem[] = [];
  readonly #leastRank: number;
  readonly #steps: readonly Step[];

  constructor(settings: RouteSettings, path: string) {
    this.#leastRank = priorityRank(settings.minimumPriority) ?? 0;
    this.#steps = steps(settings, path, this.problems);
  }

  /** What speaks against it; undefined: nothing. */
  against(notice: Notice): Reason | undefined {
    if (this.#leastRank > 0 && priorityRank(notice.priority)! < this.#leastRank) return 'priority';
    for (const { reason, test } of this.#steps) if (!test(notice)) return reason;
    return undefined;
  }
}

/** Decides whether a silence or a maintenance window is about a notice. */
export class Match {
  readonly problems: SettingProblem[] = [];
  readonly #mostRank: number;
  readonly #outputs: ReadonlySet<string>;
  readonly #steps: readonly Step[];

  constructor(settings: MatchSettings, path: string) {
    this.#mostRank = priorityRank(settings.maximumPriority) ?? 7;
    this.#outputs = new Set(settings.outputs);
    this.#steps = steps(settings, path, this.problems);
  }

  holds(notice: Notice, output: string): boolean {
    if (this.#outputs.size > 0 && !this.#outputs.has(output)) return false;
    if (priorityRank(notice.priority)! > this.#mostRank) return false;
    return this.#steps.every(({ test }) => test(notice));
  }
}
