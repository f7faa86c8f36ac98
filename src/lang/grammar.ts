import type {
  And,
  Check,
  Expr,
  FieldRef,
  Modifier,
  Operand,
  Or,
  Right,
  TransformerArg,
  TransformerCall,
} from './ast.ts';
import { Lexer, patterns, SyntaxFailure, type Words } from './lexer.ts';
import type { SharedParts } from './shared-parts.ts';
import { modifiers, operators, type OperatorSpec } from './operators.ts';
import { transformers } from './transformers.ts';

const transformerNames = [...transformers.keys()];
const transformerList = ['val', ...transformerNames].map((name) => `'${name}'`).join(', ');
const operatorList = operators.flatMap((spec) => spec.tokens.map((token) => `'${token}'`)).join(', ');
const booleanWord = /(?:and|or|not)(?![a-zA-Z0-9])/y;

/** Recursive descent, one method per rule of the grammar. Throws SyntaxFailure. */
export class Grammar {
  readonly lex: Lexer;
  #depth = 0;
  readonly #limit: number;
  readonly #names: Words;
  readonly #shared: SharedParts | undefined;

  constructor(text: string, limit: number, names: Words = new Set(), shared?: SharedParts) {
    this.lex = new Lexer(text);
    this.#limit = limit;
    this.#names = names;
    this.#shared = shared;
  }

  /** Runs one rule of the grammar, counted against the depth limit. */
  #rule<T>(rule: () => T): T {
    this.#depth++;
    if (this.#depth >= this.#limit) this.lex.fail(`exceeded max depth limit of ${this.#limit}`);
    const value = rule();
    this.#depth--;
    return value;
  }

