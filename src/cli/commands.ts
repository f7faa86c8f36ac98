import type { Command } from './command.ts';

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

// Only the command that is asked for is loaded: a program that answers at once.
/** All commands, in the order of the help. */
export const commands: Readonly<Record<string, Entry>> = {
  run: {
    summary: 'Watch this machine and alert.',
    load: async () => (await import('./run.ts')).default as Command,
  },
  replay: {
    summary: 'Judge the events of a capture file.',
    load: async () => (await import('./replay.ts')).default as Command,
  },
  record: {
    summary: 'Write the events of this machine to a capture file.',
    load: async () => (await import('./record.ts')).default as Command,
  },
  top: {
    summary: 'Show what is busiest: processes, rules, system calls, containers, files, connections.',
    load: async () => (await import('./top/index.ts')).default as Command,
  },
  'rules check': {
    summary: 'Check rules files and show every problem.',
    load: async () => (await import('./rules-check.ts')).default as Command,
  },
  'list fields': {
    summary: 'List what conditions and outputs can ask for.',
    load: async () => (await import('./list-fields.ts')).default as Command,
  },
  'list events': {
    summary: 'List the events with their parameters.',
    load: async () => (await import('./list-events.ts')).default as Command,
  },
  'list rules': {
    summary: 'List the rules that are loaded.',
    load: async () => (await import('./list-rules.ts')).default as Command,
  },
  'list macros': {
    summary: 'List the macros that rules can use.',
    load: async () => (await import('./list-macros.ts')).default as Command,
  },
  'list lists': {
    summary: 'List the lists that rules can use.',
    load: async () => (await import('./list-lists.ts')).default as Command,
  },
  falco: {
    summary: "Take Falco's place: the same flags, configuration, rules and output.",
    load: async () => (await import('./falco/index.ts')).default as Command,
  },
  deliver: {
    summary: 'Take alerts in and deliver them to chats, logs, queues and other places.',
    load: async () => (await import('./deliver.ts')).default as Command,
  },
  'outputs list': {
    summary: 'List the places that alerts can be delivered to.',
    load: async () => (await import('./outputs-list.ts')).default as Command,
  },
  'outputs show': {
    summary: 'Show the keys of an output.',
    load: async () => (await import('./outputs-show.ts')).default as Command,
  },
  'outputs check': {
    summary: 'Check a configuration of outputs and show every problem.',
    load: async () => (await import('./outputs-check.ts')).default as Command,
  },
  'outputs test': {
    summary: 'Send a test alert to an output.',
    load: async () => (await import('./outputs-test.ts')).default as Command,
  },
  'outputs status': {
    summary: 'Show how the outputs of a running delivery do.',
    load: async () => (await import('./outputs-status.ts')).default as Command,
  },
  'outputs replay': {
    summary: 'Send dead letters again.',
    load: async () => (await import('./outputs-replay.ts')).default as Command,
  },
  'silences list': {
    summary: 'List the silences of a running delivery.',
    load: async () => (await import('./silences-list.ts')).default as Command,
  },
  'silences add': {
    summary: 'Hold alerts back for a while.',
    load: async () => (await import('./silences-add.ts')).default as Command,
  },
  'silences remove': {
    summary: 'End silences before their time.',
    load: async () => (await import('./silences-remove.ts')).default as Command,
  },
  convert: {
    summary: 'Write alerts in another format: SARIF, ECS, OCSF, OpenTelemetry or CEF.',
    load: async () => (await import('./convert.ts')).default as Command,
  },
  version: {
    summary: 'Show versions.',
    load: async () => (await import('./version.ts')).default as Command,
  },
};
