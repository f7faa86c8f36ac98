import {
  type Branch,
  type Chain,
  type Command,
  type Node,
  type Operand,
  type Pipeline,
  TemplateFailure,
} from './ast.ts';
import { functions } from './functions.ts';
import { type Token, type TokenKind, tokenize } from './lexer.ts';

/** Blocks and parentheses within each other. */
const deepest = 50;
const unsupported = new Set(['define', 'template', 'block']);

/** What ended a list of nodes. */
interface End {
  readonly word: 'end' | 'else' | undefined;
  readonly offset: number;
}

/** @throws TemplateFailure */
export function parseTemplate(source: string): readonly Node[] {
  return new Parser(source).all();
}

/** Recursive descent over tokens; every loop takes at least one token. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #length: number;
  #at = 0;
  #depth = 0;
  #loops = 0;
  /** Variables in sight, the innermost last. */
  #variables: string[] = [''];

  constructor(source: string) {
    this.#tokens = tokenize(source);
    this.#length = source.length;
  }

  all(): readonly Node[] {
    const { nodes, end } = this.#list();
    if (end.word !== undefined) throw new TemplateFailure(end.offset, `{{${end.word}}} without a beginning`);
    return nodes;
  }

  #fail(message: string): never {
    throw new TemplateFailure(this.#tokens[this.#at]?.offset ?? this.#length, message);
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #is(kind: TokenKind, text?: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === kind && (text === undefined || token.text === text);
  }

  #take(kind: TokenKind, text: string | undefined, expected: string): Token {
    if (!this.#is(kind, text)) this.#fail(`expected ${expected}`);
    return this.#tokens[this.#at++]!;
  }

  #close(): void {
    this.#take('close', undefined, '}}');
  }

  #deeper<T>(run: () => T): T {
    if (++this.#depth > deepest) this.#fail(`more than ${deepest} levels within each other`);
    const result = run();
    this.#depth--;
    return result;
  }

  /** Nodes up to {{end}}, {{else}} or the end; the word is taken, what follows it is not. */
  #list(): { nodes: Node[]; end: End } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#peek();
      if (token === undefined) return { nodes, end: { word: undefined, offset: this.#length } };
      this.#at++;
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const word = this.#is('word') ? this.#peek()!.text : '';
      if (word === 'end' || word === 'else') {
        this.#at++;
        return { nodes, end: { word, offset: token.offset } };
      }
      nodes.push(this.#node(word));
    }
  }

  #node(word: string): Node {
    if (word === 'if' || word === 'with' || word === 'range') {
      this.#at++;
      return this.#deeper(() => this.#branch(word));
    }
    if (word === 'break' || word === 'continue') {
      if (this.#loops === 0) this.#fail(`{{${word}}} outside of {{range}}`);
      this.#at++;
      this.#close();
      return { kind: word };
    }
    if (unsupported.has(word)) this.#fail(`{{${word}}} is not supported`);
    const pipeline = this.#pipeline(false);
    this.#close();
    return pipeline;
  }

  #branch(kind: Branch['kind']): Branch {
    const known = this.#variables.length;
    const start = this.#tokens[this.#at - 1]!.offset;
    const pipeline = this.#pipeline(kind === 'range');
    this.#close();
    if (kind === 'range') this.#loops++;
    const { nodes: body, end } = this.#list();
    if (kind === 'range') this.#loops--;
    let otherwise: readonly Node[] = [];
    if (end.word === 'else') otherwise = this.#otherwise(kind, start);
    else if (end.word === 'end') this.#close();
    else throw new TemplateFailure(start, `{{${kind}}} without {{end}}`);
    this.#variables.length = known;
    return { kind, pipeline, body, otherwise };
  }

  #otherwise(kind: Branch['kind'], start: number): readonly Node[] {
    if (this.#is('word', kind) && kind !== 'range') {
      this.#at++;
      // {{else if}} shares the {{end}} of its beginning.
      return [this.#deeper(() => this.#branch(kind))];
    }
    this.#close();
    const { nodes, end } = this.#list();
    if (end.word !== 'end') throw new TemplateFailure(start, `{{${kind}}} without {{end}}`);
    this.#close();
    return nodes;
  }

  #pipeline(isRange: boolean): Pipeline {
    const start = this.#at;
    const variables: string[] = [];
    let declares = true;
    if (this.#is('variable')) {
      variables.push(this.#tokens[this.#at++]!.text);
      if (isRange && this.#is('sign', ',')) {
        this.#at++;
        variables.push(this.#take('variable', undefined, 'a variable').text);
      }
      if (this.#is('sign', ':=') || this.#is('sign', '=')) {
        declares = this.#tokens[this.#at++]!.text === ':=';
      } else {
        this.#at = start;
        variables.length = 0;
      }
    }
    const commands = [this.#command()];
    while (this.#is('sign', '|')) {
      this.#at++;
      commands.push(this.#command());
      if (commands.at(-1)!.operands[0]!.kind !== 'call') this.#fail('only a function can stand behind |');
    }
    for (const name of variables) {
      if (!declares && !this.#variables.includes(name)) this.#fail(`undefined variable $${name}`);
      if (declares) this.#variables.push(name);
    }
    return { kind: 'pipeline', variables, declares, commands };
  }

  #command(): Command {
    const operands: Operand[] = [];
    for (;;) {
      const operand = this.#operand();
      if (operand === undefined) break;
      operands.push(operand);
    }
    const [first] = operands;
    if (first === undefined) this.#fail('a value is missing');
    if (operands.length > 1 && first!.kind !== 'call') this.#fail('only a function takes arguments');
    return { operands };
  }

  #operand(): Operand | undefined {
    const token = this.#peek();
    if (token === undefined) return undefined;
    switch (token.kind) {
      case 'string':
        this.#at++;
        return { kind: 'literal', value: token.text };
      case 'number':
        this.#at++;
        return { kind: 'literal', value: Number(token.text) };
      case 'word':
        return this.#word(token);
      case 'dot':
        this.#at++;
        return this.#chain({ kind: 'dot' });
      case 'field':
        return this.#chain({ kind: 'dot' }, true);
      case 'variable':
        if (!this.#variables.includes(token.text)) this.#fail(`undefined variable $${token.text}`);
        this.#at++;
        return this.#chain({ kind: 'variable', name: token.text });
      case 'sign':
        return token.text === '(' ? this.#parenthesis() : undefined;
      case 'text':
      case 'open':
      case 'close':
        return undefined;
    }
  }

  #parenthesis(): Operand {
    this.#at++;
    const pipeline = this.#deeper(() => this.#pipeline(false));
    this.#take('sign', ')', ')');
    return this.#chain(pipeline);
  }

  #chain(of: Chain['of'], isLoose: boolean = false): Chain {
    const names: string[] = [];
    for (let loose = isLoose; this.#is('field') && (loose || this.#peek()!.tight); loose = false) {
      names.push(this.#tokens[this.#at++]!.text);
    }
    return { kind: 'chain', of, names };
  }

  #word(token: Token): Operand {
    const constants: Readonly<Record<string, boolean | null>> = { true: true, false: false, nil: null };
    if (Object.hasOwn(constants, token.text)) {
      this.#at++;
      return { kind: 'literal', value: constants[token.text]! };
    }
    if (!functions.has(token.text)) this.#fail(`unknown function ${token.text}`);
    this.#at++;
    return { kind: 'call', name: token.text };
  }
}
