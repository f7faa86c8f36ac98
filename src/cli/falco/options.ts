import type { Options, Values } from '../options.ts';

/** The flags of Falco, with what they do here. */
export const falcoOptions = {
  help: { short: 'h', about: 'Print this help list and exit.' },
  c: {
    short: 'c',
    shortOnly: true,
    value: '<path>',
    about:
      'Configuration file; where not given, /etc/falco/falco.yaml if it is there, else the values of the falco.yaml that Falco ships.',
  },
  'config-schema': { about: 'Print the keys of the configuration as a JSON schema and exit.' },
  'rule-schema': { about: 'Print the keys of rules files as a JSON schema and exit.' },
  'disable-source': { value: '<event_source>', repeat: true, about: 'Turn off an event source.' },
  'dry-run': { about: 'Do everything but process events: shows whether configuration and rules are right.' },
  'enable-source': { value: '<event_source>', repeat: true, about: 'Turn on only these event sources.' },
  i: { short: 'i', shortOnly: true, about: 'Print the system calls that are not watched by default and exit.' },
  L: {
    short: 'L',
    shortOnly: true,
    about: 'Show the name and description of all rules and exit; with json_output all details.',
  },
  l: { short: 'l', shortOnly: true, value: '<rule>', about: 'The same for one rule.' },
  list: {
    value: '<source>',
    optionalValue: true,
    about: 'List the fields, of one event source where given, and exit.',
  },
  'list-events': { about: 'List the events and exit.' },
  'list-plugins': { about: 'List the plugins that are configured and exit.' },
  M: { short: 'M', shortOnly: true, value: '<num_seconds>', about: 'Stop after this time of events.' },
  markdown: { about: 'Deprecated: use --format markdown.' },
  format: { value: '<format>', about: 'Form of --list and --list-events: text, markdown or json.' },
  N: { short: 'N', shortOnly: true, about: 'Only the names, with --list.' },
  option: {
    short: 'o',
    value: '<opt>=<val>',
    repeat: true,
    about: 'Set a value of the configuration, e.g. -o engine.kind=replay or -o rules[].disable.rule=*',
  },
  'plugin-info': { value: '<plugin_name>', about: 'Say what a plugin is, what it can be configured with, and exit.' },
  print: { short: 'p', value: '<output_format>', about: 'Deprecated: text to add to every output.' },
  pidfile: { short: 'P', value: '<pid_file>', about: 'Write the process id to this file.' },
  r: {
    short: 'r',
    shortOnly: true,
    value: '<rules_file>',
    repeat: true,
    about: 'Rules file or folder; replaces rules_files of the configuration.',
  },
  support: { about: 'Print versions, configuration and rules as JSON, for a report, and exit.' },
  unbuffered: { short: 'U', about: 'Write each alert at once, as it is done anyway.' },
  validate: { short: 'V', value: '<rules_file>', repeat: true, about: 'Check rules files and exit.' },
  v: { short: 'v', shortOnly: true, about: 'Say more.' },
  version: { about: 'Print versions and exit.' },
  'page-size': { about: 'Print the size of a memory page and exit.' },
} as const satisfies Options;

/** What was given of them. */
export type FalcoFlags = Values<typeof falcoOptions>;
