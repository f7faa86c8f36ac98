import { descriptorRows } from './descriptors.ts';
import { fileRows } from './files.ts';
import { identityRows } from './identity.ts';
import { isolationRows } from './isolation.ts';
import type { Row } from './kit.ts';
import { networkRows } from './network.ts';
import { processRows } from './processes.ts';

/** Every call of the sensor with a program of its own, as sensor-calls.c makes it. */
export const rows: readonly Row[] = [
  ...fileRows,
  ...descriptorRows,
  ...isolationRows,
  ...networkRows,
  ...processRows,
  ...identityRows,
];
