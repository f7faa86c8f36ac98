// Sets up what a fresh checkout lacks, and nothing when all is there: npm packages and, on demand, the kernel part.
// Plain JavaScript, because it runs before Node 24 is there: any Node from 18 on will do.
//   node tools/setup.mjs                     packages only
//   node tools/setup.mjs --native            packages and the kernel part; fails when that can't be built
//   node tools/setup.mjs --native=optional   the same, but goes on without the kernel part and says why
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stampFile = path.join(root, 'node_modules', '.saker-setup');

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function run(command, args) {
  // Standard output is for the program that is started afterwards.
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.error) throw new Error(`${command}: ${result.error.message}`);
  return result.status === 0;
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

function installPackages() {
  const hash = lockHash();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) return;
  say('installing npm packages (once)');
  // No package needs an install script: Node 24 comes in a platform package without one.
  const cli = process.env.npm_execpath;
  // Not 'ci': it refuses a lock file without the packages of platforms that a registry mirror leaves out.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const done = cli ? run(process.execPath, [cli, ...args]) : run('npm', args);
  if (!done) {
    say("'npm install' failed; its messages are above");
    process.exit(1);
  }
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, hash);
}

const native = process.argv.slice(2).find((arg) => arg.startsWith('--native'));
installPackages();
if (native && !run(process.execPath, [path.join(root, 'tools', 'build-native.mjs')])) {
  if (native !== '--native=optional') process.exit(1);
  say('going on without the kernel part; what needs it says so');
}
