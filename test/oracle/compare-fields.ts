/**
 * Prints, for captures and fields, how many events were compared with the oracle and how many differ.
 *
 *     node test/oracle/compare-fields.ts [capture...] [--field name]... [--examples n]
 */
import { parseArgs } from 'node:util';
import { compareFields, type FieldReport, fieldCaptures, oracleFieldNames } from '../kit/oracle.ts';
import { sharedFolder } from '../kit/requirements.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { field: { type: 'string', multiple: true }, examples: { type: 'string', default: '3' } },
});

if (sharedFolder === undefined) {
  process.stderr.write('no oracle here: set SAKER_SHARED to the folder that has it\n');
  process.exit(1);
}

const captures = positionals.length > 0 ? positionals : fieldCaptures();
const fields = values.field ?? oracleFieldNames();
const examples = Number(values.examples);
const totals = new Map<string, { compared: number; differing: number }>();
let events = 0;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function print(report: FieldReport): void {
  const skipped = report.skipped > 0 ? `, ${report.skipped} not UTF-8` : '';
  say(`  ${report.field}: ${report.differing} of ${report.compared} differ${skipped}`);
  for (const { num, type, ours, theirs } of report.first.slice(0, examples)) {
    say(`    ${num} ${type}\n      ours   ${ours}\n      theirs ${theirs}`);
  }
}

for (const capture of captures) {
  const started = performance.now();
  const result = await compareFields(capture, { fields });
  events += result.events;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const missing = result.missing > 0 ? `, ${result.missing} of the oracle did not come` : '';
  say(`${capture}: ${result.events} events${missing}, ${seconds} s`);
  for (const report of result.reports) {
    const total = totals.get(report.field) ?? { compared: 0, differing: 0 };
    total.compared += report.compared;
    total.differing += report.differing;
    totals.set(report.field, total);
    if (report.differing > 0 || values.field !== undefined) print(report);
  }
}

const all = [...totals].map(([field, total]) => ({ field, ...total }));
const compared = all.reduce((sum, one) => sum + one.compared, 0);
const differing = all.reduce((sum, one) => sum + one.differing, 0);
say(`\ntotal: ${events} events, ${compared} values compared, ${differing} differ`);
const worst = all.filter((one) => one.differing > 0).toSorted((a, b) => b.differing - a.differing);
for (const { field, differing: count, compared: of } of worst) say(`  ${field}: ${count} of ${of}`);
