import { descriptorGroups } from './descriptors.ts';
import { fileGroups } from './files.ts';
import { isolationGroups } from './isolation.ts';
import type { CallGroup } from './kit.ts';
import { networkGroups } from './network.ts';

/** All calls that the sensor is tested with. */
export const groups: readonly CallGroup[] = [...fileGroups, ...descriptorGroups, ...networkGroups, ...isolationGroups];
