import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { sharedFieldTables, sharedPath } from '../../../test/conformance/language/shared-fields.ts';
import { checkOutput } from '../../../test/conformance/language/check-output.ts';
import { type LoadResult, loadRules } from './load-rules.ts';
import { validationJson, validationText } from './report.ts';

interface Verdict {
  readonly exit: number;
  readonly json: object | null;
  readonly text_stdout: string;
  readonly text_error: string | null;
}

const folder = sharedPath('oracle/validate');
const fields = sharedPath('spec/fields.json');
const cases =
  folder === undefined ? [] : fs.readdirSync(folder).flatMap((name) => (name.endsWith('.yaml') ? [name] : []));

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

describe.skipIf(folder === undefined || fields === undefined)(
  'validation as the field does it (needs ../shared)',
  () => {
    const fieldTable = sharedFieldTables(fields ?? '');
    test.each(cases)('%s', (name) => {
      const text = fs.readFileSync(path.join(folder!, name), 'utf8');
      const expected = JSON.parse(
        fs.readFileSync(path.join(folder!, name.replace('.yaml', '.json')), 'utf8'),
      ) as Verdict;
      const result = loadRules([{ name, text }], {
        // Only the container plugin was loaded.
        fieldTable: (source) => (source === 'syscall' ? fieldTable(source) : undefined),
        checkOutput: (output, source) => checkOutput(output, fieldTable(source)),
      });
      expect(verdict(result)).toEqual(expected);
    });
  },
);
