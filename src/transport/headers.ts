import { validateHeaderName, validateHeaderValue } from 'node:http';

/**
 * Headers that people have configured, with names in lower case.
 * @throws Error that names the header that can't be sent, not its value.
 */
export function customHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const made: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new Error(
        `the header ${JSON.stringify(name)} can't be sent: its name or its value has forbidden characters`,
      );
    }
    made[name.toLowerCase()] = value;
  }
  return made;
}
