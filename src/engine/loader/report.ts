import type { Diagnostic } from '../../model/diagnostic.ts';
import { type ErrorCode, errorCodes, type WarningCode, warningCodes } from './codes.ts';
import type { FileResult } from './load-rules.ts';

/** Results of validation as one JSON object, in the form of `falco -V` with json_output; keys sorted as there. */
export function validationJson(results: readonly FileResult[]): object {
  return { falco_load_results: results.map(fileJson) };
}

function fileJson(result: FileResult): object {
  const { schemaStatus } = result;
  const valid = schemaStatus[0] === 'ok';
  return {
    errors: ofSeverity(result, 'error').map(diagnosticJson),
    name: result.name,
    ...(schemaStatus.length === 0 ? {} : { schema_valid: valid, schema_warnings: valid ? [] : schemaStatus }),
    successful: result.successful,
    warnings: ofSeverity(result, 'warning').map(diagnosticJson),
  };
}

function ofSeverity(result: FileResult, severity: Diagnostic['severity']): Diagnostic[] {
  return result.diagnostics.filter((diagnostic) => diagnostic.severity === severity);
}

function diagnosticJson(diagnostic: Diagnostic): object {
  const { code, message, locations, snippet, extra } = diagnostic;
  return {
    code,
    codedesc: code in errorCodes ? errorCodes[code as ErrorCode] : warningCodes[code as WarningCode].long,
    context: {
      locations: locations.map(({ itemName, itemType, position: { column, line, file, offset } }) => ({
        item_name: itemName,
        item_type: itemType,
        position: { column, line, name: file, offset },
      })),
      snippet,
    },
    ...extra,
    message,
  };
}

/** Results of validation as text, in the form of `falco -V`: without the newline at its end. */
export function validationText(results: readonly FileResult[]): string {
  return results
    .map((result) => {
      const onlyWarnings = result.successful && result.diagnostics.length > 0;
      return onlyWarnings ? `${result.name}: Ok, with warnings` : fileText(result);
    })
    .join('\n');
}

/** All that is said about one file, warnings included. */
export function fileText(result: FileResult): string {
  const warned = result.diagnostics.some(({ severity }) => severity === 'warning');
  const okay = warned ? 'Ok, with warnings' : 'Ok';
  let text = `${result.name}: ${result.successful ? okay : 'Invalid'}`;
  const { schemaStatus } = result;
  if (schemaStatus.length > 0 && schemaStatus[0] !== 'ok') {
    const problems = schemaStatus.map((status) => `------\n${status}\n`).join('');
    text += `\n${schemaStatus.length} Schema warnings:\n${problems}------\n`;
  }
  text += section('Errors', ofSeverity(result, 'error'));
  return text + section('Warnings', ofSeverity(result, 'warning'));
}

function section(title: string, diagnostics: readonly Diagnostic[]): string {
  if (diagnostics.length === 0) return '';
  return `\n${diagnostics.length} ${title}:\n${diagnostics.map(diagnosticText).join('')}`;
}

/** One diagnostic with its way from the file, its line and what it is. */
function diagnosticText({ code, message, locations, snippet }: Diagnostic): string {
  const way = locations.map(({ itemType, itemName, position: { file, line, column } }, index) => {
    const name = itemName === '' ? '' : ` '${itemName}'`;
    return `${index === 0 ? 'In ' : '    '}${itemType}${name}: (${file}:${line}:${column})\n`;
  });
  const short = code in errorCodes ? errorCodes[code as ErrorCode] : warningCodes[code as WarningCode].short;
  return `${way.join('')}------\n${snippet}------\n${code} (${short}): ${message}\n`;
}
