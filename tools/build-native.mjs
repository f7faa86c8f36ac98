/**
 * Builds build/native/saker-VERSION.bpf.o (kernel programs), saker.node (the sensor's addon), saker-fd.node (descriptors for
 * outputs) and saker-rights.node (giving up rights) when they are missing or older than their sources. Plain JavaScript, so that an older Node can run it before Saker's own is installed.
 *
 *   node tools/build-native.mjs            build; install missing packages when that is possible
 *   node tools/build-native.mjs --check    only say whether a build is needed (exit status 1: yes)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const native = path.join(root, 'native');
const out = path.join(root, 'build', 'native');
const packages = ['clang', 'llvm', 'libbpf-dev', 'gcc', 'libc6-dev'];
const names = {
  x64: { target: 'x86', include: 'x86_64-linux-gnu' },
  arm64: { target: 'arm64', include: 'aarch64-linux-gnu' },
};

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', ...options });
  return {
    ok: result.status === 0,
    text: `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? result.error.message : ''}`,
  };
}

function newest(folder) {
  let time = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    time = Math.max(time, entry.isDirectory() ? newest(at) : statSync(at).mtimeMs);
  }
  return time;
}

function isFresh(product, folders) {
  const at = path.join(out, product);
  if (!existsSync(at)) return false;
  const built = statSync(at).mtimeMs;
  return folders.every((folder) => newest(path.join(native, folder)) <= built);
}

function hasTool(name) {
  return run(name, ['--version']).ok;
}

/** What is missing for a build, in words. */
function missing() {
  const list = [];
  if (!hasTool('clang')) list.push('clang');
  if (!hasTool('llvm-strip')) list.push('llvm-strip (package llvm)');
  if (!hasTool('gcc')) list.push('gcc');
  for (const header of ['bpf/bpf_helpers.h', 'bpf/libbpf.h', 'stdio.h', 'linux/bpf.h']) {
    if (hasTool('gcc') && !run('gcc', ['-E', '-x', 'c', '-'], { input: `#include <${header}>\n` }).ok)
      list.push(`<${header}>`);
  }
  return list;
}

function isDebianLike() {
  if (!existsSync('/etc/os-release') || !hasTool('apt-get')) return false;
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}

