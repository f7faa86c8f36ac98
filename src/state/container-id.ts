/** Engines that have nobody to ask: their containers are known by their cgroups only. */
export type UnaskedEngine = 'lxc' | 'libvirt_lxc' | 'bpm';

/** How containers are told apart. */
export interface ContainerRules {
  /** The id of the container that every process is in; undefined: their cgroups tell. */
  readonly fixedId?: string | undefined;
  /** Engines whose cgroups are no containers. */
  readonly without?: ReadonlySet<UnaskedEngine>;
}

/** How container engines name the cgroup of a container: what stands before and after its 64 hex digits. */
type Layout = readonly (readonly [prefix: string, suffix: string])[];

const podman: Layout = [
  ['/libpod-', '.scope'],
  ['/libpod-', '.scope/container'],
  ['/libpod-', ''],
  ['/libpod-payload-', '.scope'],
  ['/libpod-payload-', '.scope/container'],
  ['/libpod-payload-', ''],
];
const docker: Layout = [
  ['/', ''],
  ['/docker-', '.scope'],
];
const cri: Layout = [
  ['/', ''],
  ['/crio-', ''],
  ['/cri-containerd-', '.scope'],
  ['/crio-', '.scope'],
  [':cri-containerd:', ''],
  ['/docker-', '.scope'],
  ['/nerdctl-', '.scope'],
];
const lxcPrefixes = ['/lxc/', '/lxc.payload/', '/lxc.payload.'];

const fullLength = 64;
const shortLength = 12;

function isHex(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i) | 32;
    if (!((c >= 48 && c <= 57) || (c >= 97 && c <= 102))) return false;
  }
  return true;
}

/** The part between the last prefix and the last suffix; undefined: they are not there. */
function between(cgroup: string, prefix: string, suffix: string): string | undefined {
  const found = cgroup.lastIndexOf(prefix);
  if (found < 0) return undefined;
  const start = found + prefix.length;
  const end = suffix === '' ? cgroup.length : cgroup.lastIndexOf(suffix);
  return end < start ? undefined : cgroup.slice(start, end);
}

function byLayout(cgroup: string, layout: Layout): string | undefined {
  for (const [prefix, suffix] of layout) {
    const id = between(cgroup, prefix, suffix);
    if (id !== undefined && id.length === fullLength && isHex(id)) return id.slice(0, shortLength);
  }
  return undefined;
}

function isNamespaceChar(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
}

/** Whether a component is a containerd namespace: words of letters and digits, joined by single `.`, `_` or `-`. */
function isNamespace(component: string): boolean {
  let wantsWord = true;
  for (let i = 0; i < component.length; i++) {
    const c = component.charCodeAt(i);
    if (isNamespaceChar(c)) wantsWord = false;
    else if (wantsWord || !(c === 46 || c === 95 || c === 45)) return false;
    else wantsWord = true;
  }
  return !wantsWord;
}

/**
 * containerd without CRI: /<namespace>/<id>, where the id is any text of at most 64 characters. It also takes other
 * cgroups of that form, such as a container manager's own, for a container.
 */
function containerd(cgroup: string): string | undefined {
  let start = cgroup.indexOf('/');
  while (start >= 0) {
    const end = cgroup.indexOf('/', start + 1);
    if (end < 0) return undefined;
    if (isNamespace(cgroup.slice(start + 1, end))) {
      const id = between(cgroup, cgroup.slice(start, end + 1), '');
      if (id === undefined || id === '' || id.length > fullLength) return undefined;
      if (/\.(?:service|slice|scope)$/.test(cgroup)) return undefined;
      return id.slice(0, shortLength);
    }
    start = end;
  }
  return undefined;
}

function lxc(cgroup: string): string | undefined {
  for (const prefix of lxcPrefixes) {
    const found = cgroup.indexOf(prefix);
    if (found < 0) continue;
    const start = found + prefix.length;
    const end = cgroup.indexOf('/', start);
    return cgroup.slice(start, end < 0 ? cgroup.length : end);
  }
  return undefined;
}

