import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkOutput } from '../../../test/conformance/language/check-output.ts';
import { sharedFieldTables } from '../../../test/conformance/language/shared-fields.ts';
import { syscallFields } from '../../../test/kit/oracle.ts';
import { missing, sharedFolder } from '../../../test/kit/requirements.ts';
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

  test('every rule on system calls is restricted to some events', () => {
    const { rules } = load(files[0]![1]);
    for (const rule of rules) expect(rule.eventTypes.size, rule.name).toBeLessThan(100);
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
