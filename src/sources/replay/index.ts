import { readCapture } from '../../capture/reader.ts';
import { object, text } from '../../model/schema.ts';
import { source } from '../../model/source.ts';

export default source({
  id: 'replay',
  summary: 'Reads the events of a capture file (.scap), as Saker, Falco, sysdig and Stratoshark write them.',
  description:
    'Captures of all versions are read, plain or compressed with gzip; events of old versions are converted to those of today. ' +
    'Several captures joined in one file are read one after the other. Ends with the file.',
  since: '0.1.0',
  stability: 'stable',
  eventSource: 'syscall',
  config: object({ path: text('Capture file to read; - is standard input.') }),
  examples: [
    { title: 'a file', config: { path: '/var/lib/saker/incident.scap' } },
    { title: 'standard input', config: { path: '-' } },
  ],
  preflight: ({ path }) => (path === '' ? ['no capture file is named: set `path` to the file to read'] : []),
  run: async ({ path }, context) => {
    await readCapture({ path, sink: context.sink, signal: context.signal, batchEnd: () => context.batchEnd() });
  },
});
