import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** A kernel as Debian ships it, unpacked. */
export interface KernelFiles {
  /** Name of its package, with the version. */
  readonly name: string;
  /** The file that boots. */
  readonly image: string;
  /** Files of modules, which may be compressed, by the names of the modules. */
  readonly modules: ReadonlyMap<string, string>;
}

type Stanza = ReadonlyMap<string, string>;

const architecture = 'amd64';
/** What a kernel consists of; in newer releases the image depends on the others. */
const parts = /^linux-(?:image|binary|modules)-/;

/** Where this machine gets Debian's packages from. */
function mirrors(): string[] {
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(SITE)', 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  return [...new Set(stdout.split('\n'))].filter((site) => site !== '');
}

async function download(address: string): Promise<Buffer | undefined> {
  const response = await fetch(address, { signal: AbortSignal.timeout(120_000) });
  return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
}

/** The packages of a release, from the first mirror that has it. */
async function packagesOf(suite: string): Promise<{ mirror: string; packages: ReadonlyMap<string, Stanza> }> {
  for (const mirror of mirrors()) {
    const index = await download(`${mirror}/dists/${suite}/main/binary-${architecture}/Packages.gz`);
    if (index === undefined) continue;
    const text = (await promisify(gunzip)(index)).toString('latin1');
    const stanzas = text.split('\n\n').map((stanza) => {
      const lines = [...stanza.matchAll(/^([\w-]+): (.*)$/gm)];
      return new Map(lines.map(([, key, value]) => [key!, value!]));
    });
    return { mirror, packages: new Map(stanzas.map((stanza) => [stanza.get('Package') ?? '', stanza])) };
  }
  throw new Error(`no mirror in apt's sources has Debian ${suite}`);
}

/** The packages that make up the kernel that a release boots by default. */
function partsOf(packages: ReadonlyMap<string, Stanza>): Stanza[] {
  const found = new Map<string, Stanza>();
  const wanted = [`linux-image-${architecture}`];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const stanza = packages.get(name);
    if (stanza === undefined || found.has(name)) continue;
    found.set(name, stanza);
    const depends = stanza.get('Depends')?.split(/[,|]/) ?? [];
    wanted.push(...depends.map((item) => item.trim().split(' ')[0]!).filter((item) => parts.test(item)));
  }
  return [...found.values()];
}

/**
 * The kernel of a Debian release, downloaded into a folder unless it is there.
 * @throws Error when it can't be had
 */
export async function kernelOf(suite: string, folder: string): Promise<KernelFiles> {
  const { mirror, packages } = await packagesOf(suite);
  const chosen = partsOf(packages);
  const name = `${chosen[0]?.get('Package')}_${chosen[0]?.get('Version')}`.replace(/[^\w.+-]/g, '_');
  const place = path.join(folder, name);
  if (!existsSync(place)) {
    const temporary = `${place}.${process.pid}`;
    for (const stanza of chosen) await unpack(mirror, stanza, temporary);
    renameSync(temporary, place);
  }
  const files = readdirSync(place, { recursive: true, encoding: 'utf8' }).map((file) => path.join(place, file));
  const image = files.find((file) => path.basename(file).startsWith('vmlinuz'));
  if (image === undefined) throw new Error(`no kernel in the package ${name}`);
  const modules = files.flatMap((file) => {
    const module = /([^/]+)\.ko(?:\.xz|\.zst)?$/.exec(file)?.[1];
    return module === undefined ? [] : [[module.replaceAll('-', '_'), file] as const];
  });
  return { name, image, modules: new Map(modules) };
}

async function unpack(mirror: string, stanza: Stanza, folder: string): Promise<void> {
  const address = `${mirror}/${stanza.get('Filename')}`;
  const bytes = await download(address);
  if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== stanza.get('SHA256'))
    throw new Error(`${address} can't be had`);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'package.deb');
  writeFileSync(file, bytes);
  const { status, stderr } = spawnSync('dpkg-deb', ['-x', file, folder], { encoding: 'utf8' });
  rmSync(file);
  if (status !== 0) throw new Error(`${address} can't be unpacked: ${stderr}`);
}
