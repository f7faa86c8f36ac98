// Sets up what a fresh checkout lacks, and nothing when all is there: npm packages and, on demand, the kernel part.
// Plain JavaScript, because it runs before Node 24 is there: any Node from 18 on will do.
//   node tools/setup.mjs                     what the program needs
//   node tools/setup.mjs --dev               and what tests and checks need
//   ... --native                             and the kernel part; fails when that can't be built
//   ... --native=optional                    the same, but goes on without the kernel part and says why
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.saker-setup');
const options = process.argv.slice(2);

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function run(command, args) {
  // Standard output is for the program that is started afterwards.
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.error) throw new Error(`${command}: ${result.error.message}`);
  return result.status === 0;
}

/** The npm that runs this, or the first on the path: the file that a Node can run. */
function npmCli() {
  if (process.env.npm_execpath) return process.env.npm_execpath;
  const folder = (process.env.PATH ?? '').split(':').find((place) => existsSync(path.join(place, 'npm')));
  if (folder === undefined) throw new Error('npm is not installed');
  return realpathSync(path.join(folder, 'npm'));
}

function install(node, extra) {
  // Not 'ci': it refuses a lock file without the packages of platforms that a registry mirror leaves out. No package
  // needs an install script.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...extra];
  if (run(node, [npmCli(), ...args])) return;
  say("'npm install' failed; its messages are above");
  process.exit(1);
}

function installPackages(isDev) {
  const lock = createHash('sha256').update(readFileSync(path.join(root, 'package-lock.json')));
  const hash = lock.digest('hex');
  const done = existsSync(stampFile) ? readFileSync(stampFile, 'utf8').split(' ') : [];
  if (done[0] === hash && (!isDev || done[1] === 'dev')) return;
  say('installing npm packages (once)');
  const node = path.join(modules, `node-linux-${process.arch}`, 'bin', 'node');
  if (!isDev || !existsSync(node)) install(process.execPath, ['--omit=dev']);
  // The rest by Node 24, which has just come: npm leaves out binaries of tools that the Node it runs on is too old for.
  if (isDev) install(existsSync(node) ? node : process.execPath, ['--include=dev']);
  mkdirSync(modules, { recursive: true });
  writeFileSync(stampFile, `${hash} ${isDev ? 'dev' : 'prod'}`);
}

/** Has Node keep the compiled program: else the first start, maybe on a machine under load, takes three times as long. */
function compileOnce() {
  if (existsSync(path.join(root, 'build', 'compile-cache'))) return;
  // A capture without events: everything is loaded and nothing done.
  spawnSync(path.join(root, 'bin', 'saker'), ['replay', '--no-summary', '/dev/null'], { stdio: 'ignore' });
}

const native = options.find((option) => option.startsWith('--native'));
installPackages(options.includes('--dev'));
if (native && !run(process.execPath, [path.join(root, 'tools', 'build-native.mjs')])) {
  if (native !== '--native=optional') process.exit(1);
  say('going on without the kernel part; what needs it says so');
}
compileOnce();
