import { describe, expect, test } from 'vitest';
import { compileTemplate, type TemplateValue } from './template.ts';

const data = new Map<string, TemplateValue>([
  ['Output', 'a <b> shell'],
  ['Rule', 'Terminal shell'],
  ['Count', 3],
  ['Big', 9007199254740993n],
  ['Empty', ''],
  ['Tags', ['a', 'b']],
  [
    'OutputFields',
    new Map<string, TemplateValue>([
      ['k8s.ns.name', 'shop'],
      ['pid', 7],
      ['none', null],
    ]),
  ],
]);

function render(source: string, of: TemplateValue = data): string {
  const compiled = compileTemplate(source);
  if (!compiled.ok) throw new Error(`${compiled.problem.offset}: ${compiled.problem.message}`);
  return compiled.template.render(of);
}

// What Go's text/template makes of them (https://pkg.go.dev/text/template).
test.each([
  ['', ''],
  ['no actions { } }}', 'no actions { } }}'],
  ['{{ .Output }}', 'a <b> shell'],
  ['{{.Output}}/{{ .Rule }}', 'a <b> shell/Terminal shell'],
  ['{{ .Missing }}', '<no value>'],
  ['{{ .OutputFields.pid }}', '7'],
  ['{{ .Output.Missing }}', '<no value>'],
  ['{{ index .OutputFields "k8s.ns.name" }}', 'shop'],
  ['{{ index .Tags 1 }}', 'b'],
  ['{{ index .Tags 5 }}', '<no value>'],
  ['{{ or (index .OutputFields "x") "y" }}', 'y'],
  ['{{ or (index .OutputFields "none") (index .OutputFields "k8s.ns.name") }}', 'shop'],
  ['{{ and .Rule .Empty }}|{{ and .Rule .Count }}', '|3'],
  ['{{ not .Empty }}', 'true'],
  ['{{ .Big }}', '9007199254740993'],
  ['{{ .Rule | printf "%s!" | upper }}', 'TERMINAL SHELL!'],
  ['{{ if .Empty }}a{{ else if eq .Rule "Terminal shell" }}b{{ else }}c{{ end }}', 'b'],
  ['{{ if and (gt .Count 2) (lt .Count 4) }}yes{{ end }}', 'yes'],
  ['{{ with .OutputFields }}{{ .pid }}{{ else }}none{{ end }}', '7'],
  ['{{ with .Missing }}x{{ else }}none{{ end }}', 'none'],
  ['{{ range .Tags }}<{{ . }}>{{ end }}', '<a><b>'],
  ['{{ range $i, $t := .Tags }}{{ if $i }},{{ end }}{{ $i }}{{ $t }}{{ end }}', '0a,1b'],
  ['{{ range $k, $v := .OutputFields }}{{ $k }}={{ $v }};{{ end }}', 'k8s.ns.name=shop;none=<no value>;pid=7;'],
  ['{{ range .Missing }}x{{ else }}nothing{{ end }}', 'nothing'],
  ['{{ range .Tags }}{{ break }}{{ end }}{{ range .Tags }}{{ continue }}x{{ end }}.', '.'],
  ['{{ range 3 }}{{ . }}{{ end }}', '012'],
  ['{{ $x := "a" }}{{ range .Tags }}{{ $x = print $x . }}{{ end }}{{ $x }}', 'aab'],
  ['{{ $.Rule }}{{ with .Tags }}{{ $.Count }}{{ end }}', 'Terminal shell3'],
  ['a {{- " b " -}} c', 'a b c'],
  ['a {{/* {{ not }} this */}}b {{- /* x */ -}} c', 'a bc'],
  ['{{ `raw \\n` }}{{ "t\\tq\\"\\x41\\u00e9" }}', 'raw \\nt\tq"Aé'],
  ['{{ printf "%d|%5d|%-4s|%05d|%x|%q|%v|%%" 7 42 "ab" 42 255 "q" .Tags }}', '7|   42|ab  |00042|ff|"q"|[a b]|%'],
  ['{{ printf "%.2f %t %d" 1.5 true "x" }}', '1.50 true %!d(x)'],
  ['{{ printf "%s" }}{{ printf "a" 1 }}', '%!s(MISSING)a%!(EXTRA 1)'],
  ['{{ len .Tags }}{{ len .Rule }}', '214'],
  ['{{ html .Output }}{{ js "a\'b" }}{{ urlquery "a b&c" }}', "a &lt;b&gt; shella\\'ba+b%26c"],
  ['{{ slice .Rule 0 4 }}', 'Term'],
  ['{{ print 1 2 "a" "b" }}', '1 2ab'],
  ['{{ eq .Count 1 2 3 }}{{ ne .Count 3 }}{{ eq .Big 9007199254740993 }}', 'truefalsefalse'],
  ['{{ .Rule | trunc 4 | lower }}{{ trim " x " }}{{ replace "l" "L" .Rule }}', 'termxTerminaL sheLL'],
  ['{{ default "d" .Empty }}{{ join "," .Tags }}{{ .Rule | contains "shell" }}', 'da,btrue'],
  ['{{ toJson .OutputFields }}', '{"k8s.ns.name":"shop","none":null,"pid":7}'],
  ['{{ .Tags }} {{ .OutputFields }}', '[a b] map[k8s.ns.name:shop none:<nil> pid:7]'],
  ['{{ (index .OutputFields "k8s.ns.name") | upper }}', 'SHOP'],
])('%s', (source, expected) => {
  expect(render(source)).toBe(expected);
});

