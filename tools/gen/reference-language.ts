// docs/reference/operators-and-transformers.md, from the tables of src/lang.
import { fieldTypes, modifierSummaries, type OperatorSpec, operators, typeGroup } from '../../src/lang/operators.ts';
import { type ArgType, type TransformerSpec, transformers } from '../../src/lang/transformers.ts';
import { cell, code, markdownTable } from '../../src/cli/list-pages.ts';
import { fieldTypeDocs } from '../../src/model/field-type-docs.ts';

const rightWords: Readonly<Record<OperatorSpec['right'], string>> = {
  none: 'nothing',
  number: 'a value',
  text: 'a value',
  list: 'a list',
};

function typesOf(spec: OperatorSpec): string {
  const groups = ['number', 'bool', 'text', 'bytes', 'address'] as const;
  const names = groups.every((group) => spec.types.includes(group)) ? ['all'] : spec.types;
  return [...names, ...(spec.lists ? ['lists'] : [])].join(', ');
}

function operatorRow(spec: OperatorSpec): string[] {
  const names = spec.tokens.toReversed().map(code).join(' or ');
  return [names, cell(spec.summary), typesOf(spec), rightWords[spec.right], code(spec.example)];
}

function argument(type: ArgType['type'], list: boolean): ArgType {
  return { text: 'x', type, list, constant: undefined };
}

/** The types that a transformer of one argument takes. */
function takes(spec: TransformerSpec): string {
  if (spec.maxArgs > 1) return 'see its form';
  const fits = (list: boolean): string[] =>
    fieldTypes.filter((type) => typeof spec.result([argument(type, list)], undefined) !== 'string');
  const single = fits(false);
  const lists = fits(true);
  return lists.length === fieldTypes.length
    ? `${single.join(', ')}, any list`
    : `${single.join(', ')}, and lists of them`;
}

/** What a transformer gives for texts and lists of texts, as far as it takes them. */
function gives(spec: TransformerSpec): string {
  const kinds = [argument('CHARBUF', false), argument('CHARBUF', true)];
  let rows: ArgType[][] = [[]];
  for (let i = 0; i < spec.minArgs; i++) rows = rows.flatMap((row) => kinds.map((kind) => [...row, kind]));
  const shown = (selector: string | undefined): string[] =>
    rows.flatMap((row) => {
      const result = spec.result(row, selector);
      return typeof result === 'string' ? [] : [result.list ? `LIST(${result.type})` : result.type];
    });
  const plain = [...new Set(shown(undefined))];
  // One that gives back what it is given may also be asked for bytes.
  const text = plain.length > 1 ? 'what it is given' : plain.join('');
  return spec.selector ? `${text}; with [x] ${[...new Set(shown('x'))].join('')}` : text;
}

function transformerRow(spec: TransformerSpec): string[] {
  return [code(spec.usage), cell(spec.summary), takes(spec), gives(spec), code(spec.example)];
}

const intro = `A condition is made of checks, joined by \`and\`, \`or\` and \`not\` (\`not\` binds strongest, then \`and\`) and parentheses. A check is a
field, an operator and, but for \`exists\`, a value. The name of a macro stands for its condition, and the name of a list within
parentheses for its items: \`proc.name in (shells, nu)\`.

Values with blanks, commas, parentheses or quotes are written in quotes, single or double; a backslash escapes. In place of a
value, \`val(FIELD)\` and transformers compare with another field: \`proc.name != val(proc.pname)\`.

A check on a field that has no value for the event does not hold, with \`!=\` either; \`not\` turns that around.
`;

export function languagePage(): string {
  const groups = fieldTypes.map((type) => [type, cell(typeGroup(type)), cell(fieldTypeDocs[type])]);
  const words = Object.entries(modifierSummaries).map(([name, about]) => [code(name), about]);
  const withWord = operators.filter((spec) => spec.modifiers).map((spec) => code(spec.tokens.at(-1)!));
  return `# Operators and transformers

${intro}
## Operators

${markdownTable(['operator', 'holds when the value', 'types', 'right side', 'example'], operators.map(operatorRow))}
### With a list

Behind ${withWord.join(', ')} may stand one of these words and a list, as in \`proc.cmdline contains anyof (stratum, xmrig)\`:

${markdownTable(['word', 'the check'], words)}
## Transformers

They stand where a field stands, and take fields, other transformers and, where their form says LIST, lists in parentheses.

${markdownTable(['form', 'gives', 'takes', 'type of the result', 'example'], [...transformers.values()].map(transformerRow))}
## Types of values

${markdownTable(['type', 'for operators', 'how it is written'], groups)}`;
}
