import { containerScenarios } from './container.ts';
import { configurationScenarios } from './files.ts';
import { kernelScenarios } from './kernel.ts';
import { networkScenarios } from './network.ts';
import { processScenarios } from './process.ts';
import type { RuleScenarios } from './scenario.ts';
import { secretScenarios } from './secrets.ts';

/** Every rule's scenarios, in the order of the rule files. */
export const allScenarios: readonly RuleScenarios[] = [
  ...processScenarios,
  ...configurationScenarios,
  ...secretScenarios,
  ...networkScenarios,
  ...containerScenarios,
  ...kernelScenarios,
];
