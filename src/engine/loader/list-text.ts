/** A list as conditions see it: items that name earlier lists are replaced by those lists' items. */
export interface FilledList {
  readonly name: string;
  readonly items: readonly string[];
  /** Its items as written, with the names of other lists. */
  readonly written: readonly string[];
  /** Where it was defined last. */
  readonly file: string;
}

/** Lists can name lists, so that little text can become very much: more than this is refused. */
const maxFilledLength = 8 * 1024 * 1024;

/** A condition that grows too large; the message says so. */
export class ListGrowth extends Error {}

const blanks = ' \t\n\r';
const delimiters = `${blanks}(),=`;
const delimiterRun = /[ \t\n\r(),=]+/;

interface Replacement {
  readonly text: string;
  /** Of the lists that it names. */
  readonly places: readonly number[];
}

/** Fills lists into conditions. Made once per set of lists, for the look-up by name. */
export class ListFiller {
  readonly #lists: readonly FilledList[];
  readonly #places: ReadonlyMap<string, number>;
  /** Places of lists whose names can't be found by cutting a condition at its delimiters. */
  readonly #odd: readonly number[];
  readonly #used: Set<string>;
  readonly #replacements = new Map<FilledList, Replacement>();

  /** @param used gets the names of the lists that were filled in. */
  constructor(lists: readonly FilledList[], used: Set<string>) {
    this.#lists = lists;
    this.#places = new Map(lists.map((list, place) => [list.name, place]));
    this.#odd = [...lists.keys()].filter((place) => delimiterRun.test(lists[place]!.name));
    this.#used = used;
  }

  /**
   * Replaces names of lists by their items: purely by text, in the order of the lists, wherever a name stands between
   * blanks, parentheses, commas or equals signs. So a list may hold the name of a later one.
   * @throws ListGrowth
   */
  fill(condition: string): string {
    let text = condition;
    const waiting = [...this.#odd];
    this.#await(this.#placesIn(condition), -1, waiting);
    for (let next = 0; next < waiting.length; next++) {
      const place = waiting[next]!;
      const list = this.#lists[place]!;
      const replacement = this.#replacement(list);
      const filled = replaceWord(text, list.name, replacement.text);
      if (filled === undefined) continue;
      text = filled;
      this.#used.add(list.name);
      this.#await(replacement.places, place, waiting);
    }
    return text;
  }

  /** The places of the lists that a text names; most words are no names of lists. */
  #placesIn(text: string): number[] {
    const places: number[] = [];
    for (const word of text.split(delimiterRun)) {
      const place = this.#places.get(word);
      if (place !== undefined) places.push(place);
    }
    return places;
  }

  /** Adds those of some places that lie behind `after`. The places ascend, none is there twice. */
  #await(named: readonly number[], after: number, places: number[]): void {
    let known: Set<number> | undefined;
    for (const place of named) {
      if (place <= after) continue;
      known ??= new Set(places);
      if (known.has(place)) continue;
      known.add(place);
      places.push(place);
    }
    if (known !== undefined) places.sort((a, b) => a - b);
  }

  #replacement(list: FilledList): Replacement {
    const known = this.#replacements.get(list);
    if (known !== undefined) return known;
    // As upstream puts a comma only behind something, empty items in front leave none.
    const first = list.items.findIndex((item) => item !== '');
    const text = first < 0 ? '' : list.items.slice(first).map(quoteItem).join(', ');
    const replacement = { text, places: this.#placesIn(text) };
    this.#replacements.set(list, replacement);
    return replacement;
  }
}

/** An item with blanks in quotes, unless it starts with one. */
export function quoteItem(item: string): string {
  return item.includes(' ') && item[0] !== '"' && item[0] !== "'" ? `"${item}"` : item;
}

/** undefined: the name does not occur. */
function replaceWord(text: string, name: string, items: string): string | undefined {
  const parts: string[] = [];
  let length = 0;
  let copied = 0;
  let at = text.indexOf(name);
  while (at >= 0) {
    const before = at > copied ? text[at - 1] : parts.at(-1)?.at(-1);
    let end = at + name.length;
    if (!isDelimiter(before) || !isDelimiter(text[end])) {
      at = text.indexOf(name, at + 1);
      continue;
    }
    parts.push(text.slice(copied, at));
    trimBlanks(parts);
    while (end < text.length && blanks.includes(text[end]!)) end++;
    if (items === '') {
      // Nothing to fill in: one of the commas around goes too.
      const last = parts.at(-1);
      if (last?.endsWith(',')) parts[parts.length - 1] = last.slice(0, -1);
      else if (text[end] === ',') end++;
    }
    const first = parts.length === 0 || (parts.length === 1 && parts[0] === '');
    parts.push(first ? `${items} ` : ` ${items} `);
    length += items.length + (end - copied);
    if (length > maxFilledLength) {
      throw new ListGrowth(`the condition has more than ${maxFilledLength} bytes with its lists filled in`);
    }
    copied = end;
    at = text.indexOf(name, end);
  }
  return parts.length === 0 ? undefined : parts.join('') + text.slice(copied);
}

/** Takes blanks off the end of a text in parts. */
function trimBlanks(parts: string[]): void {
  while (parts.length > 0) {
    const part = parts.pop()!;
    let end = part.length;
    while (end > 0 && blanks.includes(part[end - 1]!)) end--;
    if (end === 0) continue;
    parts.push(part.slice(0, end));
    return;
  }
}

/** Start and end of the text delimit too. */
function isDelimiter(char: string | undefined): boolean {
  return char === undefined || delimiters.includes(char);
}
