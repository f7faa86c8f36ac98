import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { configKeys } from '../../src/app/config/keys.ts';
import { loadConfig } from '../../src/app/config/load.ts';
import type { Random } from '../../test/kit/random-rules.ts';
import { mutateText } from '../mutate-text.ts';
import { demand, messageKind, type Target } from '../target.ts';

const folder = path.resolve(import.meta.dirname, '../../test/conformance/config');
const values = [
  'true',
  'false',
  '1',
  '-1',
  '99999999999',
  '1e9',
  'x',
  '[]',
  '{}',
  '{a: b}',
  '[1, 2]',
  '',
  '~',
  '${A}',
  '${constructor}',
  '${toString}',
  '"',
];

/** A case in the form of test/conformance/config: parts by their names. */
function partsOf(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.split(/^--- /m).slice(1)) {
    const end = part.indexOf('\n');
    parts.set(part.slice(0, end < 0 ? undefined : end).trim(), end < 0 ? '' : part.slice(end + 1));
  }
  return parts;
}

function lines(text: string | undefined): string[] {
  return (text ?? '').split('\n').filter((line) => line !== '');
}

function generated(random: Random): string {
  const names = Object.keys(configKeys);
  const step = ['', '[0]', '[]', '[3].x', '.y', '[9999]', '[10001]', '\\.z'];
  const options = Array.from(
    { length: random.below(4) },
    () => `${random.pick(names)}${random.pick(step)}=${random.pick(values)}`,
  );
  const keys = Array.from({ length: random.below(5) }, () => {
    const [first, ...rest] = random.pick([...names, 'constructor', '__proto__', 'toString.a']).split('.');
    return `${first}:${rest.map((key, i) => `\n${' '.repeat(2 * i + 2)}${key}:`).join('')} ${random.pick(values)}`;
  });
  const environment = ['A', 'B', 'C'].map(
    (name) => `${name}=${random.pick(['x', '${B}', '${A}${A}', '$${C}', '${C', '}'])}`,
  );
  const parts = { 'falco.yaml': keys, options, environment };
  return Object.entries(parts)
    .map(([name, body]) => `--- ${name}\n${body.join('\n')}\n`)
    .join('');
}

class ConfigTarget implements Target {
  readonly name = 'config';
  readonly summary = 'falco.yaml with included files, -o overrides and environment variables';
  readonly #words = [
    ...Object.keys(configKeys),
    ...values,
    '--- options',
    '--- environment',
    '--- falco.yaml',
    '=',
    '[]',
    '[1]',
  ];

  seeds(): readonly Buffer[] {
    const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
    const texts = files.flatMap((name) =>
      readFileSync(path.join(folder, name), 'utf8')
        .split(/^=== .*\n/m)
        .slice(1),
    );
    return texts.map((text) => Buffer.from(text.replace(/^--- (values|problems)$[^]*?(?=^--- |$(?![^]))/gm, '')));
  }

  make(random: Random, corpus: readonly Buffer[]): Buffer {
    if (random.chance(30)) return Buffer.from(generated(random));
    return Buffer.from(
      mutateText(random, [random.pick(corpus).toString(), random.pick(corpus).toString()], this.#words),
    );
  }

  run(input: Buffer): string {
    const parts = partsOf(input.toString());
    const names = [...parts.keys()].filter((name) => /\.ya?ml$|\.d\//.test(name));
    const loaded = loadConfig({
      file: parts.has('falco.yaml') ? 'falco.yaml' : undefined,
      overrides: lines(parts.get('options')),
      environment: Object.fromEntries(lines(parts.get('environment')).map((line) => line.split(/=(.*)/s).slice(0, 2))),
      files: {
        read: (file) => parts.get(file),
        list(dir) {
          const inside = names.filter((name) => path.dirname(name) === dir);
          return inside.length === 0 ? undefined : inside.sort();
        },
      },
    });
    for (const { message, locations, help } of loaded.diagnostics) {
      const { line, column } = locations[0]!.position;
      demand(help === undefined || typeof help === 'string', () => `help of ${message}: ${String(help)}`);
      demand(message !== '' && line >= 0 && column >= 0, () => `a diagnostic at ${line}:${column}: ${message}`);
    }
    for (const name of Object.keys(configKeys)) demand(name in loaded.config, () => `no value for ${name}`);
    demand(!JSON.stringify(loaded.config).includes('native code'), () => 'a value is that of a JavaScript object');
    demand(Object.getPrototypeOf({}) === Object.prototype && !('polluted' in {}), () => 'the prototype was changed');
    const said = new Set(loaded.diagnostics.map(({ code, message }) => `${code} ${messageKind(message)}`));
    return [loaded.ok, loaded.files.length, loaded.notActedOn.join(), ...[...said].sort()].join('|');
  }
}

export function configTarget(): Target {
  return new ConfigTarget();
}
