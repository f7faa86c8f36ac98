/** What went wrong in a rules file, with the short text that reports show. */
export const errorCodes = {
  LOAD_ERR_FILE_READ: 'File read error',
  LOAD_ERR_YAML_PARSE: 'YAML parse error',
  LOAD_ERR_YAML_VALIDATE: 'Error validating internal structure of YAML file',
  LOAD_ERR_COMPILE_CONDITION: 'Error compiling condition',
  LOAD_ERR_COMPILE_OUTPUT: 'Error compiling output',
  LOAD_ERR_VALIDATE: 'Error validating rule/macro/list/exception objects',
  LOAD_ERR_EXTENSION: 'Error in extension item',
} as const;
/** A code of an error, as `-V` shows it. */
export type ErrorCode = keyof typeof errorCodes;

interface WarningText {
  /** In text reports. */
  readonly short: string;
  /** In JSON reports. */
  readonly long: string;
}

function warning(short: string, long: string): WarningText {
  return { short, long };
}

/** What looks wrong in a rules file. Both texts are read by tools, hence the field's own wording. */
export const warningCodes = {
  LOAD_UNKNOWN_SOURCE: warning(
    'Unknown event source',
    'A rule has a unknown event source. This can occur when reading rules content without having a corresponding plugin loaded, etc. The rule will be silently ignored.',
  ),
  LOAD_UNSAFE_NA_CHECK: warning(
    'Unsafe <NA> comparison in condition',
    "Comparing a field value with <NA> is unsafe and can lead to unpredictable behavior of the rule condition. If you need to check for the existence of a field, consider using the 'exists' operator instead.",
  ),
  LOAD_NO_EVTTYPE: warning(
    'Condition has no event-type restriction',
    'A rule condition matches too many evt.type values. This has a significant performance penalty. Make the condition more specific by adding an evt.type field or further restricting the number of evt.type values in the condition.',
  ),
  LOAD_UNKNOWN_FILTER: warning(
    'Unknown field or event-type in condition or output',
    'A rule condition or output refers to a field or evt.type that does not exist. This is normally an error, but if a rule has a skip-if-unknown-filter property, the error is downgraded to a warning.',
  ),
  LOAD_UNUSED_MACRO: warning(
    'Unused macro',
    'A macro is defined in the rules content but is not used by any other macro or rule.',
  ),
  LOAD_UNUSED_LIST: warning(
    'Unused list',
    'A list is defined in the rules content but is not used by any other list, macro, or rule.',
  ),
  LOAD_UNKNOWN_ITEM: warning(
    'Unknown rules file item',
    'An unknown top-level object is in the rules content. It will be ignored.',
  ),
  LOAD_DEPRECATED_ITEM: warning('Used deprecated item', 'A deprecated item is employed by lists, macros, or rules.'),
  LOAD_WARNING_EXTENSION: warning('Warning in extension item', 'An extension item has a warning'),
  LOAD_APPEND_NO_VALUES: warning(
    'Overriding/appending with no values',
    'A rule exception is overriding/appending with no values',
  ),
  LOAD_EXCEPTION_NAME_NOT_UNIQUE: warning(
    'Multiple exceptions defined with the same name',
    'A rule is defining multiple exceptions with the same name',
  ),
  LOAD_INVALID_MACRO_NAME: warning('Invalid macro name', 'A macro is defined with an invalid name'),
  LOAD_INVALID_LIST_NAME: warning('Invalid list name', 'A list is defined with an invalid name'),
  LOAD_COMPILE_CONDITION: warning(
    'Warning in rule condition',
    'A rule condition or output have been parsed with a warning',
  ),
  LOAD_UNKNOWN_KEY: warning(
    'Unknown key in item definition',
    'An item in the rules content contains an unrecognized key. The key will be ignored. This may indicate a typo or a property placed on the wrong item type.',
  ),
} as const;
/** A code of a warning, as `-V` shows it. */
export type WarningCode = keyof typeof warningCodes;

/** Fields that still parse but have lost their meaning, with what to know about each. */
export const deprecatedFields: ReadonlyMap<string, string> = new Map([
  [
    'evt.dir',
    "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always evaluates to false. The rule expression can be simplified by removing the condition on 'evt.dir'",
  ],
  ...['evt.latency', 'evt.latency.s', 'evt.latency.ns', 'evt.latency.human', 'evt.wait_latency'].map(
    (name) => [name, 'field is not available due to the drop of enter events.'] as const,
  ),
]);
