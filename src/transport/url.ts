const anyScheme = /^[a-z][a-z0-9+.-]*:\/\//i;

/** The address with a path behind it; one without a scheme is `http`. Blanks around it and slashes at its end don't count. */
export function joinUrl(address: string, path: string): string {
  const base = address.trim().replace(/\/+$/, '');
  return `${anyScheme.test(base) ? '' : 'http://'}${base}${path}`;
}

/** `?a=b&c=d` of those that have a value; '' for none. */
export function query(parts: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parts).filter(([, value]) => value !== '');
  if (pairs.length === 0) return '';
  return `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}
