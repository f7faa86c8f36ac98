import { existsSync } from 'node:fs';
import path from 'node:path';
import { type BackendSpec, programPath } from './backend.ts';

const jars = process.env['SAKER_OPENSEARCH_JARS'];
const source = path.resolve(import.meta.dirname, '../java/opensearch/SingleNode.java');

async function isUp(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/_cluster/health`)).ok;
  } catch {
    return false;
  }
}

const isHere = jars !== undefined && existsSync(jars) && programPath('java') !== undefined;

/** A node of OpenSearch in one JVM, of the jars that SAKER_OPENSEARCH_JARS names. */
export const openSearch: BackendSpec = {
  command: isHere ? 'java' : 'java with the folder SAKER_OPENSEARCH_JARS',
  args: (port, folder) => ['-Xmx512m', '-cp', `${jars}/*`, source, folder, String(port)],
  isReady: isUp,
  secondsToStart: 90,
};
