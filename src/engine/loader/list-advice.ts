import { similarWords } from '../../base/suggest.ts';
import { decodeBytes } from '../../base/utf8.ts';
import type { Check, Expr } from '../../lang/ast.ts';
import type { FilledList } from './list-text.ts';

/** A value that looks like the mistyped name of a list. */
export interface ListAdvice {
  readonly check: Check;
  readonly message: string;
  readonly help: string;
}

/** Operators with lists on their right. */
const listOperators = new Set(['in', 'pmatch', 'intersects']);
/** Shorter words are similar to too many. */
const shortestName = 5;

/**
 * Looks for mistyped names of lists. To the language they are texts like any other, so that the rule loads and the check
 * never holds. Values that stand in a list are none.
 */
export class ListAdvisor {
  readonly #lists: readonly FilledList[];
  readonly #names: readonly string[];
  readonly #known = new Map<string, string | undefined>();
  #items: Set<string> | undefined;

  constructor(lists: readonly FilledList[]) {
    this.#lists = lists;
    this.#names = lists.map(({ name }) => name).filter((name) => name.length >= shortestName);
  }

  /** @param expr as parsed, lists filled in, without its macros. */
  advice(expr: Expr): ListAdvice[] {
    if (expr.kind === 'and' || expr.kind === 'or') return expr.items.flatMap((item) => this.advice(item));
    if (expr.kind === 'not') return this.advice(expr.item);
    if (expr.kind !== 'check' || !listOperators.has(expr.op) || expr.right?.kind !== 'values') return [];
    return expr.right.values.flatMap((value) => {
      const name = this.#meant(value);
      if (name === undefined) return [];
      const message = `'${value}' is a text: there is no list of that name`;
      return [{ check: expr, message, help: `did you mean the list ${decodeBytes(name)}?` }];
    });
  }

  #meant(value: string): string | undefined {
    if (this.#names.length === 0 || !/^[a-z][a-z0-9_]{3,63}$/i.test(value)) return undefined;
    if (this.#known.has(value)) return this.#known.get(value);
    const name = this.#similar(value);
    this.#known.set(value, name);
    return name;
  }

  #similar(value: string): string | undefined {
    this.#items ??= new Set(this.#lists.flatMap(({ items }) => [...items]));
    if (this.#items.has(value) || this.#names.includes(value)) return undefined;
    // One letter off in a short word, two in a long one: what is further away is another word.
    return similarWords(value, this.#names, value.length < 8 ? 1 : 2)[0];
  }
}
