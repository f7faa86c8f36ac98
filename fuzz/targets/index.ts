import type { Target } from '../target.ts';
import { captureTarget } from './capture.ts';
import { conditionTarget } from './condition.ts';
import { configTarget } from './config.ts';
import { evaluatorTarget } from './evaluator.ts';
import { eventTarget } from './event.ts';
import { growthTarget } from './growth.ts';
import { outputTarget } from './output.ts';
import { patternTarget } from './pattern.ts';
import { rulesTarget } from './rules.ts';

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
  growth: growthTarget,
};
