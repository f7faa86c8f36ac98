import { type Json, toJson } from '../../base/json.ts';
import { encodeBytes } from '../../base/utf8.ts';
import { findRulesFiles } from '../../app/config/files.ts';
import { outputExtension, prepareOutputs } from '../../app/config/outputs.ts';
import { configuredFields } from '../../app/config/fields.ts';
import { describeAll, describeRule } from '../../engine/describe.ts';
import type { LoadResult } from '../../engine/loader/load-rules.ts';
import { fileText, validationJson, validationText } from '../../engine/loader/report.ts';
import { decodeRules } from '../../engine/loader/rules-text.ts';
import { selectRules } from '../../engine/loader/select-rules.ts';
import type { FieldTable } from '../../model/field.ts';
import { loadRuleTexts } from '../rules.ts';
import { type FalcoContext, FalcoError } from './context.ts';
import { wrappedWords } from './wrapped-words.ts';
import { readFileSync } from 'node:fs';

export interface FalcoRules {
  /** What the configuration or -r names: files and folders. */
  readonly entries: readonly string[];
  /** The files behind that, looked up anew. */
  readonly find: () => readonly string[];
  readonly files: readonly string[];
  readonly loaded: LoadResult;
  /** Those to run, in the order of evaluation. */
  readonly selected: LoadResult['rules'];
  readonly fieldTable: (source: string) => FieldTable | undefined;
}

function load(files: readonly string[], context: FalcoContext): Omit<FalcoRules, 'selected' | 'entries' | 'find'> {
  const texts = files.map((name) => {
    try {
      return { name, text: decodeRules(readFileSync(name)) };
    } catch {
      throw new FalcoError(`Could not open file ${name} for reading`);
    }
  });
  const fieldTable = configuredFields(context.config);
  const extension = outputExtension(context.alerts, fieldTable);
  return { files, fieldTable, loaded: loadRuleTexts(texts, fieldTable, context.minimumPriority, extension) };
}

/** Loads the rules of the configuration or of -r. @throws FalcoError with the report of the first file that is not valid. */
export function loadConfiguredRules(context: FalcoContext): FalcoRules {
  const { config, flags, log } = context;
  const configured = config.rules_files.length > 0 ? config.rules_files : config.rules_file;
  const entries = flags.r.length > 0 ? flags.r : configured;
  const { files, missing } = findRulesFiles(entries);
  for (const name of missing) log.log('debug', 'rules file does not exist', { name });
  if (flags.r.length > 0 && missing.length > 0) throw new FalcoError(`Could not open file ${missing[0]} for reading`);
  if (files.length === 0) {
    throw new FalcoError(
      'You must specify at least one rules file/directory via -r or a rules_files entry in falco.yaml',
    );
  }
  const rules = load(files, context);
  const { loaded } = rules;
  log.log('info', 'Loading rules from:');
  for (const result of loaded.results) {
    const status = result.schemaStatus[0] ?? 'none';
    log.log(status === 'ok' ? 'info' : 'warning', `   ${result.name} | schema validation: ${status}`);
    if (result.successful && result.diagnostics.length > 0) log.log('warning', fileText(result));
  }
  if (loaded.requirementError !== undefined) throw new FalcoError(loaded.requirementError);
  const failed = loaded.results.find((result) => !result.successful);
  if (failed !== undefined) throw new FalcoError(fileText(failed));
  for (const { enable, rule, tag } of config.rules) {
    const what = enable ? 'Enabling' : 'Disabling';
    if (rule !== undefined) log.log('info', `${what} rules with name: ${rule}`);
    if (tag !== undefined) log.log('info', `${what} rules with tag: ${tag}`);
  }
  const selections = config.rules.map(({ enable, rule, tag }) => ({
    enable,
    ...(rule === undefined ? {} : { rule }),
    ...(tag === undefined ? {} : { tag }),
  }));
  const find = (): readonly string[] => findRulesFiles(entries).files;
  return { ...rules, entries, find, selected: selectRules(loaded.rules, selections, context.minimumPriority) };
}

/** -V. @returns the exit code. @throws FalcoError */
export function validateRules(context: FalcoContext): number {
  const { flags, io, config, log } = context;
  log.log('info', 'Validating rules file(s):');
  for (const file of flags.validate) log.log('info', `   ${file}`);
  const { loaded, fieldTable } = load(flags.validate, context);
  if (loaded.requirementError !== undefined) throw new FalcoError(loaded.requirementError);
  for (const result of loaded.results) {
    if (result.successful && result.diagnostics.length > 0) log.log('warning', fileText(result));
  }
  const describes = loaded.successful && (flags.L || flags.l !== undefined);
  const description = describes ? describe(context, { loaded, fieldTable }) : undefined;
  const summary = validationText(loaded.results);
  if (config.json_output) {
    const json = validationJson(loaded.results) as Record<string, Json>;
    io.out(`${toJson(description === undefined ? json : { ...json, falco_describe_results: description })}\n`);
  } else {
    io.out(`${summary}\n`);
    if (description !== undefined) io.out(`\n${describedText(description)}`);
  }
  if (!loaded.successful) throw new FalcoError(summary);
  return 0;
}

function describe(context: FalcoContext, rules: Pick<FalcoRules, 'loaded' | 'fieldTable'>): Json {
  const { flags, alerts } = context;
  const output = prepareOutputs(alerts, rules.fieldTable);
  const described = { ...rules, output };
  if (flags.l === undefined) return describeAll(described);
  const found = describeRule(encodeBytes(flags.l), described);
  if (found === undefined) throw new FalcoError(`Rule "${flags.l}" is not loaded`);
  return found;
}

/** -L and -l. */
export function describeRules(context: FalcoContext, rules: FalcoRules): number {
  const description = describe(context, rules);
  context.io.out(context.config.json_output ? `${toJson(description)}\n` : describedText(description));
  return 0;
}

function twoColumns(left: string, right: string): string {
  return `${left.padEnd(50)} ${right}\n`;
}

function describedText(description: Json): string {
  const { rules } = description as { rules: { info: { name: string; description: string } }[] };
  let text = twoColumns('Rule', 'Description') + twoColumns('----', '-----------');
  for (const { info } of rules) {
    text += `${twoColumns(info.name, wrappedWords(info.description, 51, 110))}\n`;
  }
  return text;
}
