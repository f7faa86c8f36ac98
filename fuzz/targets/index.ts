import type { Target } from '../target.ts';
import { alertTarget } from './alert.ts';
import { captureTarget } from './capture.ts';
import { conditionTarget } from './condition.ts';
import { configTarget } from './config.ts';
import { evaluatorTarget } from './evaluator.ts';
import { eventTarget } from './event.ts';
import { growthTarget } from './growth.ts';
import { outputTarget } from './output.ts';
import { patternTarget } from './pattern.ts';
import { queueTarget } from './queue.ts';
import { rulesTarget } from './rules.ts';
import { templateTarget } from './template.ts';

/** By name, made when they are used: some load all rules first. */
export const targets: Readonly<Record<string, () => Target>> = {
  capture: captureTarget,
  rules: rulesTarget,
  condition: conditionTarget,
  output: outputTarget,
  config: configTarget,
  event: eventTarget,
  pattern: patternTarget,
  evaluator: evaluatorTarget,
  alert: alertTarget,
  template: templateTarget,
  queue: queueTarget,
  growth: growthTarget,
};
