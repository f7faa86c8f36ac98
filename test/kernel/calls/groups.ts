import { compatGroups } from './compat.ts';
import { descriptorGroups } from './descriptors.ts';
import { fileGroups } from './files.ts';
import { isolationGroups } from './isolation.ts';
import { genericGroups } from './generic.ts';
import type { CallGroup } from './kit.ts';
import { networkGroups } from './network.ts';
import { processGroups } from './processes.ts';

/** All calls that the sensor is tested with. */
export const groups: readonly CallGroup[] = [
  ...fileGroups,
  ...descriptorGroups,
  ...networkGroups,
  ...isolationGroups,
  ...processGroups,
  ...compatGroups,
  ...genericGroups,
];