function provideTools(log) {
  let list = missing();
  if (list.length === 0) return;
  const how = `on Debian or Ubuntu: apt-get install ${packages.join(' ')}; on Fedora: dnf install clang llvm libbpf-devel gcc glibc-devel`;
  if (!isDebianLike() || process.getuid?.() !== 0) {
    throw new Error(`the sensor can't be built: ${list.join(', ')} missing. Install it (${how}) and run this again.`);
  }
  log(`missing for the sensor: ${list.join(', ')}; installing ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update'], { env });
  const install = run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env });
  if (!install.ok) throw new Error(`apt-get install ${packages.join(' ')} failed:\n${install.text.slice(-2000)}`);
  list = missing();
  if (list.length > 0)
    throw new Error(`the sensor can't be built: still missing after the installation: ${list.join(', ')}`);
}

function compile(command, args) {
  const result = run(command, args, { cwd: root });
  if (!result.ok) throw new Error(`${command} ${args.join(' ')} failed:\n${result.text.slice(0, 8000)}`);
}

/** A product appears under its name only when it is complete: another process may be about to load it. */
function finish(temporary, product) {
  renameSync(temporary, path.join(out, product));
}

/** The oldest kernels of the ranges that there are programs for. */
export const kernels = ['6.4', '5.17', '5.8'];

const programsFor = (kernel) => `saker-${kernel}.bpf.o`;

export function bpfArguments(arch, object, kernel) {
  const { target, include } = names[arch];
  return [
    '-target',
    'bpf',
    `-D__TARGET_ARCH_${target}`,
    '-D__BPF__',
    `-DSAKER_KERNEL=KERNEL(${kernel.replace('.', ',')})`,
    '-O2',
    // All kernels that Saker runs on have this instruction set; compilers differ in what they take by themselves.
    '-mcpu=v2',
    '-g',
    '-Wall',
    '-Werror',
    '-Wno-unused-function',
    `-I${path.join(native, 'bpf')}`,
    `-I/usr/include/${include}`,
    '-I/usr/include/x86_64-linux-gnu',
    '-c',
    path.join(native, 'bpf', 'sensor.bpf.c'),
    '-o',
    object,
  ];
}

function buildPrograms() {
  for (const kernel of kernels) {
    const name = programsFor(kernel);
    const temporary = path.join(out, `${name}.${process.pid}`);
    try {
      compile('clang', bpfArguments(process.arch, temporary, kernel));
      // Debug information of the source lines goes, the type information for the relocations stays.
      compile('llvm-strip', ['-g', temporary]);
      finish(temporary, name);
    } finally {
      rmSync(temporary, { force: true });
    }
  }
}

function sourcesIn(folder) {
  return readdirSync(path.join(native, folder))
    .filter((name) => name.endsWith('.c'))
    .map((name) => path.join(native, folder, name));
}

/** @param folder All C files in it belong to the addon. */
function buildAddon(product, folder, libraries) {
  const headers = path.join(root, 'node_modules', 'node-api-headers', 'include');
  if (!existsSync(headers)) throw new Error("the package node-api-headers is not installed; run 'npm ci' first");
  const temporary = path.join(out, `${product}.${process.pid}`);
  try {
    compile('gcc', [
      '-shared',
      '-fPIC',
      '-O2',
      '-Wall',
      '-Werror',
      '-fvisibility=hidden',
      '-DNAPI_VERSION=8',
      `-I${headers}`,
      ...sourcesIn(folder),
      '-o',
      temporary,
      ...libraries,
    ]);
    finish(temporary, product);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Addons that need no library, by the folder of their source. */
const smallAddons = { 'saker-fd.node': 'descriptors', 'saker-rights.node': 'rights' };

const tracer = 'saker-trace';
const tracerFolders = ['tracer', 'calls', 'include'];

/** Arguments of gcc for the program that traces; the functions that tell of calls are found by their names. */
export function tracerArguments(product) {
  return [
    '-O2',
    '-Wall',
    '-Werror',
    '-Wno-unused-function',
    '-rdynamic',
    `-I${path.join(native, 'tracer')}`,
    ...sourcesIn('tracer'),
    '-o',
    product,
    '-lpthread',
    '-ldl',
  ];
}

function buildTracer() {
  const temporary = path.join(out, `${tracer}.${process.pid}`);
  try {
    compile('gcc', tracerArguments(temporary));
    finish(temporary, tracer);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function hasPrograms() {
  return kernels.every((kernel) => isFresh(programsFor(kernel), ['bpf', 'calls', 'include']));
}

/** @returns whether something had to be built. @throws Error that says what is missing and how to get it. */
export function buildNative({ log = console.error } = {}) {
  if (!(process.arch in names)) throw new Error(`the sensor runs on x64 and arm64, not on ${process.arch}`);
  const programs = !hasPrograms();
  const addon = !isFresh('saker.node', ['addon', 'include']);
  const small = Object.entries(smallAddons).filter(([product, folder]) => !isFresh(product, [folder]));
  const trace = !isFresh(tracer, tracerFolders);
  if (!programs && !addon && !trace && small.length === 0) return false;
  mkdirSync(out, { recursive: true });
  // These need no more than a compiler: built first, so that outputs and tracing work where the sensor can't be built.
  if ((small.length > 0 || trace) && !hasTool('gcc')) provideTools(log);
  for (const [product, folder] of small) buildAddon(product, folder, []);
  if (trace) buildTracer();
  if (!programs && !addon) return true;
  provideTools(log);
  if (programs) buildPrograms();
  if (addon) buildAddon('saker.node', 'addon', ['-lbpf', '-lpthread']);
  return true;
}

export function needsBuild() {
  return (
    !hasPrograms() ||
    !isFresh('saker.node', ['addon', 'include']) ||
    !isFresh(tracer, tracerFolders) ||
    Object.entries(smallAddons).some(([product, folder]) => !isFresh(product, [folder]))
  );
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    if (process.argv.includes('--check')) process.exitCode = needsBuild() ? 1 : 0;
    else console.error(buildNative() ? 'sensor built: build/native' : 'sensor is up to date: build/native');
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
