/** A list as conditions see it: items that name earlier lists are replaced by those lists' items. */
export interface FilledList {
  readonly name: string;
  readonly items: readonly string[];
}

const blanks = ' \t\n\r';
const delimiters = `${blanks}(),=`;
const delimiterRun = /[ \t\n\r(),=]+/;

/** Fills lists into conditions. Made once per set of lists, for the look-up by name. */
export class ListFiller {
  readonly #lists: readonly FilledList[];
  /** Lists whose names can't be found by cutting a condition at its delimiters. */
  readonly #odd: ReadonlySet<FilledList>;
  readonly #used: Set<string>;

  /** @param used gets the names of the lists that were filled in. */
  constructor(lists: readonly FilledList[], used: Set<string>) {
    this.#lists = lists;
    this.#odd = new Set(lists.filter((list) => delimiterRun.test(list.name)));
    this.#used = used;
  }

  /**
   * Replaces names of lists by their items: purely by text, in the order of the lists, wherever a name stands between
   * blanks, parentheses, commas or equals signs. So a list may hold the name of a later one.
   */
  fill(condition: string): string {
    let text = condition;
    const words = new Set(text.split(delimiterRun));
    for (const list of this.#lists) {
      if (!words.has(list.name) && !this.#odd.has(list)) continue;
      const items = list.items.map(quoteItem).join(', ');
      const filled = replaceWord(text, list.name, items);
      if (filled === text) continue;
      text = filled;
      this.#used.add(list.name);
      for (const word of items.split(delimiterRun)) words.add(word);
    }
    return text;
  }
}

/** An item with blanks in quotes, unless it starts with one. */
export function quoteItem(item: string): string {
  return item.includes(' ') && item[0] !== '"' && item[0] !== "'" ? `"${item}"` : item;
}

function replaceWord(condition: string, name: string, items: string): string {
  let text = condition;
  let start = text.indexOf(name);
  while (start >= 0) {
    let end = start + name.length;
    if (isDelimiter(text[start - 1]) && isDelimiter(text[end])) {
      while (start > 0 && blanks.includes(text[start - 1]!)) start--;
      while (end < text.length && blanks.includes(text[end]!)) end++;
      if (items === '') {
        // Nothing to fill in: one of the commas around goes too.
        if (text[start - 1] === ',') start--;
        else if (text[end] === ',') end++;
      }
      const head = start > 0 ? `${text.slice(0, start)} ` : '';
      text = `${head}${items} ${text.slice(end)}`;
      start += items.length + 1;
    }
    start = text.indexOf(name, start + 1);
  }
  return text;
}

/** Start and end of the text delimit too. */
function isDelimiter(char: string | undefined): boolean {
  return char === undefined || delimiters.includes(char);
}