function libvirtLxc(cgroup: string): string | undefined {
  const ending = '.libvirt-lxc';
  if (cgroup.indexOf(ending) === cgroup.length - ending.length && cgroup.endsWith(ending)) {
    const slash = cgroup.lastIndexOf('/');
    if (slash >= 0) return cgroup.slice(slash + 1, cgroup.length - ending.length);
  }
  // systemd escapes the dash after the name of the driver: ...-lxc\x2d<id>.scope
  const escaped = cgroup.indexOf('-lxc\\x2');
  if (escaped >= 0) {
    const suffix = cgroup.includes('.scope/libvirt') ? '.scope/libvirt' : '.scope';
    const start = escaped + '-lxc\\x2d'.length;
    if (cgroup.endsWith(suffix) && cgroup.indexOf(suffix) === cgroup.length - suffix.length) {
      return cgroup.slice(start, cgroup.length - suffix.length);
    }
  }
  const plain = cgroup.indexOf('/libvirt/lxc/');
  return plain < 0 ? undefined : cgroup.slice(plain + '/libvirt/lxc/'.length);
}

function bpm(cgroup: string): string | undefined {
  const found = cgroup.indexOf('bpm-');
  if (found < 0) return undefined;
  const start = found + 4;
  const end = cgroup.indexOf('.scope', start);
  const id = cgroup.slice(start, end < 0 ? cgroup.length : end);
  return /^[A-Za-z0-9._-]+$/.test(id) ? id : undefined;
}

const unaskedEngines: readonly (readonly [UnaskedEngine, (cgroup: string) => string | undefined])[] = [
  ['lxc', lxc],
  ['libvirt_lxc', libvirtLxc],
  ['bpm', bpm],
];
function askedId(cgroup: string): string | undefined {
  return byLayout(cgroup, podman) ?? byLayout(cgroup, docker) ?? byLayout(cgroup, cri) ?? containerd(cgroup);
}

/** The first of them that knows the cgroup. */
function unasked(cgroup: string, { without }: ContainerRules): readonly [UnaskedEngine, string] | undefined {
  for (const [engine, read] of unaskedEngines) {
    const id = without?.has(engine) === true ? undefined : read(cgroup);
    if (id !== undefined) return [engine, id];
  }
  return undefined;
}

function isNowhere(cgroup: string): boolean {
  return cgroup === '' || cgroup === '/';
}

/** The id of the container that a cgroup path belongs to; undefined: to none. The first engine that knows it wins. */
export function containerIdOfCgroup(cgroup: string, rules: ContainerRules = {}): string | undefined {
  return isNowhere(cgroup) ? undefined : (askedId(cgroup) ?? unasked(cgroup, rules)?.[1]);
}

function pathOf(cgroup: string): string {
  return cgroup.slice(cgroup.indexOf('=') + 1);
}

/** The id of the container of a thread with these `subsystem=path` cgroups, or 'host'. */
export function containerIdOf(cgroups: readonly string[], rules: ContainerRules = {}): string {
  if (rules.fixedId !== undefined) return rules.fixedId;
  for (const cgroup of cgroups) {
    const id = containerIdOfCgroup(pathOf(cgroup), rules);
    if (id !== undefined && id !== '') return id;
  }
  return 'host';
}

/** The engine without anybody to ask that a thread's container is of; undefined: it is another's, or there is none. */
export function unaskedEngineOf(cgroups: readonly string[], rules: ContainerRules = {}): UnaskedEngine | undefined {
  for (const cgroup of cgroups) {
    const path = pathOf(cgroup);
    if (isNowhere(path)) continue;
    if (askedId(path) !== undefined) return undefined;
    const found = unasked(path, rules);
    if (found !== undefined && found[1] !== '') return found[0];
  }
  return undefined;
}
