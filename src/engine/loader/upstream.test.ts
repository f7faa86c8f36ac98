import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkOutput } from '../../../test/conformance/language/check-output.ts';
import { sharedFieldTables } from '../../../test/conformance/language/shared-fields.ts';
import { syscallFields } from '../../../test/kit/oracle.ts';
import { missing, sharedFolder } from '../../../test/kit/requirements.ts';
import { events } from '../../model/event-table.ts';
import type { BoundExpr } from '../bound.ts';
import { type LoadResult, loadRules } from './load-rules.ts';

const plugins = ['k8saudit', 'k8saudit-gke', 'json', 'cloudtrail', 'okta', 'github', 'gcpaudit'].map((name) => ({
  name,
  version: '0.99.0',
}));

const files: readonly (readonly [rules: number, names: readonly string[]])[] = [
  [93, ['falco_rules.yaml', 'falco-incubating_rules.yaml', 'falco-sandbox_rules.yaml']],
  [22, ['aws_cloudtrail_rules.yaml']],
  [39, ['gcp_auditlog_rules.yaml']],
  [15, ['github.yaml']],
  [48, ['k8s_audit_rules.yaml']],
  [48, ['k8s_audit_rules.yaml', 'k8s_audit_rules_gke.yaml']],
  [21, ['okta_rules.yaml']],
];

function sorted(words: readonly string[]): string {
  return [...new Set(words)].sort().join(' ');
}

/** Fields as written, without arguments in brackets. */
function fieldsOf(expr: BoundExpr): string[] {
  if (expr.kind === 'not') return fieldsOf(expr.item);
  if (expr.kind !== 'check') return expr.items.flatMap(fieldsOf);
  return expr.left.field === undefined ? [] : [expr.left.text.replace(/\[.*/, '')];
}

describe.skipIf(missing('shared'))('the rules of the field', () => {
  const shared = sharedFolder ?? '';
  const others = sharedFolder === undefined ? undefined : sharedFieldTables(path.join(shared, 'spec/fields.json'));
  const syscall = syscallFields();
  const tableOf = (source: string) => (source === 'syscall' ? syscall : others?.(source));

  function load(names: readonly string[]): LoadResult {
    const texts = names.map((name) => ({ name, text: fs.readFileSync(path.join(shared, 'rules', name), 'utf8') }));
    return loadRules(texts, {
      fieldTable: tableOf,
      checkOutput: (output, source) => checkOutput(output, tableOf(source)),
      plugins,
    });
  }

  test.each(files)('%i rules of %j load without a word', (count, names) => {
    const result = load(names);
    expect(result.results.flatMap(({ diagnostics, further }) => [...diagnostics, ...further])).toEqual([]);
    expect(result.requirementError).toBeUndefined();
    expect(result.successful).toBe(true);
    expect(result.rules).toHaveLength(count);
    expect(result.results.every(({ schemaStatus }) => schemaStatus.every((status) => status === 'ok'))).toBe(true);
  });

  test('fields, event types, priority and tags of the 93 rules are those found by another parser', () => {
    const table = fs.readFileSync(path.join(shared, 'spec/falco-ruleset.md'), 'utf8').split('\n');
    const rows = new Map(table.map((line) => line.split('|').map((cell) => cell.trim())).map((row) => [row[1], row]));
    const { rules } = load(files[0]![1]);
    for (const rule of rules) {
      const [, , priority, enabled, maturity, tags, types, fields] = rows.get(rule.name)!;
      const own = {
        priority: rule.priority.toUpperCase().replace('INFORMATIONAL', 'INFO'),
        enabled: rule.enabled ? 'yes' : 'no',
        types: sorted([...rule.eventTypes].map((code) => events[code]!.name).filter((name) => name !== 'asyncevent')),
        fields: sorted(fieldsOf(rule.condition)),
        tags: sorted(rule.tags),
      };
      const expected = {
        priority,
        enabled,
        types: sorted(types!.split(' ')),
        fields,
        tags: sorted([`maturity_${maturity}`, ...tags!.split(' ')]),
      };
      expect(own, rule.name).toEqual(expected);
    }
  });

  test('rules that need a plugin which is not there', () => {
    const text = fs.readFileSync(path.join(shared, 'rules/k8s_audit_rules.yaml'), 'utf8');
    const result = loadRules([{ name: 'k8s_audit_rules.yaml', text }], {
      fieldTable: tableOf,
      checkOutput: () => undefined,
    });
    expect(result.successful).toBe(false);
    expect(result.requirementError).toContain('k8saudit (>= ');
  });
});
