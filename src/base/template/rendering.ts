import type { Branch, Chain, Command, Node, Operand, Pipeline, TemplateValue } from './ast.ts';
import { functions } from './functions.ts';
import { isList, isMap, isNumber, isTrue, show, sortedEntries } from './values.ts';

type Flow = 'on' | 'break' | 'continue' | 'stop';

const mark = '[...]';

/** One making of a text. Everything is counted, so that no template and no data makes it long. */
export class Rendering {
  readonly #root: TemplateValue;
  readonly #most: number;
  #steps: number;
  #text = '';
  /** Innermost last. */
  readonly #variables: { name: string; value: TemplateValue }[] = [];

  constructor(root: TemplateValue, most: number, steps: number) {
    this.#root = root;
    this.#most = most;
    this.#steps = steps;
  }

  run(nodes: readonly Node[]): string {
    const flow = this.#list(nodes, this.#root);
    const text = this.#text.length > this.#most ? this.#text.slice(0, this.#most).toWellFormed() : this.#text;
    return flow === 'stop' ? text + mark : text;
  }

  /** Whether there is room and time left. Work on a long text costs by its length. */
  #goOn(length: number = 0): boolean {
    this.#steps -= 1 + (length >> 8);
    return this.#steps > 0 && this.#text.length <= this.#most;
  }

  #list(nodes: readonly Node[], dot: TemplateValue): Flow {
    for (const node of nodes) {
      const flow = this.#node(node, dot);
      if (flow !== 'on') return flow;
    }
    return 'on';
  }

  #node(node: Node, dot: TemplateValue): Flow {
    if (!this.#goOn()) return 'stop';
    switch (node.kind) {
      case 'text':
        this.#text += node.text;
        break;
      case 'pipeline': {
        const value = this.#pipeline(node, dot);
        if (node.variables.length === 0) this.#text += show(value, this.#most + 1);
        break;
      }
      case 'break':
      case 'continue':
        return node.kind;
      case 'if':
      case 'with':
      case 'range':
        return this.#branch(node, dot);
    }
    return this.#text.length <= this.#most ? 'on' : 'stop';
  }

  #branch(node: Branch, dot: TemplateValue): Flow {
    const known = this.#variables.length;
    const value = this.#pipeline(node.pipeline, dot);
    let flow: Flow;
    if (node.kind === 'range') flow = this.#range(node, value, dot);
    else if (isTrue(value)) flow = this.#list(node.body, node.kind === 'with' ? value : dot);
    else flow = this.#list(node.otherwise, dot);
    this.#variables.length = known;
    return flow;
  }

  #range(node: Branch, value: TemplateValue, dot: TemplateValue): Flow {
    const { variables, declares } = node.pipeline;
    const known = this.#variables.length;
    let rounds = 0;
    for (const [key, item] of items(value)) {
      if (!this.#goOn()) return 'stop';
      rounds++;
      const [first, second] = variables;
      if (second !== undefined) {
        this.#set(first!, key, declares);
        this.#set(second, item, declares);
      } else if (first !== undefined) {
        this.#set(first, item, declares);
      }
      const flow = this.#list(node.body, item);
      this.#variables.length = known;
      if (flow === 'stop') return flow;
      if (flow === 'break') break;
    }
    return rounds === 0 ? this.#list(node.otherwise, dot) : 'on';
  }

  #set(name: string, value: TemplateValue, declares: boolean): void {
    const known = declares ? undefined : this.#variables.findLast((variable) => variable.name === name);
    if (known === undefined) this.#variables.push({ name, value });
    else known.value = value;
  }

  #pipeline(pipeline: Pipeline, dot: TemplateValue): TemplateValue {
    let value: TemplateValue;
    let isFirst = true;
    for (const command of pipeline.commands) {
      value = this.#command(command, dot, isFirst ? [] : [value]);
      isFirst = false;
    }
    // `range` sets its variables round by round.
    const [name, second] = pipeline.variables;
    if (name !== undefined && second === undefined) this.#set(name, value, pipeline.declares);
    return value;
  }

  #command(command: Command, dot: TemplateValue, piped: readonly TemplateValue[]): TemplateValue {
    const [first, ...rest] = command.operands;
    if (first!.kind !== 'call') return this.#operand(first!, dot);
    return this.#call(first!.name, [...rest.map((operand) => this.#operand(operand, dot)), ...piped]);
  }

  #operand(operand: Operand, dot: TemplateValue): TemplateValue {
    switch (operand.kind) {
      case 'literal':
        return operand.value;
      case 'call':
        return this.#call(operand.name, []);
      case 'chain':
        return this.#chain(operand, dot);
    }
  }

  #call(name: string, args: readonly TemplateValue[]): TemplateValue {
    let length = 0;
    for (const arg of args) length += typeof arg === 'string' || isList(arg) ? arg.length : isMap(arg) ? arg.size : 0;
    if (!this.#goOn(length)) return undefined;
    const result = functions.get(name)!.call(args, this.#most + 1);
    return typeof result === 'string' && result.length > this.#most ? result.slice(0, this.#most + 1) : result;
  }

  #chain(chain: Chain, dot: TemplateValue): TemplateValue {
    let value = this.#start(chain.of, dot);
    for (const name of chain.names) {
      if (!isMap(value)) return undefined;
      value = value.get(name);
    }
    return value;
  }

  #start(of: Chain['of'], dot: TemplateValue): TemplateValue {
    switch (of.kind) {
      case 'dot':
        return dot;
      case 'variable':
        if (of.name === '') return this.#root;
        return this.#variables.findLast((variable) => variable.name === of.name)?.value;
      case 'pipeline':
        return this.#goOn() ? this.#pipeline(of, dot) : undefined;
    }
  }
}

/** Keys and values that a loop goes over; a number n counts from 0 to n - 1. */
function* items(value: TemplateValue): Generator<[TemplateValue, TemplateValue]> {
  if (isMap(value)) {
    yield* sortedEntries(value);
  } else if (isList(value)) {
    for (let i = 0; i < value.length; i++) yield [i, value[i]];
  } else if (isNumber(value)) {
    for (let i = 0; i < value; i++) yield [i, i];
  }
}
