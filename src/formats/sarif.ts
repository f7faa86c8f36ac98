import type { Priority } from '../model/alert.ts';
import type { Notice } from '../model/notice.ts';
import { factsOf } from './facts.ts';
import { type FormatValue, formatJson } from './json.ts';

const levels: Readonly<Record<Priority, 'error' | 'warning' | 'note'>> = {
  Emergency: 'error',
  Alert: 'error',
  Critical: 'error',
  Error: 'error',
  Warning: 'warning',
  Notice: 'note',
  Informational: 'note',
  Debug: 'note',
};

/** Alerts as one run of SARIF 2.1.0 (OASIS), for tools that show findings. */
export function sarif(notices: readonly Notice[], version: string): string {
  const rules = [...new Set(notices.map(({ rule }) => rule))];
  const index = new Map(rules.map((rule, i) => [rule, i]));
  const results = notices.map((notice): FormatValue => {
    const { process, file } = factsOf(notice);
    const path = file ?? process.executable;
    return {
      ruleId: notice.rule,
      ruleIndex: index.get(notice.rule),
      level: levels[notice.priority],
      guid: notice.uuid,
      message: { text: notice.output },
      locations:
        path === undefined
          ? undefined
          : [{ physicalLocation: { artifactLocation: { uri: `file://${encodeURI(path.toWellFormed())}` } } }],
      properties: {
        time: notice.timeText,
        priority: notice.priority,
        source: notice.source,
        hostname: notice.hostname,
        tags: notice.tags,
        output_fields: Object.fromEntries(notice.fields),
      },
    };
  });
  const driver: FormatValue = { name: 'Saker', version, rules: rules.map((id) => ({ id, name: id })) };
  // Lists that may be empty have to be there all the same.
  const text = `{"tool":{"driver":${formatJson(driver)}},"results":[${results.map(formatJson).join(',')}]}`;
  return `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[${text}]}`;
}
