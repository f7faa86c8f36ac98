import { compileTemplate, type TemplateValue } from '../../src/base/template/template.ts';
import type { Random } from '../../test/kit/random-rules.ts';
import { mutateText } from '../mutate-text.ts';
import { demand, magnitude, messageKind, type Target } from '../target.ts';

const seeds = [
  '{{ .Output }} by {{ index .OutputFields "proc.name" | upper | trunc 5 }}',
  '{{ if and (eq .Rule "a") (gt .Count 2) }}x{{ else if .Tags }}y{{ else }}z{{ end }}',
  '{{- range $i, $t := .Tags }}{{ if $i }}, {{ end }}{{ $t }}{{ else }}none{{ end -}}',
  '{{ with .OutputFields }}{{ printf "%5d|%-4s|%q|%x|%.2f" 7 . .pid "s" 1.5 }}{{ end }}',
  '{{ $x := or .Missing "d" }}{{ $x = print $x 1 }}{{ $x }}{{/* c */}}',
  '{{ range 5 }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}',
];
const words =
  '{{ }} {{- -}} end else if with range break continue index slice len printf print replace repeat splitList join toJson | ( ) $ $x := = . .Tags .OutputFields "%s%d%v" 999999999 -1 `'.split(
    ' ',
  );
const data = new Map<string, TemplateValue>([
  ['Output', 'a <b> \ud800 text'],
  ['Rule', 'a'],
  ['Count', 3n],
  ['Tags', ['t1', 't2']],
  [
    'OutputFields',
    new Map<string, TemplateValue>([
      ['proc.name', 'bash'],
      ['pid', 7],
      ['none', null],
      ['list', [[['deep']]]],
    ]),
  ],
]);

class TemplateTarget implements Target {
  readonly name = 'template';
  readonly summary = 'templates of messages: compiled, then filled in';

  seeds(): readonly Buffer[] {
    return seeds.map((text) => Buffer.from(text));
  }

  make(random: Random, corpus: readonly Buffer[]): Buffer {
    return Buffer.from(mutateText(random, [random.pick(corpus).toString(), random.pick(corpus).toString()], words));
  }

  run(input: Buffer): string {
    const source = input.toString();
    const compiled = compileTemplate(source, { steps: 20_000, outputLength: 5000 });
    if (!compiled.ok) {
      const { offset, message } = compiled.problem;
      demand(offset >= 0 && offset <= source.length, () => `a mistake at ${offset} of ${source.length} characters`);
      return messageKind(message);
    }
    const text = compiled.template.render(data);
    demand(text.length <= 5005, () => `${text.length} characters`);
    demand(text === compiled.template.render(data), () => 'filled in twice, two texts');
    return `${magnitude(text.length)} ${text.includes('<no value>')}`;
  }
}

export function templateTarget(): Target {
  return new TemplateTarget();
}
