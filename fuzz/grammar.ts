import { operators } from '../src/lang/operators.ts';
import { transformers } from '../src/lang/transformers.ts';
import type { FieldTable } from '../src/model/field.ts';
import { randomText, type Random } from '../test/kit/random-rules.ts';

/** Makes conditions, outputs and patterns that are mostly right: what is wrong in every place gets nowhere. */
export class Grammar {
  readonly fields: readonly string[];
  /** Names that stand where a macro or a list may. */
  names: readonly string[] = ['spawned_process', 'shell_procs', 'm', 'l'];

  constructor(table: FieldTable) {
    this.fields = table.classes.flatMap(({ fields }) =>
      Object.entries(fields).flatMap(([name, spec]) => {
        if (spec.arg === undefined) return [name];
        const used = spec.arg.dotted === undefined ? [`${name}[1]`, `${name}[x]`] : [`${name}.name`, `${name}[0]`];
        return spec.arg.required ? used : [name, ...used];
      }),
    );
  }

  literal(random: Random): string {
    switch (random.below(10)) {
      case 0:
        return String(random.below(5) - 1);
      case 1:
        return random.pick(['0', '0x10', '4294967296', '9223372036854775808', '-1', '1.5', 'true', 'false', '1s']);
      case 2:
        return random.pick(['10.0.0.1', '10.0.0.0/8', '::1', 'fe80::/10', '"127.0.0.1"', '256.0.0.1', '10.0.0.0/33']);
      case 3:
        return `"${this.pattern(random).replaceAll('"', '\\"')}"`;
      case 4:
        return random.pick(this.names);
      case 5:
        return random.pick(['open', 'openat', 'execve', 'connect', 'clone', 'close', 'container', 'file', 'ipv4']);
      default:
        return `"${randomText(random).replaceAll('"', '\\"')}"`;
    }
  }

  pattern(random: Random): string {
    const atoms = ['a', '.', '.*', '[a-z]', '[^/]+', '(a|b)', '(?i)', '\\w', '\\.', '^', '$', 'x{2,5}', '(a*)*', '/'];
    return Array.from(
      { length: 1 + random.below(6) },
      () => random.pick(atoms) + random.pick(['', '', '*', '+', '?']),
    ).join('');
  }

  operand(random: Random, depth = 2): string {
    if (depth === 0 || random.chance(80)) return random.pick(this.fields);
    const name = random.chance(20) ? 'val' : random.pick([...transformers.keys()]);
    const args = Array.from({ length: 1 + random.below(2) }, () =>
      random.chance(70) ? this.operand(random, depth - 1) : this.literal(random),
    );
    return `${name}(${args.join(', ')})${random.chance(10) ? `[${this.literal(random)}]` : ''}`;
  }

  #list(random: Random): string {
    return `(${Array.from({ length: random.below(5) }, () => this.literal(random)).join(', ')})`;
  }

  #check(random: Random): string {
    if (random.chance(15)) return `evt.type = ${random.pick(['open', 'execve', 'openat', 'connect', 'x'])}`;
    if (random.chance(10)) return random.pick(this.names);
    const left = this.operand(random);
    const { tokens, right, modifiers } = random.pick(operators);
    const operator = random.pick(tokens);
    if (right === 'none') return `${left} ${operator}`;
    if (right === 'list') return `${left} ${operator} ${random.chance(90) ? this.#list(random) : this.operand(random)}`;
    if (modifiers && random.chance(15)) {
      return `${left} ${operator} ${random.pick(['oneof', 'anyof', 'allof'])} ${this.#list(random)}`;
    }
    return `${left} ${operator} ${random.chance(90) ? this.literal(random) : this.operand(random)}`;
  }

  condition(random: Random, depth = 3): string {
    if (depth === 0 || random.chance(30)) return this.#check(random);
    if (random.chance(15)) return `not ${this.#check(random)}`;
    const word = random.chance(60) ? ' and ' : ' or ';
    const items = Array.from({ length: 2 + random.below(3) }, () => this.condition(random, depth - 1));
    return `(${items.join(word)})`;
  }

  output(random: Random): string {
    const pieces = Array.from({ length: 1 + random.below(6) }, () => {
      const width = random.chance(20) ? String(random.below(40)) : '';
      return random.chance(70) ? `%${width}${this.operand(random)}` : this.literal(random);
    });
    return pieces.join(random.pick([' ', '', ', ', '=']));
  }

  /** A rules file. */
  rules(random: Random): string {
    const items: string[] = [];
    const quoted = JSON.stringify;
    for (let n = 1 + random.below(4); n > 0; n--) {
      const append = random.chance(20) ? ', override: {condition: append}' : '';
      switch (random.below(4)) {
        case 0:
          items.push(`- {macro: ${random.pick(this.names)}, condition: ${quoted(this.condition(random))}${append}}`);
          break;
        case 1: {
          const list = Array.from({ length: random.below(4) }, () => quoted(this.literal(random)));
          items.push(`- {list: ${random.pick(this.names)}, items: [${list.join(', ')}]}`);
          break;
        }
        default:
          items.push(
            `- rule: r${random.below(3)}\n  desc: d\n  condition: ${quoted(this.condition(random))}\n` +
              `  output: ${quoted(this.output(random))}\n  priority: ${random.pick(['INFO', 'debug', 'Emergency'])}` +
              `${this.#exceptions(random)}`,
          );
      }
    }
    return `${items.join('\n')}\n`;
  }

  #exceptions(random: Random): string {
    if (random.chance(70)) return '';
    const fields = Array.from({ length: 1 + random.below(2) }, () => random.pick(this.fields));
    const comps = fields.map(() => random.pick(['=', 'in', 'startswith', 'pmatch', 'glob', 'endswith']));
    const values = fields.map(() => (random.chance(50) ? 'x' : '[/a, /b]'));
    return `\n  exceptions:\n    - {name: e, fields: [${fields.join(', ')}], comps: [${comps.join(', ')}], values: [[${values.join(', ')}]]}`;
  }
}
