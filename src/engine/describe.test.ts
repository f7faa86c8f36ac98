import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { missing, sharedFolder } from '../../test/kit/requirements.ts';
import { fieldTables } from '../app/registry.ts';
import type { Json } from '../base/json.ts';
import { describeAll, describeRule } from './describe.ts';
import { loadRules } from './loader/load-rules.ts';
import { checkOutput, compileOutput } from './output-format.ts';

const tables = fieldTables();

function context(files: { name: string; text: string }[]) {
  const loaded = loadRules(files, {
    fieldTable: tables,
    checkOutput: (output, source) => checkOutput(output, tables(source)!),
  });
  expect(
    loaded.results.flatMap(({ diagnostics }) => diagnostics.filter(({ severity }) => severity === 'error')),
  ).toEqual([]);
  return {
    loaded,
    fieldTable: tables,
    output(rule: { output: string }) {
      const text = `${rule.output} more=%container.id`;
      const compiled = compileOutput(text, tables('syscall')!, { base64: false });
      const extraFields = [
        { name: 'proc.pid', format: undefined },
        { name: 'both', format: '%user.name!' },
      ];
      return compiled.ok ? { text, format: compiled.format, extraFields } : undefined;
    },
  };
}

type Item = { info: Record<string, Json> & { name: string }; details: Record<string, Json> };
type Description = { rules: Item[]; macros: Item[]; lists: Item[] };

function described(text: string): Description {
  return describeAll(context([{ name: 'r.yaml', text }])) as unknown as Description;
}

const text = `
- required_engine_version: 0.31.0
- required_plugin_versions:
  - {name: container, version: 0.2.0, alternatives: [{name: other, version: 1.0.0}]}
- list: shells
  items: [sh, bash]
- list: all_shells
  items: [shells, zsh]
- list: lonely
  items: []
- macro: spawned
  condition: evt.type in (execve, execveat)
- macro: in_container
  condition: (container.id != host and spawned)
- macro: unused
  condition: tolower(proc.name) in (all_shells) or evt.type = add_key
- macro: cloud
  condition: ct.name = x
- rule: first
  desc: a rule
  condition: in_container and proc.name in (all_shells) and toupper(evt.arg[1]) startswith oneof (A, "B c") and user.name = val(group.name)
  output: seen %proc.name %evt.type
  priority: warning
  tags: [b, a]
  exceptions:
    - {name: one, fields: proc.pname, values: [init, x]}
    - {name: two, fields: [user.name, fd.name], comps: [=, startswith], values: [[root, /tmp]]}
- rule: second
  desc: d
  condition: evt.type = container or evt.type = keyctl
  output: o
  priority: debug
  capture: true
  capture_duration: 7
  enabled: false
`;

