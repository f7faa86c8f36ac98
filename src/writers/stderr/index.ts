import { object } from '../../model/schema.ts';
import { lineWriter } from '../../model/writer.ts';
import { FdWriter } from '../fd-writer.ts';

const stderr = 2;

export default lineWriter({
  id: 'stderr',
  summary: 'Writes each alert as a line to standard error: where standard output is that of a command that is watched.',
  since: '0.1.0',
  stability: 'stable',
  config: object({}),
  examples: [{ title: 'minimal', config: {} }],
  open() {
    const writer = new FdWriter(stderr, 'standard error');
    return {
      write: (alert) => writer.line(alert.line),
      writeAll: (alerts) => writer.line(alerts.map((alert) => alert.line).join('\n')),
      close: () => undefined,
    };
  },
});
