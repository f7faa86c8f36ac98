import type { SettingProblem } from './settings.ts';

/** Why notices were not taken. */
export type QueueProblem = 'busy' | 'closed' | 'full' | 'failed';

/** Notices could not be put in the queue: none of those of the call is taken. */
export class QueueError extends Error {
  /** busy: more is waiting to be written than allowed; full: no room on disk; failed: another error of the disk. */
  readonly problem: QueueProblem;

  constructor(problem: QueueProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

/** Settings that can't be used. */
export class SettingsError extends Error {
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join('; '));
    this.problems = problems;
  }
}
