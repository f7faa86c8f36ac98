import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allScenarios } from '../../rules/scenarios/index.ts';
import type { BoundExpr } from '../../src/engine/bound.ts';
import { load, play, playByDefinition, shippedFiles } from './rules-engine.ts';

const files = shippedFiles();
const shipped = load(files);
const page = readFileSync(join(import.meta.dirname, '../../docs/rules.md'), 'utf8');

const categories = ['process', 'filesystem', 'network', 'users', 'software', 'kernel', 'cloud'];
const tactics = [
  'initial_access',
  'execution',
  'persistence',
  'privilege_escalation',
  'defense_evasion',
  'credential_access',
  'discovery',
  'lateral_movement',
  'collection',
  'command_and_control',
  'exfiltration',
  'impact',
].map((tactic) => `mitre_${tactic}`);
const technique = /^T1\d{3}(\.\d{3})?$/;
const namedInOutput = [
  'user.name',
  'user.loginuid',
  'proc.name',
  'proc.exepath',
  'proc.cmdline',
  'proc.pname',
  'container.id',
  'container.image.repository',
];

/** Names that are compared with proc.name and its like but longer than the 15 bytes that the kernel keeps. */
function uncutNames(expr: BoundExpr): string[] {
  if (expr.kind === 'not') return uncutNames(expr.item);
  if (expr.kind !== 'check') return expr.items.flatMap(uncutNames);
  const { left, right, op } = expr;
  if (!/^proc\.(name|pname|aname|sname)\b/.test(left.text) || right.kind !== 'literals') return [];
  const names = right.literals.map(String);
  // A list may serve for paths as well: then the short form has to be in it, too.
  return op === '=' || op === 'in'
    ? names.filter((name) => name.length > 15 && !names.includes(name.slice(0, 15)))
    : [];
}

describe('the files', () => {
  it('load without errors and warnings', () => {
    const found = shipped.results.flatMap(({ diagnostics, further }) => [...diagnostics, ...further]);
    expect(found).toEqual([]);
    expect(shipped.successful).toBe(true);
    expect(shipped.results.flatMap(({ schemaStatus }) => schemaStatus).filter((status) => status !== 'ok')).toEqual([]);
  });

  it('leave every rule enabled, on few event types', () => {
    expect(shipped.rules.filter((rule) => !rule.enabled).map((rule) => rule.name)).toEqual([]);
    expect(shipped.rules.filter((rule) => rule.eventTypes.size > 30).map((rule) => rule.name)).toEqual([]);
  });

  it('ask for names of processes as the kernel cuts them', () => {
    const uncut = shipped.rules.flatMap((rule) => uncutNames(rule.condition));
    expect([...new Set(uncut)]).toEqual([]);
  });

  it('can be fitted through hooks that macros use, from a later file', () => {
    const text = '- macro: allowed_system_changes\n  condition: (proc.exepath = /opt/tool/implant)\n';
    const fitted = load([...files, { name: 'own.yaml', text }]);
    expect(fitted.successful).toBe(true);
    const changes = allScenarios.find(({ rule }) => rule === 'Job scheduled')!.fires[0]!;
    expect(play(changes.play().events, shipped)).toEqual(['Job scheduled']);
    expect(play(changes.play().events, fitted)).toEqual([]);
  });
});

describe.each(shipped.rules.map((rule) => [rule.name, rule] as const))('%s', (name, rule) => {
  it('keeps to the conventions', () => {
    const { tags, output } = rule;
    const { description } = shipped.textsOf(name);
    expect(tags.filter((tag) => tactics.includes(tag))).not.toEqual([]);
    expect(tags.filter((tag) => tag.startsWith('mitre_') && !tactics.includes(tag))).toEqual([]);
    expect(tags.filter((tag) => technique.test(tag))).not.toEqual([]);
    expect(tags.filter((tag) => /^T\d/.test(tag) && !technique.test(tag))).toEqual([]);
    expect(tags.filter((tag) => categories.includes(tag))).not.toEqual([]);
    expect(tags.filter((tag) => tag === 'host' || tag === 'container')).not.toEqual([]);
    // What, why and what next need more than one sentence.
    expect(description.length).toBeGreaterThan(150);
    expect(description.length).toBeLessThan(500);
    expect(description.split(/[.:;?] /).length).toBeGreaterThan(2);
    expect(namedInOutput.filter((field) => !output.includes(`%${field}`))).toEqual([]);
  });

  it('has scenarios that fire it and harmless neighbours', () => {
    const own = allScenarios.filter((scenarios) => scenarios.rule === name);
    expect(own.length).toBe(1);
    expect(own[0]!.fires.length).toBeGreaterThan(0);
    expect(own[0]!.quiet.length).toBeGreaterThan(0);
  });

  it('is on the page', () => {
    expect(page).toContain(`| ${name} | ${rule.priority.toLowerCase()} |`);
  });
});

it('there are no scenarios of unknown rules', () => {
  const names = new Set(shipped.rules.map((rule) => rule.name));
  expect(allScenarios.map(({ rule }) => rule).filter((rule) => !names.has(rule))).toEqual([]);
});

describe('the examples of the page', () => {
  const examples = Array.from(page.matchAll(/^```yaml\n(.*?)^```/gms), ([, text]) => text!);

  it.each(examples.map((text) => [text.split('\n')[0]!, text]))('load: %s', (_, text) => {
    const fitted = load([...files, { name: 'example.yaml', text }]);
    expect(fitted.results.flatMap(({ diagnostics, further }) => [...diagnostics, ...further])).toEqual([]);
    expect(fitted.successful).toBe(true);
  });

  it('are there', () => {
    expect(examples.length).toBeGreaterThan(2);
  });
});

it('the page names every hook', () => {
  const hooks = [...shipped.macros, ...shipped.lists].map((item) => item.name);
  const missing = hooks.filter((name) => name.startsWith('allowed_') && !page.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

describe.each(allScenarios)('scenarios of $rule', ({ rule, fires, quiet, override }) => {
  const rules = override === undefined ? shipped : load([...files, { name: 'own.yaml', text: override }]);
  const cases = [
    ...fires.map(({ also = [], ...rest }) => ({ ...rest, kind: 'fires', expected: [rule, ...also].sort() })),
    ...quiet.map(({ also = [], ...rest }) => ({ ...rest, kind: 'quiet', expected: [...also].sort() })),
  ];

  it.each(cases)('$kind: $title', ({ play: build, expected }) => {
    expect(play(build().events, rules)).toEqual(expected);
    expect(playByDefinition(build().events, rules)).toEqual(expected);
  });
});
