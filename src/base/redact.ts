// A shorter one says nothing: it may be a word of the language.
const shortestSecret = 8;
const mark = '...';

/** Without `%` escapes; as it is, where they are none. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What must not be seen of a URL: paths and queries of webhooks are as good as passwords. Longest first. */
export function secretsOfUrl(url: URL): string[] {
  const parts = [url.username, url.password, ...url.pathname.split('/'), ...url.search.slice(1).split(/[&=]/)];
  const long = [...parts, ...parts.map(decoded)].filter((part) => part.length >= shortestSecret);
  const whole = [url.pathname + url.search, url.pathname, url.search].filter((part) => part.length > 2);
  const short = [url.password].filter((part) => part !== '');
  return longestFirst([...whole, ...long, ...short]);
}

/** Those texts, and each as it stands in a URL and in JSON, where that differs. */
export function secretsOfTexts(texts: Iterable<string>): string[] {
  const all: string[] = [];
  for (const text of texts) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url !== undefined) all.push(...secretsOfUrl(url));
    // A server's name alone is none.
    if (url !== undefined && url.host !== '' && secretsOfUrl(url).length === 0) continue;
    const forms = [text, encodeURIComponent(text.toWellFormed()), JSON.stringify(text).slice(1, -1)];
    all.push(...forms.filter((form) => form.length >= shortestSecret));
  }
  return longestFirst(all);
}

function longestFirst(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort((a, b) => b.length - a.length);
}

/** The text with `...` in place of each secret. @param secrets longest first. */
export function redact(text: string, secrets: readonly string[]): string {
  let result = text;
  for (const secret of secrets) result = result.replaceAll(secret, mark);
  return result;
}
