import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sharedFolder } from '../../kit/requirements.ts';
import { type BackendSpec, programPath } from './backend.ts';

const parts = sharedFolder === undefined ? '' : path.join(sharedFolder, 'realparts/backends/opensearch');
// Kept from one run to the next: 44 MB from Maven Central.
const cache = path.join(tmpdir(), 'saker-opensearch');

function fetchJars(): void {
  if (existsSync(path.join(cache, 'lib'))) return;
  mkdirSync(cache, { recursive: true });
  cpSync(path.join(parts, 'pom.xml'), path.join(cache, 'pom.xml'));
  const goal = ['-q', 'dependency:copy-dependencies', '-DoutputDirectory=lib.part'];
  execFileSync('mvn', goal, { cwd: cache, stdio: 'ignore', timeout: 170_000 });
  execFileSync('mv', ['lib.part', 'lib'], { cwd: cache });
}

async function isUp(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/_cluster/health`)).ok;
  } catch {
    return false;
  }
}

const isHere = existsSync(path.join(parts, 'OsNode.java')) && programPath('mvn') !== undefined;

/** A node of OpenSearch in one JVM, by the class that lies beside the checkout. */
export const openSearch: BackendSpec = {
  command: isHere ? 'java' : 'mvn with the class OsNode',
  args: (port, folder) => ['-Xmx512m', '-cp', `${cache}/lib/*`, path.join(parts, 'OsNode.java'), folder, String(port)],
  prepare: fetchJars,
  isReady: isUp,
  secondsToStart: 90,
};
