/** Longer paths than this are not joined: upstream's state keeps paths in buffers of this size. */
const maxPath = 1024;

/**
 * The path of `name` seen from `directory` (ends in a slash, or is ''), with `.`, `..`, doubled and trailing slashes
 * resolved as text. Symbolic links are not followed. `..` never climbs above the root, nor above the start of a
 * relative result. Everything of an absolute `name` counts and nothing of the directory.
 */
export function joinPath(directory: string, name: string): string {
  if (directory.length + name.length + 1 > maxPath) return '/DIR_TOO_LONG/FILENAME_TOO_LONG';
  const absolute = name === '' || name.charCodeAt(0) === 0x2f;
  const base = absolute ? '' : directory;
  if (isPlain(name)) return base + name;
  let path = base;
  for (let at = 0; at < name.length; ) {
    const slash = name.indexOf('/', at);
    const end = slash < 0 ? name.length : slash;
    const part = name.slice(at, end);
    at = end + 1;
    const starts = path === '' || path.endsWith('/');
    if (part === '..' && starts) {
      path = parent(path);
    } else if (part !== '.' || !starts) {
      path += part;
      if (slash >= 0 && !path.endsWith('/') && (path !== '' || base === '')) path += '/';
    }
  }
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Whether nothing in a name needs to be resolved: no empty part, none that starts with a dot. */
function isPlain(name: string): boolean {
  let previous = 0x2f;
  for (let i = 0; i < name.length; i++) {
    const char = name.charCodeAt(i);
    if (previous === 0x2f && (char === 0x2e || (char === 0x2f && i > 0))) return false;
    previous = char;
  }
  return previous !== 0x2f;
}

/** One directory up; `path` ends in a slash or is ''. */
function parent(path: string): string {
  return path.length <= 1 ? path : path.slice(0, path.lastIndexOf('/', path.length - 2) + 1);
}