describe('a description of rules', () => {
  const all = described(text.replace('- macro: cloud\n  condition: ct.name = x\n', ''));
  const find = (items: Item[], name: string): Item => items.find((item) => item.info.name === name)!;

  it('a rule', () => {
    const { info, details } = find(all.rules, 'first');
    expect(info).toMatchObject({
      name: 'first',
      priority: 'Warning',
      output: 'seen %proc.name %evt.type',
      description: 'a rule',
      enabled: true,
      source: 'syscall',
      capture: false,
      capture_duration: 0,
      tags: ['a', 'b'],
    });
    expect(info['condition']).toMatch(/^in_container and proc\.name in \(all_shells\) and toupper/);
    expect(details).toEqual({
      macros: ['in_container'],
      lists: ['all_shells'],
      condition_operators: ['!=', '=', 'in', 'startswith', 'startswith oneof'],
      condition_fields: [
        'container.id',
        'evt.arg[1]',
        'evt.type',
        'fd.name',
        'group.name',
        'proc.name',
        'proc.pname',
        'user.name',
      ],
      output_fields: ['container.id', 'evt.type', 'proc.name', 'proc.pid'],
      extra_output_formatted_fields: { both: '%user.name!' },
      exception_fields: ['fd.name', 'proc.pname', 'user.name'],
      exception_names: ['one', 'two'],
      exception_operators: ['=', 'in', 'startswith'],
      events: ['asyncevent', 'execve', 'execveat'],
      condition_compiled:
        '(((container.id != host and evt.type in (execve, execveat)) and proc.name in (sh, bash, zsh) and toupper(evt.arg[1]) startswith oneof (A, "B c") and user.name = val(group.name)) and not proc.pname in (init, x) and not (user.name = root and fd.name startswith /tmp))',
      output_compiled: 'seen %proc.name %evt.type more=%container.id',
      plugins: ['container'],
    });
  });

  it('another one, of events of containers and of calls without an event of their own', () => {
    const { info, details } = find(all.rules, 'second');
    expect(info).toMatchObject({ enabled: false, capture: true, capture_duration: 7, priority: 'Debug' });
    expect(details).toMatchObject({
      events: ['asyncevent', 'container', 'keyctl'],
      exception_names: [],
      macros: [],
      lists: [],
    });
    expect(details['plugins']).toEqual(['container']);
  });

  it.each([
    ['spawned', true, [], [], ['in'], ['evt.type'], ['asyncevent', 'execve', 'execveat'], []],
    [
      'in_container',
      true,
      ['spawned'],
      [],
      ['!=', 'in'],
      ['container.id', 'evt.type'],
      ['asyncevent', 'execve', 'execveat'],
      ['container'],
    ],
  ])('macro %s', (name, used, macros, lists, operators, fields, events, plugins) => {
    expect(find(all.macros, name).details).toMatchObject({
      used,
      macros,
      lists,
      condition_operators: operators,
      condition_fields: fields,
      events,
      plugins,
    });
  });

  it('a macro that nothing uses, with a transformer and a list', () => {
    const { info, details } = find(all.macros, 'unused');
    expect(info['condition']).toBe('tolower(proc.name) in (all_shells) or evt.type = add_key');
    expect(details).toMatchObject({
      used: false,
      lists: ['all_shells'],
      condition_fields: ['evt.type', 'proc.name'],
      condition_compiled: '(tolower(proc.name) in (sh, bash, zsh) or evt.type = add_key)',
    });
    expect(details['events']).toEqual(expect.arrayContaining(['add_key', 'execve', 'futex']));
  });

  it('lists', () => {
    expect(all.lists).toEqual([
      {
        info: { name: 'shells', items: ['sh', 'bash'] },
        details: { used: true, lists: [], items_compiled: ['sh', 'bash'], plugins: [] },
      },
      {
        info: { name: 'all_shells', items: ['zsh'] },
        details: { used: true, lists: ['shells'], items_compiled: ['sh', 'bash', 'zsh'], plugins: [] },
      },
      {
        info: { name: 'lonely', items: [] },
        details: { used: false, lists: [], items_compiled: [], plugins: [] },
      },
    ]);
  });

  it('what the files require', () => {
    expect(all).toMatchObject({
      required_engine_version: '0.31.0',
      required_plugin_versions: [
        { name: 'container', version: '0.2.0', alternatives: [{ name: 'other', version: '1.0.0' }] },
      ],
    });
  });

  it('macros of other event sources are described all the same', () => {
    const { details } = find(described(text).macros, 'cloud');
    expect(details).toMatchObject({ used: false, condition_fields: ['ct.name'], condition_operators: ['='] });
  });

  it('one rule', () => {
    const given = context([{ name: 'r.yaml', text }]);
    expect(describeRule('second', given)).toMatchObject({ rules: [{ info: { name: 'second' } }] });
    expect(describeRule('third', given)).toBeUndefined();
  });
});

describe.skipIf(missing('shared'))("upstream's rules", () => {
  it('what is named is there, and nothing is unused', () => {
    const files = ['falco_rules', 'falco-incubating_rules', 'falco-sandbox_rules'].map((name) => ({
      name,
      text: readFileSync(path.join(sharedFolder!, 'rules', `${name}.yaml`), 'utf8'),
    }));
    const all = describeAll(context(files)) as unknown as Description;
    expect([all.rules.length, all.macros.length, all.lists.length]).toEqual([93, 315, 118]);
    const macros = new Set(all.macros.map((item) => item.info.name));
    const lists = new Set(all.lists.map((item) => item.info.name));
    for (const { info, details } of [...all.rules, ...all.macros]) {
      expect(macros, info.name).toEqual(macros.union(new Set(details['macros'] as string[])));
      expect(lists, info.name).toEqual(lists.union(new Set(details['lists'] as string[])));
      expect(details['events']).not.toEqual([]);
    }
    expect([...all.macros, ...all.lists].filter((item) => item.details['used'] !== true)).toEqual([]);
  });
});