  /** The last token, to be kept. */
  #kept(): string {
    const { token } = this.lex;
    return this.#shared === undefined ? token : this.#shared.text(token);
  }

  condition(): Expr {
    const expr = this.#or();
    if (this.lex.pos !== this.lex.text.length) {
      this.lex.fail(`unexpected token after '${this.lex.token}', expecting 'or', 'and'`);
    }
    return expr;
  }

  #or(): Expr {
    return this.#rule(() => this.#chain('or', () => this.#and()));
  }

  #and(): Expr {
    return this.#rule(() => this.#chain('and', () => this.#not()));
  }

  #chain(word: 'or' | 'and', next: () => Expr): Expr {
    const { lex } = this;
    const start = lex.pos;
    lex.blank();
    const first = next();
    const items = [first];
    lex.blank();
    while (lex.literal(word)) {
      if (lex.blank()) items.push(next());
      else if (lex.literal('(')) items.push(this.#embedded());
      else lex.fail(`expected blank or '(' after '${word}'`);
      lex.blank();
    }
    if (items.length === 1) return first;
    // What was pushed to has room for more.
    const node: And | Or = { kind: word, items: items.slice(), start };
    return node;
  }

  #not(): Expr {
    return this.#rule(() => {
      const { lex } = this;
      const start = lex.pos;
      let negated = false;
      lex.blank();
      while (lex.pattern(patterns.notBlank)) negated = !negated;
      let item: Expr;
      if (lex.literal('not(')) {
        negated = !negated;
        item = this.#embedded();
      } else {
        item = this.#check();
      }
      return negated ? { kind: 'not', item, start } : item;
    });
  }

  /** The rest of a condition in parentheses, behind the opening one. */
  #embedded(): Expr {
    return this.#rule(() => {
      const { lex } = this;
      lex.blank();
      const expr = this.#or();
      lex.blank();
      if (!lex.literal(')')) lex.fail("expected a ')' token");
      return expr;
    });
  }

  #check(): Expr {
    return this.#rule(() => {
      const { lex } = this;
      const start = lex.pos;
      lex.blank();
      if (lex.literal('(')) return this.#embedded();
      const left = this.#tryOperand();
      if (left !== undefined) return this.#comparison(left, start);
      if (lex.pattern(patterns.identifier)) return { kind: 'macro', name: this.#kept(), start };
      return lex.fail("expected a '(' token, a field check, or an identifier");
    });
  }

  operand(): Operand {
    const operand = this.#rule(() => this.#tryOperand());
    return operand ?? this.lex.fail(`unexpected token after '${this.lex.token}`);
  }

  #tryOperand(): Operand | undefined {
    const isField = this.lex.pattern(patterns.fieldName) || this.lex.wordOf(this.#names);
    if (isField) return this.#fieldRest();
    const name = this.#transformerName();
    return name === undefined ? undefined : this.#transformerRest(name);
  }

  #transformerName(): string | undefined {
    return transformerNames.find((name) => this.lex.literal(`${name}(`));
  }

  /** Behind the name, which is the last token. */
  #fieldRest(): FieldRef {
    return this.#rule(() => {
      const name = this.lex.token;
      const arg = this.#argument();
      return this.#shared === undefined ? { kind: 'field', name, arg } : this.#shared.field(name, arg);
    });
  }

  /** `[...]`, if there is one. */
  #argument(): string | undefined {
    const { lex } = this;
    if (!lex.literal('[')) return undefined;
    if (!lex.quoted() && !lex.pattern(patterns.bareArgument)) {
      lex.fail('expected a valid field argument: a quoted string or a bare string');
    }
    const arg = lex.token;
    if (!lex.literal(']')) lex.fail("expected a ']' token");
    return arg;
  }

  #transformerRest(name: string): TransformerCall {
    return this.#rule(() => {
      const { lex } = this;
      lex.blank();
      const args: TransformerArg[] = [];
      do {
        args.push(this.#transformerArg());
        lex.blank();
      } while (lex.literal(','));
      if (!lex.literal(')')) lex.fail("expected a ')' token closing the transformer");
      const selector = this.#argument();
      return { kind: 'transformer', name, args, selector };
    });
  }

  #transformerArg(): TransformerArg {
    return this.#rule(() => {
      const { lex } = this;
      lex.blank();
      const text = this.#textArg();
      if (text !== undefined) return text;
      if (lex.literal('(')) return this.#transformerItems();
      const operand = this.#tryOperand();
      return (
        operand ??
        lex.fail('expected field transformer argument: field, transformer, quoted string, number, or transformer list')
      );
    });
  }

  #textArg(): TransformerArg | undefined {
    const { lex } = this;
    const found = lex.pattern(patterns.hexNumber) || lex.pattern(patterns.number) || lex.quoted();
    return found ? { kind: 'text', value: lex.token } : undefined;
  }

  #transformerItems(): TransformerArg {
    const { lex } = this;
    const items: TransformerArg[] = [];
    lex.blank();
    if (lex.literal(')')) return { kind: 'list', items };
    do {
      lex.blank();
      const item: TransformerArg | undefined = this.#tryOperand() ?? this.#textArg();
      if (item === undefined) {
        return lex.fail('expected transformer list argument: field, transformer, quoted string, or number');
      }
      items.push(item);
      lex.blank();
    } while (lex.literal(','));
    if (!lex.literal(')')) lex.fail("expected ')'");
    return { kind: 'list', items };
  }

  #comparison(left: Operand, start: number): Check {
    return this.#rule(() => {
      const { lex } = this;
      lex.blank();
      const spec = operators.find((row) => row.tokens.some((token) => lex.word(token, row.blankAfter)));
      if (spec === undefined) return lex.fail(`expected a valid check operator: one of ${operatorList}`);
      const modifier = spec.modifiers ? this.#modifier(spec) : undefined;
      lex.blank();
      const rightStart = lex.pos;
      const right = modifier === undefined ? this.#right(spec) : this.#rule(() => this.#list(false));
      return { kind: 'check', left, op: spec.name, modifier, right, start, rightStart };
    });
  }

  /** oneof, anyof, allof: only where a list follows, so that `proc.name = oneof` still compares with a text. */
  #modifier(spec: OperatorSpec): Modifier | undefined {
    const { lex } = this;
    const { pos, token } = lex;
    const hadBlank = lex.blank() || spec.blankAfter;
    const modifier = hadBlank ? modifiers.find((name) => lex.word(name, true)) : undefined;
    if (modifier !== undefined && this.#listFollows()) return modifier;
    lex.pos = pos;
    lex.token = token;
    return undefined;
  }

  #listFollows(): boolean {
    const { lex } = this;
    if (lex.text[lex.pos] === '(') return true;
    patterns.identifier.lastIndex = lex.pos;
    booleanWord.lastIndex = lex.pos;
    return patterns.identifier.test(lex.text) && !booleanWord.test(lex.text);
  }

  #right(spec: OperatorSpec): Right | undefined {
    switch (spec.right) {
      case 'none':
        return undefined;
      case 'number':
        return this.#rule(() => this.#numberRight());
      case 'text':
        return this.#rule(() => this.#textRight());
      case 'list':
        return this.#rule(() => this.#list(true));
    }
  }

  #numberRight(): Right {
    const { lex } = this;
    lex.blank();
    const operand = this.#rightOperand();
    if (operand !== undefined) return operand;
    if (lex.pattern(patterns.hexNumber) || lex.pattern(patterns.number)) return this.#single();
    return lex.fail(`expected a number value or a field with a valid transformer: ${transformerList}`);
  }

  #textRight(): Right {
    const { lex } = this;
    lex.blank();
    const operand = this.#rightOperand();
    if (operand !== undefined) return operand;
    if (lex.quoted() || lex.pattern(patterns.bareText)) return this.#single();
    return lex.fail(`expected a string value or a field with a valid transformer: ${transformerList}`);
  }

  #single(): Right {
    return { kind: 'values', values: [this.#kept()] };
  }

  #list(operandAllowed: boolean): Right {
    const { lex } = this;
    lex.blank();
    if (lex.literal('(')) return this.#listRest([]);
    const operand = operandAllowed ? this.#rightOperand() : undefined;
    if (operand !== undefined) return operand;
    if (lex.pattern(patterns.identifier)) return this.#single();
    if (!operandAllowed) return lex.fail('expected a list or an identifier');
    return lex.fail(`expected a list, an identifier, or a field with a valid transformer: ${transformerList}`);
  }

  /** Values in parentheses. @param starts gets their places. @returns false: something else is here. */
  valueList(starts: number[]): boolean {
    if (!this.lex.literal('(')) return false;
    this.#listRest(starts);
    return true;
  }

  #listRest(starts: number[]): Right {
    const { lex } = this;
    const values: string[] = [];
    lex.blank();
    if (this.#firstItem(values, starts)) {
      lex.blank();
      while (lex.literal(',')) {
        lex.blank();
        const itemStart = lex.pos;
        if (!lex.quoted() && !lex.pattern(patterns.bareText)) lex.fail('expected a string value');
        values.push(this.#kept());
        starts.push(itemStart);
        lex.blank();
      }
    }
    if (!lex.literal(')')) lex.fail("expected a ')' token");
    return { kind: 'values', values: values.slice() };
  }

  /** A list without items is allowed, so whatever is wrong with the first one shows as a missing parenthesis. */
  #firstItem(values: string[], starts: number[]): boolean {
    const { lex } = this;
    const start = lex.pos;
    try {
      if (!lex.quoted() && !lex.pattern(patterns.bareText)) return false;
    } catch (error) {
      if (error instanceof SyntaxFailure) return false;
      throw error;
    }
    values.push(this.#kept());
    starts.push(start);
    return true;
  }

  /** `val(field)` or a transformer. */
  #rightOperand(): Operand | undefined {
    return this.#rule(() => {
      const { lex } = this;
      lex.blank();
      if (!lex.literal('val(')) {
        const name = this.#transformerName();
        return name === undefined ? undefined : this.#transformerRest(name);
      }
      lex.blank();
      if (!lex.pattern(patterns.fieldName)) lex.fail("expected a field within 'val' transformer");
      const field = this.#fieldRest();
      lex.blank();
      if (!lex.literal(')')) lex.fail("expected a ')' token closing the transformer");
      if (this.#argument() !== undefined) {
        lex.fail("filter error: transformer 'val' does not support field arguments");
      }
      return field;
    });
  }
}