test.each([
  ['{{ .Output', 0, 'the action is not closed by }}'],
  ['ab{{ foo }}', 5, 'unknown function foo'],
  ['{{ if .A }}x', 3, '{{if}} without {{end}}'],
  ['x{{ end }}', 1, '{{end}} without a beginning'],
  ['{{ $x }}', 3, 'undefined variable $x'],
  ['{{ "abc }}', 3, 'the text is not closed by its quote'],
  ['{{ .A | "x" }}', 12, 'only a function can stand behind |'],
  ['{{ .A .B }}', 9, 'only a function takes arguments'],
  ['{{ template "x" }}', 3, '{{template}} is not supported'],
  ['{{ }}', 3, 'a value is missing'],
  ['{{ break }}', 3, '{{break}} outside of {{range}}'],
  ['{{ /* x }}', 3, 'unexpected "/"'],
  ['{{/* x }}', 0, 'the comment is not closed'],
  [`{{ ${'('.repeat(100)} }}`, 54, 'more than 50 levels within each other'],
])('%s: mistake at %d', (source, offset, message) => {
  expect(compileTemplate(source)).toEqual({ ok: false, problem: { offset, message } });
});

describe('bounds', () => {
  test.each([
    ['{{ range 1000000000 }}{{ range 1000000000 }}x{{ end }}{{ end }}', 65_541],
    ['{{ $a := "xxxxxxxxxx" }}{{ range 1000000 }}{{ $a = print $a $a }}{{ end }}{{ $a }}', 65_541],
    ['{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}', 5],
    ['{{ repeat 1000000000 "xyz" }}', 65_541],
    ['{{ replace "a" (repeat 60000 "b") (repeat 60000 "a") }}', 65_541],
    ['{{ printf "%999d%999d%999d" 1 2 3 }}', 2997],
  ])('%s', (source, most) => {
    expect(render(source).length).toBeLessThanOrEqual(most);
  });

  test('a text that is cut says so', () => {
    const compiled = compileTemplate('{{ .Output }}', { outputLength: 4 });
    expect(compiled.ok && compiled.template.render(data)).toBe('a <b[...]');
  });
});

test('any text compiles or says where not, and never throws', () => {
  const pieces = [
    '{{',
    '}}',
    '{{-',
    ' -}}',
    ' ',
    '.',
    '.A',
    '$',
    '$x',
    ':=',
    '=',
    ',',
    '|',
    '(',
    ')',
    '"a"',
    '"',
    '`',
    "'x'",
    '1',
    '-2.5',
    'if',
    'else',
    'end',
    'range',
    'with',
    'index',
    'printf',
    '"%d%s%v%q"',
    'or',
    'len',
    'slice',
    'repeat',
    'trunc',
    'splitList',
    '/*',
    '*/',
    'break',
    'nil',
    'true',
    '\n',
    '\ud800',
    '\0',
    'é',
  ];
  let seed = 42;
  function next(bound: number): number {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 1;
    return seed % bound;
  }
  let compiledCount = 0;
  for (let round = 0; round < 20_000; round++) {
    const isLikely = round % 2 === 0;
    let source = '';
    for (let i = next(14); i >= 0; i--) source += pieces[isLikely ? 4 + next(pieces.length - 4) : next(pieces.length)];
    if (isLikely) source = `{{ ${source} }}`;
    const compiled = compileTemplate(source, { steps: 2000, outputLength: 2000 });
    if (compiled.ok) {
      compiledCount++;
      expect(typeof compiled.template.render(data)).toBe('string');
    } else {
      expect(compiled.problem.offset).toBeGreaterThanOrEqual(0);
      expect(compiled.problem.offset).toBeLessThanOrEqual(source.length);
    }
  }
  expect(compiledCount).toBeGreaterThan(500);
});
