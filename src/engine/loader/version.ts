/** The version of the rule language that this engine speaks. */
export const engineVersion = '0.63.0';

/** Plugins whose work is built in, by the versions that rules may ask for. */
export const builtInPlugins: readonly PluginVersion[] = [
  { name: 'container', version: '0.7.1' },
  { name: 'k8smeta', version: '0.4.1' },
];

/** Asynchronous events that the built-in plugins bring: `evt.type` can be compared with their names. */
export const builtInAsyncEvents: readonly string[] = ['container', 'container_removed'];

/** A plugin by name, and its version (x.y.z). */
export interface PluginVersion {
  readonly name: string;
  readonly version: string;
}

/** One requirement: the first loaded plugin among them decides. */
export type PluginRequirement = readonly PluginVersion[];

type Numbers = readonly [number, number, number];

/** undefined: not of the form x.y.z. */
export function parseVersion(text: string): Numbers | undefined {
  const match = /^([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})(?:[-+][0-9A-Za-z.+-]*)?$/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Whether a version has all that the required one has: same major number, not older. */
export function satisfies(version: string, required: string): boolean {
  const have = parseVersion(version);
  const want = parseVersion(required);
  if (have === undefined || want === undefined || have[0] !== want[0]) return false;
  return compareVersions(have, want) >= 0;
}

/** Whether a version (x.y.z) is newer than another; one that is none counts as 0.0.0. */
export function isNewer(version: string, than: string): boolean {
  return compareVersions(parseVersion(version) ?? [0, 0, 0], parseVersion(than) ?? [0, 0, 0]) > 0;
}

function compareVersions(a: Numbers, b: Numbers): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Why the loaded plugins do not meet what rules require, in the order of the requirements. */
export function unmetRequirements(
  requirements: readonly PluginRequirement[],
  plugins: readonly PluginVersion[],
): string[] {
  return requirements.flatMap((alternatives) => {
    const wanted = alternatives.find((item) => plugins.some((plugin) => plugin.name === item.name));
    if (wanted === undefined) {
      const names = alternatives.map((item) => `${item.name} (>= ${item.version})`).join(', ');
      return [`Plugin requirement not satisfied, must load one of: ${names}`];
    }
    const plugin = plugins.find((item) => item.name === wanted.name)!;
    if (satisfies(plugin.version, wanted.version)) return [];
    return [
      `Plugin '${plugin.name}' version '${plugin.version}' is not compatible with required plugin version '${wanted.version}'`,
    ];
  });
}
