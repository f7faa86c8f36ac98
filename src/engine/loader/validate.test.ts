import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkOutput } from '../../../test/conformance/language/check-output.ts';
import { syscallFields } from '../../../test/kit/oracle.ts';
import { missing, sharedFolder } from '../../../test/kit/requirements.ts';
import { type LoadResult, loadRules } from './load-rules.ts';
import { validationJson, validationText } from './report.ts';

interface Verdict {
  readonly exit: number;
  readonly json: object | null;
  readonly text_stdout: string;
  readonly text_error: string | null;
}

const folder = path.join(sharedFolder ?? '', 'oracle/validate');
const cases = sharedFolder === undefined ? [] : fs.readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** What `-V` does with the result: nothing is printed where plugins are missing. */
function verdict(result: LoadResult): Verdict {
  if (result.requirementError !== undefined) {
    return { exit: 1, json: null, text_stdout: '', text_error: `${result.requirementError}\n` };
  }
  const text = `${validationText(result.results)}\n`;
  return {
    exit: result.successful ? 0 : 1,
    json: validationJson(result.results),
    text_stdout: text,
    text_error: result.successful ? null : text,
  };
}

describe.skipIf(missing('shared'))('validation as the field does it', () => {
  const table = syscallFields();

  test('the cases are there', () => expect(cases.length).toBeGreaterThan(40));

  test.each(cases)('%s', (name) => {
    const text = fs.readFileSync(path.join(folder, name), 'utf8');
    const expected = JSON.parse(fs.readFileSync(path.join(folder, name.replace('.yaml', '.json')), 'utf8')) as Verdict;
    const result = loadRules([{ name, text }], {
      // Only the container plugin was loaded.
      fieldTable: (source) => (source === 'syscall' ? table : undefined),
      checkOutput: (output) => checkOutput(output, table),
    });
    expect(verdict(result)).toEqual(expected);
  });
});
