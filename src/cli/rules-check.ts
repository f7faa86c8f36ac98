import { toPrettyJson, type Json } from '../base/json.ts';
import { validationJson } from '../engine/loader/report.ts';
import { command, exitCodes } from './command.ts';
import { allDiagnostics, defaultRules, diagnosticText, readRules } from './rules.ts';

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

export default command({
  name: 'rules check',
  summary: 'Check rules files and show every problem.',
  operands: '[PATH...]',
  description:
    'Reads rules files, or all .yaml and .yml files of folders, in the order given, as if they were loaded together: later ' +
    'files may use the lists and macros of earlier ones and change their rules. Shows all problems at once, each with ' +
    'its place and what to do. Without a path, checks the rules that come with Saker. Exit code 1: there are errors.',
  options: {
    json: { about: 'The result as JSON, in the form of `falco -V`.' },
    strict: { about: 'Warnings count as errors.' },
    quiet: { short: 'q', about: 'Errors only, no warnings.' },
  },
  examples: [
    { command: 'saker rules check my_rules.yaml', about: 'One file' },
    { command: 'saker rules check falco_rules.yaml rules.d/', about: 'A file, and a folder of changes to it' },
  ],
  run({ values, positionals }, io) {
    const { files, loaded } = readRules(positionals.length === 0 ? [defaultRules] : positionals);
    const all = allDiagnostics(loaded);
    const errors = all.filter((item) => item.severity === 'error');
    const failed = !loaded.successful || errors.length > 0 || (values.strict && all.length > 0);
    const exitCode = failed ? exitCodes.failed : exitCodes.ok;
    if (values.json) {
      io.out(`${toPrettyJson(validationJson(loaded.results) as Json)}\n`);
      return exitCode;
    }
    for (const item of values.quiet ? errors : all) io.out(`${diagnosticText(item)}\n`);
    for (const error of loaded.requirementErrors) io.out(`error: ${error}\n\n`);
    const what = `${counted(files.length, 'file')}, ${counted(loaded.rules.length, 'rule')}`;
    const warnings = counted(all.length - errors.length, 'warning');
    io.out(
      `${what}: ${failed ? 'not ok' : 'ok'}, ${counted(errors.length + loaded.requirementErrors.length, 'error')}, ${warnings}\n`,
    );
    return exitCode;
  },
});
