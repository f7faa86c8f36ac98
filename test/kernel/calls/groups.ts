import { compatGroups } from './compat.ts';
import { copyingGroups } from './copying.ts';
import { executingGroups } from './executing.ts';
import { fileDataGroups } from './file-data.ts';
import { forkingGroups } from './forking.ts';
import { genericGroups } from './generic.ts';
import { identityGroups } from './identity.ts';
import { internetGroups } from './internet.ts';
import type { CallGroup } from './kit.ts';
import { mountGroups } from './mounts.ts';
import { namespaceGroups } from './namespaces.ts';
import { namingGroups } from './naming.ts';
import { openingGroups } from './opening.ts';
import { socketGroups } from './sockets.ts';
import { waitingGroups } from './waiting.ts';

/** All calls that the sensor is tested with. */
export const groups: readonly CallGroup[] = [
  ...openingGroups,
  ...namingGroups,
  ...fileDataGroups,
  ...copyingGroups,
  ...waitingGroups,
  ...socketGroups,
  ...internetGroups,
  ...mountGroups,
  ...namespaceGroups,
  ...identityGroups,
  ...forkingGroups,
  ...executingGroups,
  ...compatGroups,
  ...genericGroups,
];
